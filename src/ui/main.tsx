// The web app's beginning: language, theme, and what everything below shares.
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./styles.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { Router } from "wouter";
import { queryClient } from "./api/query-client.ts";
import { App } from "./app.tsx";
import { startI18n } from "./i18n.ts";
import { guardedNavigation } from "./lib/leave-guard.ts";
import { colorSchemes, theme, variables } from "./shell/theme.ts";

// The page's policy lets in only style elements that carry its number; packages that add some look for it here.
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
Object.assign(globalThis, { __webpack_nonce__: nonce });

await startI18n();
createRoot(document.getElementById("root") as HTMLElement).render(
  <MantineProvider
    theme={theme}
    cssVariablesResolver={variables}
    defaultColorScheme="auto"
    colorSchemeManager={colorSchemes}
    getStyleNonce={() => nonce}
  >
    <QueryClientProvider client={queryClient}>
      <Notifications position="bottom-right" autoClose={6000} limit={4} />
      <Router aroundNav={guardedNavigation}>
        <App />
      </Router>
    </QueryClientProvider>
  </MantineProvider>,
);
