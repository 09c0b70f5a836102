// The language that an answer's sentences are in: English, unless the caller asks for Chinese (RFC 9110, Accept-Language).
import type { Language } from "../schedule/describe.ts";

export function languageOf({ headers }: { headers: { "accept-language"?: string | undefined } }): Language {
  let [best, weight]: [Language, number] = ["en", 0];
  for (const range of headers["accept-language"]?.split(",", 20) ?? []) {
    const [tag = "", ...parameters] = range
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/);
    const language = /^zh\b/.test(tag) ? "zh-CN" : /^(en\b|\*)/.test(tag) ? "en" : null;
    const quality = Number(parameters.find((each) => each.startsWith("q="))?.slice(2) ?? 1);
    if (language && quality > weight) [best, weight] = [language, quality];
  }
  return best;
}
