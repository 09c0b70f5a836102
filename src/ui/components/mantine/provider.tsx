// What the component library draws stands in this. All that uses it lives in this folder and is loaded on demand, for it
// is more than the rest of a page's first load together.
import "./styles.ts";
import {
  convertCssVariables,
  DEFAULT_THEME,
  defaultCssVariablesResolver,
  type MantineColorSchemeManager,
  MantineProvider,
  mergeMantineTheme,
} from "@mantine/core";
import type { ReactNode } from "react";
import { useScheme } from "../../lib/color-scheme.ts";
import { theme, variables } from "./theme.ts";

// The page's policy lets in only style elements that carry its number; packages that add some look for it here.
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
Object.assign(globalThis, { __webpack_nonce__: nonce });

// Once for all providers of a page.
writeVariables();
function writeVariables() {
  const whole = mergeMantineTheme(DEFAULT_THEME, theme);
  const [base, own] = [defaultCssVariablesResolver(whole), variables(whole)];
  const style = document.createElement("style");
  style.nonce = nonce;
  style.textContent = convertCssVariables(
    {
      variables: { ...base.variables, ...own.variables },
      light: { ...base.light, ...own.light },
      dark: { ...base.dark, ...own.dark },
    },
    ":root",
  );
  document.head.append(style);
}

/** The page decides (lib/color-scheme.ts). */
const none: MantineColorSchemeManager = {
  get: (value) => value,
  set() {},
  subscribe() {},
  unsubscribe() {},
  clear() {},
};

export function Mantine({ children }: { children: ReactNode }) {
  return (
    <MantineProvider
      theme={theme}
      withCssVariables={false}
      withGlobalClasses={false}
      colorSchemeManager={none}
      forceColorScheme={useScheme()}
      getStyleNonce={() => nonce}
    >
      {children}
    </MantineProvider>
  );
}
