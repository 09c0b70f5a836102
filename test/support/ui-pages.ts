// Pages of a real browser before whatever serves the web app: signed in as people of each role, closed after each test, and
// each test fails when a page had an error of its own. ui-scene.ts and ui-cluster.ts say what serves.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { Role } from "../../src/api/contract/roles.ts";
import { type Look, launchBrowser, openContext, openPage, problemsOf, settled } from "./browser.ts";
import { passwordOf } from "./sign-in.ts";

export interface OpenOptions extends Look {
  /** null: nobody. By default the admin. */
  as?: Role | null;
  /** With a session of its own rather than the role's: for signing out and the like. */
  fresh?: boolean;
  /** false: answers before the page has come to rest. */
  settle?: boolean;
}

/** What serves the pages. `api`: REST, as an admin. */
export interface Served {
  readonly url: string;
  api(method: string, path: string, body?: unknown): Promise<unknown>;
  dispose(): Promise<void>;
}

/** `known`: who has an account already. */
export function openPages<S extends Served>(start: () => Promise<S>, known: string[]) {
  let served: S | undefined;
  let browser: Browser | undefined;
  const people = new Set(known);
  const cookies = new Map<Role, string>();
  const pages: Page[] = [];
  /** By look. What the browser has loaded for one page it needn't load again for the next. */
  const idle = new Map<string, BrowserContext[]>();
  const lookOf = new WeakMap<BrowserContext, string>();
  const there = <T>(thing: T | undefined): T => {
    if (thing === undefined) throw new Error("the scene is there once the file's tests run");
    return thing;
  };

  beforeAll(async () => {
    const both = await Promise.allSettled([start(), launchBrowser()]);
    // What did start is closed when the other didn't.
    if (both[0].status === "fulfilled") served = both[0].value;
    if (both[1].status === "fulfilled") browser = both[1].value;
    for (const each of both) if (each.status === "rejected") throw each.reason;
  }, 90_000);

  afterEach(async () => {
    const found = pages.flatMap((page) => problemsOf(page).map((text) => `${page.url()}: ${text}`));
    await closePages();
    expect(found, "what went wrong in pages by itself").toEqual([]);
  });

  afterAll(async () => {
    await closePages();
    await browser?.close();
    await served?.dispose();
  });

  async function closePages() {
    await Promise.all(pages.splice(0).map(giveBack));
  }

  /** Without cookies, settings and pages it serves another test; one that can't be brought there is closed. */
  async function giveBack(page: Page) {
    const context = page.context();
    try {
      await page.evaluate("localStorage.clear(); sessionStorage.clear()");
      await context.clearCookies();
      await Promise.all(context.pages().map((each) => each.close()));
      await context.setOffline(false);
      const look = lookOf.get(context) as string;
      idle.set(look, [...(idle.get(look) ?? []), context]);
    } catch {
      await context.close();
    }
  }

  async function contextOf(look: Look): Promise<BrowserContext> {
    const key = JSON.stringify(look);
    const context = idle.get(key)?.pop() ?? (await openContext(there(browser), there(served).url, look));
    lookOf.set(context, key);
    return context;
  }

  /** Makes the account of a role, named like it, unless it is there. */
  async function addUser(name: string, role: Role) {
    if (people.has(name)) return;
    await there(served).api("POST", "/users", { name, role, password: passwordOf(name) });
    people.add(name);
  }

  /** A new session's cookie. */
  async function signIn(name: string): Promise<string> {
    const response = await fetch(`${there(served).url}/api/v1/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name, password: passwordOf(name) }),
    });
    if (!response.ok) throw new Error(`${name} can't sign in: ${response.status} ${await response.text()}`);
    return (response.headers.getSetCookie()[0] as string).split(";")[0] as string;
  }

  async function cookieOf(role: Role, fresh: boolean): Promise<string> {
    const held = cookies.get(role);
    if (held && !fresh) return held;
    await addUser(role, role);
    const cookie = await signIn(role);
    if (!fresh) cookies.set(role, cookie);
    return cookie;
  }

  return {
    get served(): S {
      return there(served);
    },
    get browser(): Browser {
      return there(browser);
    },
    get people(): string[] {
      return [...people];
    },
    addUser,
    signIn,
    async open(path: string, { as = "admin", fresh = false, settle = true, ...look }: OpenOptions = {}): Promise<Page> {
      const { url } = there(served);
      const page = await openPage(await contextOf(look));
      pages.push(page);
      if (as !== null) {
        const [name, value] = (await cookieOf(as, fresh)).split("=") as [string, string];
        await page.context().addCookies([{ name, value, url }]);
      }
      await page.goto(path);
      if (settle) await settled(page);
      return page;
    },
  };
}
