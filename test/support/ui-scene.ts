// The web app as people use it: the real built program with jobs and people of each role, and a real browser. Called at
// the head of a test file; the server and the browser serve all of the file's tests, pages are closed after each.
//
//   const ui = openUiScene({ jobs: [{ name: "backup", schedule: "@manual", cmd: "true" }] });
//   test("runs a job from the list", async () => {
//     const page = await ui.open("/jobs", { as: "operator" });        // signed in; also: locale, dark, width, timezoneId
//     await page.getByRole("button", { name: "Run backup now" }).click();
//     await ui.server.until(…)                                         // REST and CLI: test/support/server.ts
//     await expectWellMade(page, { allow: ui.names });                 // test/support/page-checks.ts
//   });
//
// A test fails when a page had an error of its own; what it provokes it allows: allowProblems(page, /status of 409/).
// `ui.down()` and `ui.up()` end the server and start it at the same address.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { Role } from "../../src/api/contract.ts";
import { type Look, launchBrowser, openPage, problemsOf, settled } from "./browser.ts";
import { createServer, type Server } from "./server.ts";
import { passwordOf } from "./sign-in.ts";
import { steadyPort } from "./steady-port.ts";

export interface SceneOptions {
  jobs?: { name: string; [key: string]: unknown }[];
  config?: object;
  env?: Record<string, string>;
  /** What is in it stays: for history that a test puts there before the server starts. */
  dataDir?: string;
  /** false: nobody has an account yet. */
  admin?: boolean;
}

export interface OpenOptions extends Look {
  /** null: nobody. By default the admin. */
  as?: Role | null;
  /** With a session of its own rather than the role's: for signing out and the like. */
  fresh?: boolean;
  /** false: answers before the page has come to rest. */
  settle?: boolean;
}

export type UiScene = ReturnType<typeof openUiScene>;

export function openUiScene(options: SceneOptions = {}) {
  let server: Server | undefined;
  let browser: Browser | undefined;
  const folder = mkdtempSync(join(tmpdir(), "distcron-ui-"));
  const cookies = new Map<Role, string>();
  const known = new Set<string>(["admin"]);
  const pages: Page[] = [];
  const there = <T>(thing: T | undefined): T => {
    if (thing === undefined) throw new Error("the scene is there once the file's tests run");
    return thing;
  };

  beforeAll(async () => {
    const passwordFile = join(folder, "password");
    writeFileSync(passwordFile, passwordOf("admin"));
    const first: Record<string, string> = options.admin === false ? {} : { DISTCRON_ADMIN_PASSWORD_FILE: passwordFile };
    const port = await steadyPort();
    [server, browser] = await Promise.all([
      createServer({
        port,
        env: { ...first, ...options.env },
        ...(options.config ? { config: options.config } : {}),
        ...(options.dataDir ? { dataDir: options.dataDir } : {}),
      }),
      launchBrowser(),
    ]);
    if (options.jobs?.length) await server.apply(...options.jobs);
  }, 90_000);

  afterEach(async () => {
    const found = pages.flatMap((page) => problemsOf(page).map((text) => `${page.url()}: ${text}`));
    await closePages();
    expect(found, "what went wrong in pages by itself").toEqual([]);
  });

  afterAll(async () => {
    await closePages();
    await browser?.close();
    await server?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  async function closePages() {
    await Promise.all(pages.splice(0).map((page) => page.context().close()));
  }

  /** Makes the account of a role, named like it, unless it is there. */
  async function addUser(name: string, role: Role) {
    if (known.has(name)) return;
    await there(server).api("POST", "/users", { name, role, password: passwordOf(name) });
    known.add(name);
  }

  /** A new session's cookie. */
  async function signIn(name: string): Promise<string> {
    const response = await fetch(`${there(server).url}/api/v1/auth/login`, {
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
    get server(): Server {
      return there(server);
    },
    get browser(): Browser {
      return there(browser);
    },
    /** What isn't translated: jobs and people. */
    get names(): string[] {
      return [...known, ...(options.jobs ?? []).map(({ name }) => name)];
    },
    addUser,
    signIn,
    async open(path: string, { as = "admin", fresh = false, settle = true, ...look }: OpenOptions = {}): Promise<Page> {
      const { url } = there(server);
      const page = await openPage(there(browser), url, look);
      pages.push(page);
      if (as !== null) {
        const [name, value] = (await cookieOf(as, fresh)).split("=") as [string, string];
        await page.context().addCookies([{ name, value, url }]);
      }
      await page.goto(path);
      if (settle) await settled(page);
      return page;
    },
    /** The server goes away; its address stays its own. */
    down: async (signal: NodeJS.Signals = "SIGTERM") => void (await there(server).end(signal)),
    up: () => there(server).up(),
  };
}
