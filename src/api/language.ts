// The language that an answer's sentences are in: English, unless the caller asks for Chinese (RFC 9110, Accept-Language).
import type { Language } from "../schedule/describe.ts";
import { inChinese, inTheirStead } from "./zh/sentences.ts";

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

/** An answer's sentences in its language. The ledger and the steps keep them in English. */
export interface Words {
  language: Language;
  /** A sentence of the server. What comes from elsewhere (a system's or a library's words) is told as that. */
  say(sentence: string): string;
  /** What a person may have written: then it stays as it is. */
  echo(text: string): string;
}

export const english: Words = { language: "en", say: (sentence) => sentence, echo: (text) => text };
const chinese: Words = {
  language: "zh-CN",
  say: (sentence) => inChinese(sentence) ?? `原文:${sentence}`,
  echo: inTheirStead,
};

export const wordsFor = (request: Parameters<typeof languageOf>[0]): Words =>
  languageOf(request) === "zh-CN" ? chinese : english;
