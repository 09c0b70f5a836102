// The two languages: a chunk each, one file for each page, and only the one in use is loaded.
import i18next from "i18next";
import { queryClient } from "./api/query-client.ts";

export const languages = { en: "English", "zh-CN": "简体中文" } as const;
export type Language = keyof typeof languages;

type Texts = Record<string, object>;
const loaders: Record<Language, () => Promise<{ texts: Texts }>> = {
  en: () => import("./locales/en.ts"),
  "zh-CN": () => import("./locales/zh-CN.ts"),
};
const key = "distcron.language";

const isLanguage = (text: string | null): text is Language => text !== null && text in languages;

/** What was chosen here, else the browser's, else English. */
export function preferredLanguage(): Language {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(key);
  } catch {}
  if (isLanguage(kept)) return kept;
  for (const wanted of navigator.languages) {
    if (/^zh\b/i.test(wanted)) return "zh-CN";
    if (/^en\b/i.test(wanted)) return "en";
  }
  return "en";
}

export async function startI18n(): Promise<void> {
  const language = preferredLanguage();
  const { texts } = await loaders[language]();
  await i18next.init({
    lng: language,
    fallbackLng: false,
    resources: { [language]: texts as never },
    defaultNS: "common",
    fallbackNS: ["common", "errors"],
    interpolation: { escapeValue: false },
  });
  document.documentElement.lang = language;
  // Chosen in another tab.
  window.addEventListener("storage", (event) => {
    if (event.key === key && isLanguage(event.newValue)) void setLanguage(event.newValue, { keep: false });
  });
}

/** `keep`: also for the next visits. */
export async function setLanguage(language: Language, { keep = true } = {}): Promise<void> {
  if (!i18next.hasResourceBundle(language, "common")) {
    const { texts } = await loaders[language]();
    for (const [name, text] of Object.entries(texts)) i18next.addResourceBundle(language, name, text);
  }
  // Before anything is drawn anew: what that asks the server for is to come in the new language.
  document.documentElement.lang = language;
  await i18next.changeLanguage(language);
  // Answers hold sentences too.
  void queryClient.invalidateQueries();
  if (!keep) return;
  try {
    localStorage.setItem(key, language);
  } catch {}
}
