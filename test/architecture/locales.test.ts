// The web app speaks both languages wholly: the same texts, the same words filled in, none that nothing shows, none that
// is asked for and missing.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../support/repository.ts";

const folder = join(root, "src/ui/locales");
const languages = ["en", "zh-CN"] as const;
const namespaces = readdirSync(join(folder, "en")).map((name) => name.replace(/\.json$/, ""));

type Texts = Record<string, string>;
function flat(value: object, prefix = ""): Texts {
  return Object.entries(value).reduce<Texts>((all, [name, each]) => {
    if (typeof each === "string") all[prefix + name] = each;
    else Object.assign(all, flat(each as object, `${prefix}${name}.`));
    return all;
  }, {});
}
const read = (language: string, namespace: string): Texts =>
  flat(JSON.parse(readFileSync(join(folder, language, `${namespace}.json`), "utf8")) as object);

const pluralForms = (language: string) =>
  new Intl.PluralRules(language).resolvedOptions().pluralCategories.map((form) => `_${form}`);
/** jobs_one and jobs_other are forms of one text. */
const base = (key: string) => key.replace(/_(zero|one|two|few|many|other)$/, "");
const holes = (text: string) =>
  [...new Set(text.match(/\{\{\s*\w+/g) ?? [])].map((hole) => hole.slice(2).trim()).sort();

test("both languages have a file for every page", () => {
  const names = languages.map((language) => readdirSync(join(folder, language)).sort());
  expect(names[1]).toEqual(names[0]);
});

test.each(namespaces)("%s: the two languages have the same texts, in all their plural forms", (namespace) => {
  const [en, zh] = languages.map((language) => read(language, namespace)) as [Texts, Texts];
  const bases = (texts: Texts) => [...new Set(Object.keys(texts).map(base))].sort();
  expect(bases(zh)).toEqual(bases(en));
  for (const [language, texts] of [
    ["en", en],
    ["zh-CN", zh],
  ] as const)
    for (const key of Object.keys(texts))
      if (key !== base(key))
        expect(
          Object.keys(texts)
            .filter((other) => base(other) === base(key))
            .sort(),
          `${language} ${key}`,
        ).toEqual(
          pluralForms(language)
            .map((form) => base(key) + form)
            .sort(),
        );
});

test.each(namespaces)("%s: the same values are filled in, and nothing stayed English", (namespace) => {
  const [en, zh] = languages.map((language) => read(language, namespace)) as [Texts, Texts];
  const problems = Object.entries(zh).flatMap(([key, text]) => {
    const english = en[key] ?? en[`${base(key)}_other`] ?? "";
    // A text without its number ("one job") is a matter of the language.
    const missing = holes(english).filter((hole) => hole !== "count" && !holes(text).includes(hole));
    const added = holes(text).filter((hole) => !holes(english).includes(hole));
    return [
      ...missing.map((hole) => `${key} lacks {{${hole}}}`),
      ...added.map((hole) => `${key} has {{${hole}}}, which the English text hasn't`),
      ...(text === english && /[a-z]{3,}/.test(text.replace(/\{\{.*?\}\}/g, "").replace(/[A-Z]\w+|e\.g\./g, ""))
        ? [`${key} is English: ${text}`]
        : []),
    ];
  });
  expect(problems).toEqual([]);
});

const sources = readdirSync(join(root, "src/ui"), { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => ({ name, text: readFileSync(join(root, "src/ui", name), "utf8") }));
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
/** `nav.${label}` as a pattern of keys. */
const patternOf = (template: string) =>
  new RegExp(
    `^${template
      .split(/\$\{[^}]*\}/)
      .map(escaped)
      .join(".+")}$`,
  );

test("no text is there that nothing shows", () => {
  const all = sources.map(({ text }) => text).join("\n");
  const literals = new Set([...all.matchAll(/"([\w:.-]+)"/g)].map(([, literal]) => literal));
  const templates = [...new Set([...all.matchAll(/`([\w:.-]*\$\{[^`]*)`/g)].map(([, each]) => each as string))]
    .filter((each) => /[\w-]/.test(each.replace(/\$\{[^}]*\}/g, "")))
    .map(patternOf);
  const unused = namespaces.flatMap((namespace) =>
    [...new Set(Object.keys(read("en", namespace)).map(base))]
      .filter((key) => {
        const names = [key, `${namespace}:${key}`];
        return !names.some((name) => literals.has(name) || templates.some((pattern) => pattern.test(name)));
      })
      .map((key) => `${namespace}:${key}`),
  );
  expect(unused).toEqual([]);
});

test("no text is asked for that isn't there", () => {
  const keys = new Map(namespaces.map((name) => [name, Object.keys(read("en", name)).map(base)]));
  const missing = sources.flatMap(({ name, text }) => {
    const own = [...text.matchAll(/useTranslation\(\s*"([\w-]+)"/g)].map(([, namespace]) => namespace as string);
    const asked = [...text.matchAll(/\bt\(\s*(?:"([\w:.-]+)"|`([^`]+)`)/g)].map(([, key, template]) => ({
      key: (key ?? template) as string,
    }));
    return asked
      .filter(({ key }) => {
        const [, namespace, rest = key] = /^([\w-]+):(.*)$/.exec(key) ?? [];
        const among = namespace ? [namespace] : [...own, "common", "errors"];
        return !among.some((each) => keys.get(each)?.some((found) => patternOf(rest).test(found)));
      })
      .map(({ key }) => `${name}: ${key}`);
  });
  expect(missing).toEqual([]);
});
