// Short words in the corner: what was done, with a way to it, or why not. They go by themselves, but not while one reads them.
import i18next from "i18next";
import { type ReactNode, useEffect, useState, useSyncExternalStore } from "react";
import { Link } from "wouter";
import { ApiError } from "../api/call.ts";
import { later } from "../lib/clock.ts";
import { useTranslation } from "../lib/translation.tsx";
import { IconButton } from "./button.tsx";
import { Icon, type IconName } from "./icon.tsx";
import "./toast.css";

interface Toast {
  id: number;
  tone: "good" | "warn" | "bad";
  icon: IconName;
  title?: string;
  message: ReactNode;
  staysMs: number;
}

/** More of them wait. */
const atMost = 4;
let toasts: readonly Toast[] = [];
let made = 0;
const watchers = new Set<() => void>();

function become(next: readonly Toast[]) {
  toasts = next;
  for (const watcher of watchers) watcher();
}
const show = (toast: Omit<Toast, "id">) => become([...toasts, { ...toast, id: ++made }]);
const close = (id: number) => become(toasts.filter((toast) => toast.id !== id));

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}

/** Where they are shown; of the page there is one. */
export function ToastHost() {
  const shown = useSyncExternalStore(watch, () => toasts).slice(0, atMost);
  return (
    <div className="dc-toasts" aria-live="polite">
      {shown.map((toast) => (
        <Shown key={toast.id} {...toast} />
      ))}
    </div>
  );
}

function Shown({ id, tone, icon, title, message, staysMs }: Toast) {
  const { t } = useTranslation();
  const [isRead, setRead] = useState(false);
  useEffect(() => (isRead ? undefined : later(staysMs, () => close(id))), [isRead, staysMs, id]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only watches whether it is being read
    <div
      className="dc-toast"
      role={tone === "bad" ? "alert" : undefined}
      onMouseEnter={() => setRead(true)}
      onMouseLeave={() => setRead(false)}
      onFocus={() => setRead(true)}
      onBlur={() => setRead(false)}
    >
      <span className="dc-toast-mark" data-tone={tone}>
        <Icon name={icon} size={14} />
      </span>
      <div>
        {title && <strong>{title}</strong>}
        <div>{message}</div>
      </div>
      <IconButton size="sm" color="gray" aria-label={t("close")} onClick={() => close(id)}>
        <Icon name="close" size={13} />
      </IconButton>
    </div>
  );
}

export function toastDone(text: string, link?: { to: string; label: string }): void {
  const message = (
    <>
      {text} {link && <Link href={link.to}>{link.label}</Link>}
    </>
  );
  show({ tone: "good", icon: "check", message, staysMs: 6000 });
}

export const toastWarning = (text: string): void =>
  show({ tone: "warn", icon: "warning", message: text, staysMs: 10_000 });

export function toastError(error: unknown): void {
  const known = error instanceof ApiError ? error : null;
  const key = `errors:code.${known?.code}`;
  const message = known && i18next.exists(key) ? i18next.t(key) : (error as Error).message;
  show({
    ...{ tone: "bad", icon: "warning", title: i18next.t("errors:failed"), staysMs: 15_000 },
    message: known?.requestId ? `${message} (${known.requestId})` : message,
  });
}
