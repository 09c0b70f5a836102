// What holds for every page and dialog, asked of it as it stands: usable without seeing or a mouse as far as axe-core can
// tell, in both themes and both languages; no wider than the window; wholly Chinese in Chinese. The page isn't loaded
// anew for it, so an open dialog stays open.
//
//   await expectWellMade(page, { allow: ["nightly-backup"] });   // all of it; `allow`: names that stay as they are
//   await screenshot(page, "jobs-empty");                        // a PNG, where DISTCRON_SCREENSHOTS names a folder
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { rootSays, settled } from "./browser.ts";
import { chooseLanguage, latinTexts, setRepeatsApart, sharedIds, tooWide } from "./in-page.ts";

export type Language = "en" | "zh-CN";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** No typing is waited for after such a change: what it sets off has begun once the page has nothing left to do. */
const soonMs = 60;
const widths = [360, 768, 1440] as const;

/** Words that no language translates. */
const international =
  /\b(DistCron|cron|crontab|HTTPS?|UTC|GMT|CPU|JSON|YAML|API|CLI|CSV|SSE|SQL|SQLite|PostgreSQL|MySQL|MariaDB|etcd|TLS|URL|ID|IP|PID|DST|ANSI|UTF|OIDC|OpenAPI|stdout|stderr|stdin|ms|min|MiB|KiB|GiB|TiB|[kMG]?B|Ctrl|Esc|Enter|English|v\d[\w.-]*|\d+[dhms]|p\d\d|[A-Z][a-z]+\/[A-Z]\w+|GET|HEAD|POST|PUT|PATCH|DELETE|SIG[A-Z]+)\b/g;

export async function showIn(page: Page, language: Language): Promise<void> {
  if ((await languageOf(page)) === language) return;
  await page.evaluate(chooseLanguage, language);
  await rootSays(page, "lang", language);
  await drawn(page);
}

/** All that follows from a change of language or width is there. */
async function drawn(page: Page): Promise<void> {
  await page.evaluate("new Promise((resolve) => requestIdleCallback(resolve, { timeout: 2000 }))");
  await settled(page, soonMs);
}

export const languageOf = (page: Page): Promise<Language> => page.evaluate("document.documentElement.lang");

/** axe-core finds nothing serious or critical: light and dark, English and Chinese. */
export async function expectAccessible(page: Page, options: { without?: string[] } = {}): Promise<void> {
  expect(await inEachLanguage(page, () => barriers(page, options)), `accessibility of ${page.url()}`).toEqual([]);
}

/** What `look` finds in English and in Chinese; afterwards the page is in the language that it was in. */
async function inEachLanguage(page: Page, look: (language: Language) => Promise<string[]>): Promise<string[]> {
  const before = await languageOf(page);
  const found: string[] = [];
  // The one that it is in comes first: that is one change less.
  for (const language of before === "en" ? (["en", "zh-CN"] as const) : (["zh-CN", "en"] as const)) {
    await showIn(page, language);
    found.push(...(await look(language)).map((each) => `${language}: ${each}`));
  }
  await page.emulateMedia({ colorScheme: "light" });
  await showIn(page, before);
  return found;
}

/** In the language that it is in, in both themes. The second is asked about colours alone: nothing else depends on it. */
async function barriers(page: Page, { without = [] }: { without?: string[] }): Promise<string[]> {
  const found = (await page.evaluate(sharedIds)).map(
    (id) => `several elements have the id that others point at: ${id}`,
  );
  // Of a list's rows some of each make stand for all: they differ in their words alone.
  const apart = await page.evaluate(setRepeatsApart);
  // The theme that it is in comes first: that is one change less.
  const themes = ["light", "dark"] as const;
  const isDark = (await page.locator("html").getAttribute("data-mantine-color-scheme")) === "dark";
  for (const colorScheme of isDark ? themes.toReversed() : themes) {
    const rules = colorScheme === "light" ? null : colourRules;
    await page.emulateMedia({ colorScheme });
    await rootSays(page, "data-mantine-color-scheme", colorScheme);
    found.push(...(await axeFindings(page, [...without, apart], rules)).map((each) => `${colorScheme}: ${each}`));
  }
  return found;
}

/** axe-core's rules whose answer depends on colours. */
const colourRules = ["color-contrast", "link-in-text-block"];

interface Finding {
  id: string;
  impact: string;
  help: string;
  nodes: { target: string[]; failureSummary: string }[];
}

/** `rules`: null: all of them. */
async function axeFindings(page: Page, without: string[], rules: string[] | null): Promise<string[]> {
  const options = {
    resultTypes: ["violations"],
    preload: false,
    ...(rules ? { runOnly: { type: "rule", values: rules } } : {}),
  };
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(axe);
  const violations = await page.evaluate<Finding[]>(
    `axe.run({ exclude: ${JSON.stringify(without.map((each) => [each]))} }, ${JSON.stringify(options)}).then((result) => result.violations)`,
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => {
      const where = nodes.slice(0, 3).map(({ target, failureSummary }) => `${target.join(" ")}: ${failureSummary}`);
      return `${id} (${help}): ${where.join("; ").replaceAll("\n", " ")}`;
    });
}

/** At 360, 768 and 1440 px the page doesn't scroll sideways. */
export async function expectFits(page: Page): Promise<void> {
  const before = page.viewportSize();
  const found: string[] = [];
  // The one that it has comes first, the others one after the other.
  for (const width of widths.toSorted((a, b) => Number(b === before?.width) - Number(a === before?.width))) {
    if (page.viewportSize()?.width !== width) {
      await page.setViewportSize({ width, height: 900 });
      await drawn(page);
    }
    const wide = await page.evaluate(tooWide);
    if (wide !== null) found.push(`at ${width} px: ${wide}`);
  }
  if (before) await page.setViewportSize(before);
  expect(found, `width of ${page.url()}`).toEqual([]);
}

/** In Chinese no English is left. `allow`: names and patterns that stay as they are. */
export async function expectChinese(page: Page, allow: (string | RegExp)[] = []): Promise<void> {
  const before = await languageOf(page);
  await closeToasts(page);
  await showIn(page, "zh-CN");
  const found = await englishLeft(page, allow);
  await showIn(page, before);
  expect(found, `English on the Chinese page ${page.url()}`).toEqual([]);
}

/** What was said in one language stays in it. */
async function closeToasts(page: Page) {
  const toasts = page.locator(".dc-toast > button");
  // One may go by itself while it is reached for.
  while (await toasts.count())
    await toasts
      .first()
      .click({ timeout: 1000 })
      .catch(() => {});
}

/** Of a page that is in Chinese. */
async function englishLeft(page: Page, allow: (string | RegExp)[]): Promise<string[]> {
  const strip = (text: string) =>
    allow
      .toSorted((a, b) => String(b).length - String(a).length)
      .reduce<string>((left, each) => left.replaceAll(typeof each === "string" ? each : everywhere(each), ""), text)
      .replaceAll(international, "");
  const texts = await page.evaluate(latinTexts);
  return texts.filter((text) => /[A-Za-z]{2,}/.test(strip(text.replace(/^(aria-label|title|placeholder|alt): /, ""))));
}

const everywhere = (pattern: RegExp) => (pattern.global ? pattern : new RegExp(pattern.source, `${pattern.flags}g`));

/** All of the above. */
export async function expectWellMade(
  page: Page,
  { allow = [], without = [] }: { allow?: (string | RegExp)[]; without?: string[] } = {},
): Promise<void> {
  await settled(page);
  let english: string[] = [];
  const found = await inEachLanguage(page, async (language) => {
    const barred = await barriers(page, { without });
    await closeToasts(page);
    if (language === "zh-CN") english = await englishLeft(page, allow);
    return barred;
  });
  expect(found, `accessibility of ${page.url()}`).toEqual([]);
  expect(english, `English on the Chinese page ${page.url()}`).toEqual([]);
  await expectFits(page);
}

/** To look at: taken only where the variable names a folder. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env.DISTCRON_SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await settled(page);
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
