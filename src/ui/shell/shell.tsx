// The frame around every page: head, navigation (a drawer on a narrow screen), banners, and what speaks up from anywhere.

import { type ReactNode, useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import { startLive } from "../api/live.ts";
import { ConfirmHost } from "../components/confirm.tsx";
import { Icon } from "../components/icon.tsx";
import { onDemand } from "../components/on-demand.tsx";
import { Once } from "../components/once.tsx";
import { TimeTip } from "../components/time-tip.tsx";
import { useTranslation } from "../lib/translation.tsx";
import { Banners, LiveBadge } from "./banners.tsx";
import { HeadButton } from "./head-button.tsx";
import { KeyboardHelp, useKeyboardHelp } from "./keyboard-help.tsx";
import { UserMenu, ViewMenu } from "./menus.tsx";
import { Navigation } from "./navigation.tsx";
import { PaletteButton } from "./palette-button.tsx";
import { listenForShortcuts } from "./shortcuts.ts";
import { useIsWall, useWall } from "./wall.ts";

const NavDrawer = onDemand(async () => (await import("./nav-drawer.tsx")).NavDrawer);

export function Shell({ children }: { children: ReactNode }) {
  const { t } = useTranslation("shell");
  const [location] = useLocation();
  const [isDrawer, setDrawer] = useState(false);
  const [isHelp, setHelp] = useKeyboardHelp();
  const isWall = useIsWall();
  useWall(isWall);
  useEffect(startLive, []);
  useEffect(listenForShortcuts, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: going anywhere closes it
  useEffect(() => setDrawer(false), [location]);
  return (
    <div className="dc-shell">
      <a href="#main" className="dc-skip">
        {t("skip")}
      </a>
      {!isWall && (
        <>
          <header className="dc-head">
            <HeadButton
              className="dc-burger"
              label={t("nav.open")}
              icon="menu"
              iconSize={20}
              onClick={() => setDrawer(true)}
            />
            <Link href="/" className="dc-brand">
              <Icon name="clock" size={20} />
              DistCron
            </Link>
            <LiveBadge />
            <span className="dc-head-end">
              <PaletteButton onHelp={() => setHelp(true)} />
              <HeadButton className="dc-wide" label={t("keys.title")} icon="keyboard" onClick={() => setHelp(true)} />
              <ViewMenu />
              <UserMenu />
            </span>
          </header>
          <div className="dc-side">
            <Navigation />
          </div>
        </>
      )}
      <Once when={isDrawer}>
        <NavDrawer opened={isDrawer} onClose={() => setDrawer(false)} />
      </Once>
      <div className="dc-body">
        <Banners />
        <main id="main" tabIndex={-1}>
          {children}
        </main>
      </div>
      <KeyboardHelp opened={isHelp} onToggle={setHelp} />
      <ConfirmHost />
      <TimeTip />
    </div>
  );
}
