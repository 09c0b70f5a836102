// The whole: whoever isn't signed in sees the way in, everybody else the shell with the page of the address.

import { useEffect } from "react";
import { Redirect, Route, Switch, useLocation, useSearch } from "wouter";
import { ApiError } from "./api/call.ts";
import { useCan, useMe } from "./api/session.ts";
import type { Role } from "./api/types.ts";
import { Bones, Empty } from "./components/async.tsx";
import { onDemand } from "./components/on-demand.tsx";
import { type Language, languages, setLanguage } from "./i18n.ts";
import { useTranslation } from "./lib/translation.tsx";
import { NotFoundPage } from "./pages/not-found.tsx";
import { type PageRoute, routes } from "./routes.tsx";
import { ErrorBoundary } from "./shell/error-boundary.tsx";
import { Shell } from "./shell/shell.tsx";

// Whoever is signed in never needs them.
const LoginPage = onDemand(async () => (await import("./pages/sign-in/login-page.tsx")).LoginPage, <Bones />);
const SetupPage = onDemand(async () => (await import("./pages/sign-in/setup-page.tsx")).SetupPage, <Bones />);

export function App() {
  const me = useMe();
  const [location] = useLocation();
  useChosenLanguage(me.data?.user?.language ?? null);
  if (me.isPending) return <Bones />;
  // A server that can't be asked at all shows its pages' own errors; one that knows nobody asks who it is.
  const isNobody = me.data ? me.data.user === null : me.error instanceof ApiError && me.error.status === 401;
  const setup = me.data?.setup ?? false;
  if (isNobody) return location === "/setup" && setup ? <SetupPage /> : <ToLogin setup={setup} />;
  if (location === "/login" || location === "/setup") return <Back />;
  return (
    <Shell>
      <ErrorBoundary at={location}>
        <Switch>
          {routes.map((route) => (
            <Route key={route.path} path={route.path}>
              <Allowed {...route} />
            </Route>
          ))}
          <Route>
            <NotFoundPage />
          </Route>
        </Switch>
      </ErrorBoundary>
    </Shell>
  );
}

/** The user's own choice, until this browser was told another. */
function useChosenLanguage(language: string | null) {
  useEffect(() => {
    if (language === null || !(language in languages)) return;
    if (localStorage.getItem("distcron.language") === null) void setLanguage(language as Language, { keep: false });
  }, [language]);
}

function Allowed({ page: Page, access }: PageRoute) {
  return useCan(access) ? <Page /> : <Forbidden role={access} />;
}

function Forbidden({ role }: { role: Role }) {
  const { t } = useTranslation("errors");
  return <Empty title={t("forbidden", { role: t(`shell:role.${role}`) })} />;
}

function ToLogin({ setup }: { setup: boolean }) {
  const [location] = useLocation();
  const search = useSearch();
  if (location === "/login") return <LoginPage setup={setup} />;
  const here = location + (search ? `?${search}` : "");
  return (
    <Redirect
      to={here === "/" || location === "/setup" ? "/login" : `/login?next=${encodeURIComponent(here)}`}
      replace
    />
  );
}

/** Where one wanted to go before signing in; only within the app. */
function Back() {
  const next = new URLSearchParams(useSearch()).get("next") ?? "/";
  return <Redirect to={/^\/(?![/\\])/.test(next) ? next : "/"} replace />;
}
