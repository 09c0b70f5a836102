// A real browser (Debian's chromium, headless) for tests of the web app: one for a file, a context for each page, so that
// pages share no cookie and no setting. What goes wrong in a page by itself is collected: uncaught errors, errors in its
// console (answers of 400 and more are among them), and what its content policy stopped.
import { type Browser, type BrowserContext, chromium, type Page, type Request } from "playwright-core";

export interface Look {
  /** Also the language of the page, where nothing else was chosen. */
  locale?: "en-US" | "zh-CN";
  dark?: boolean;
  width?: number;
  height?: number;
  timezoneId?: string;
}

const flags = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];

const problems = new WeakMap<Page, string[]>();
const traffics = new WeakMap<Page, { open: number; quietSince: number }>();
const allowed = new WeakMap<Page, RegExp[]>();

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags, timeout: 60_000 });

/** Pages of a look: with cookies and settings of their own, and no others than they are given. */
export async function openContext(browser: Browser, baseURL: string, look: Look = {}): Promise<BrowserContext> {
  const context = await browser.newContext({
    baseURL,
    locale: look.locale ?? "en-US",
    timezoneId: look.timezoneId ?? "Europe/Berlin",
    colorScheme: look.dark ? "dark" : "light",
    viewport: { width: look.width ?? 1440, height: look.height ?? 900 },
    // Nothing is caught halfway through a movement.
    reducedMotion: "reduce",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  context.setDefaultTimeout(15_000);
  await context.addInitScript(`addEventListener("securitypolicyviolation", (event) =>
    console.error("content policy: " + event.violatedDirective + " stopped " + event.blockedURI))`);
  return context;
}

export async function openPage(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  watch(page);
  return page;
}

function watch(page: Page) {
  const found: string[] = [];
  problems.set(page, found);
  page.on("pageerror", (error) => found.push(`uncaught: ${error.stack ?? error.message}`));
  const traffic = { open: 0, quietSince: Date.now() };
  traffics.set(page, traffic);
  const count = (by: 1 | -1) => (request: Request) => {
    if (request.resourceType() === "eventsource" || request.headers().accept === "text/event-stream") return;
    traffic.open = Math.max(0, traffic.open + by);
    traffic.quietSince = Date.now();
  };
  page.on("request", count(1)).on("requestfinished", count(-1)).on("requestfailed", count(-1));
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    found.push(`console: ${message.text()} (${message.location().url.replace(/^https?:\/\/[^/]*/, "")})`);
  });
}

/** What this test provokes: problems that match are none. An answer reads "console: … status of 409 (…) (/api/v1/jobs/x)". */
export function allowProblems(page: Page, ...patterns: RegExp[]): void {
  allowed.set(page, [...(allowed.get(page) ?? []), ...patterns]);
}

export const problemsOf = (page: Page): string[] =>
  (problems.get(page) ?? []).filter((text) => !allowed.get(page)?.some((pattern) => pattern.test(text)));

/** Resolves when the page has what it asked for and shows no bones, for `quietMs` already. Streams of events don't count: they end with what they tell of. */
export async function settled(page: Page, quietMs = 150): Promise<void> {
  const traffic = traffics.get(page) ?? { open: 0, quietSince: 0 };
  const began = Date.now();
  for (;;) {
    const busy = traffic.open > 0 || (await page.locator('[aria-busy="true"]').count()) > 0;
    if (busy) traffic.quietSince = Date.now();
    else if (Date.now() - Math.max(traffic.quietSince, began) > quietMs) return;
    if (Date.now() > began + 15_000) throw new Error(`the page at ${page.url()} doesn't come to rest`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Chooses in one of the browser's own lists; longer ones of the app are comboboxes whose options are pressed. */
export const choose = (page: Page, label: string, option: string) =>
  page.getByRole("combobox", { name: label, exact: true }).selectOption({ label: option });

/** Waits for what the page's root element says of itself. */
export const rootSays = (page: Page, attribute: string, value: string): Promise<void> =>
  page.locator(`html[${attribute}="${value}"]`).waitFor({ state: "attached" });
