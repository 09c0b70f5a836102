// The checks of every page find what they are for: each fault is planted in a page that has none, and told.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { launchBrowser, openContext, openPage } from "../support/browser.ts";
import { expectAccessible, expectChinese, expectFits } from "../support/page-checks.ts";

/** What the checks ask of the web app, and no more: a language and a theme on its root, chosen as the app does. */
const plain = `<!doctype html><html lang="en" data-mantine-color-scheme="light"><head><title>列表</title><style>
  :root { color-scheme: light dark } body { background: light-dark(#fff, #111); color: light-dark(#111, #eee) }
</style><script>
  addEventListener("storage", (event) => { document.documentElement.lang = event.newValue });
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => document.documentElement.dataset.mantineColorScheme = dark.matches ? "dark" : "light";
  dark.addEventListener("change", follow); follow();
</script></head><body><main><h1>列表</h1><ul>FAULT</ul></main></body></html>`;

let browser: Browser;
let context: BrowserContext;
beforeAll(async () => {
  browser = await launchBrowser();
  context = await openContext(browser, "http://page.test");
}, 90_000);
afterEach(() => Promise.all(context.pages().map((page) => page.close())));
afterAll(() => browser?.close());

async function pageWith(fault: string): Promise<Page> {
  const page = await openPage(context);
  await page.route("http://page.test/", (route) => {
    const body = plain.replace("FAULT", `<li><button>一</button></li>`.repeat(5) + fault);
    return route.fulfill({ contentType: "text/html; charset=utf-8", body });
  });
  await page.goto("/");
  return page;
}

const saysOf = (check: Promise<void>) =>
  check.then(
    () => "nothing",
    (err: Error) => err.message + JSON.stringify((err as { actual?: unknown }).actual ?? ""),
  );

test("nothing in a page without a fault", async () => {
  const page = await pageWith("");
  expect(await saysOf(expectAccessible(page))).toBe("nothing");
  expect(await saysOf(expectChinese(page))).toBe("nothing");
  expect(await saysOf(expectFits(page))).toBe("nothing");
});

test.each([
  ["a button without a name", "<li><button></button></li>", /en: light: button-name.*zh-CN: .*button-name/],
  [
    "words that can't be read in the light",
    '<li style="color: light-dark(#ccc, #eee)">一二三</li>',
    /light: color-contrast/,
  ],
  [
    "words that can't be read in the dark",
    '<li style="color: light-dark(#111, #333)">一二三</li>',
    /en: dark: color-contrast/,
  ],
  ["a fault in one of many rows", `${"<li><p>一</p></li>".repeat(4)}<li><p></p><img src="data:,"></li>`, /image-alt/],
  [
    "an image that only Chinese readers get",
    '<li><style>:lang(en) > body .zh { display: none }</style><img class="zh" src="data:,"></li>',
    /\["zh-CN: light: image-alt/,
  ],
  [
    "an id that a label points at and two have",
    '<li><i id="a">一</i><i id="a">二</i><input aria-labelledby="a"></li>',
    /several elements have the id.*: a/,
  ],
])("%s is no longer accessible", async (_, fault, told) => {
  expect(await saysOf(expectAccessible(await pageWith(fault)))).toMatch(told);
});

test("English words and labels on a Chinese page", async () => {
  const page = await pageWith(
    '<li>未 translated</li><li><button title="Left over">一</button></li><li lang="en">Not either</li>',
  );
  const said = await saysOf(expectChinese(page, ["own"]));
  for (const each of ["未 translated", "title: Left over", "Not either"]) expect(said).toContain(each);
});

test("what makes a page wider than a phone, and only that", async () => {
  const said = await saysOf(expectFits(await pageWith('<li style="width: 700px">一</li>')));
  expect(said).toContain("at 360 px");
  expect(said).not.toContain("at 768 px");
});
