// Texts for what is drawn: by namespace, in the language of the page. A table asks a thousand times, so asking costs no more
// than looking up a context and a map.
import i18next, { type TFunction } from "i18next";
import { createContext, type ReactNode, use, useSyncExternalStore } from "react";

interface Texts {
  t: TFunction;
  i18n: typeof i18next;
}

const Language = createContext("");

function watch(changed: () => void): () => void {
  i18next.on("languageChanged", changed);
  return () => i18next.off("languageChanged", changed);
}

/** Around everything: what shows texts is drawn anew when the language changes. */
export function LanguageProvider({ children }: { children: ReactNode }) {
  return <Language value={useSyncExternalStore(watch, () => i18next.language)}>{children}</Language>;
}

const made = new Map<string, Texts>();

/** Keys are those of the namespace; one with another's name and a colon before it is of that. `t` stays as long as the language does. */
export function useTranslation(namespace = "common"): Texts {
  const language = use(Language);
  const name = `${language} ${namespace}`;
  let texts = made.get(name);
  if (!texts) {
    texts = { t: quick(i18next.getFixedT(language, namespace)), i18n: i18next };
    made.set(name, texts);
  }
  return texts;
}

/** Texts without anything to fill in are looked up once. */
function quick(t: TFunction): TFunction {
  const known = new Map<string, string>();
  return ((key: string, options?: Record<string, unknown>) => {
    if (options !== undefined) return t(key, options as never);
    let text = known.get(key);
    if (text === undefined) {
      text = t(key) as string;
      known.set(key, text);
    }
    return text;
  }) as TFunction;
}
