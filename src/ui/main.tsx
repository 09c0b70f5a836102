// The web app's beginning: language, and what everything below shares.
import "./theme.css";
import "./styles.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { Router } from "wouter";
import { queryClient } from "./api/query-client.ts";
import { whoIAm } from "./api/session.ts";
import { App } from "./app.tsx";
import { ToastHost } from "./components/toast.tsx";
import { startI18n } from "./i18n.ts";
import { guardedNavigation } from "./lib/leave-guard.ts";
import { LanguageProvider } from "./lib/translation.tsx";
import { loadPage } from "./routes.tsx";

// Together, for one doesn't need the other: who I am, the page of the address, and the texts, without which nothing is drawn.
void queryClient.prefetchQuery(whoIAm);
loadPage(window.location.pathname);
void startI18n().then(() =>
  createRoot(document.getElementById("root") as HTMLElement).render(
    <QueryClientProvider client={queryClient}>
      <Router aroundNav={guardedNavigation}>
        <LanguageProvider>
          <App />
          <ToastHost />
        </LanguageProvider>
      </Router>
    </QueryClientProvider>,
  ),
);
