// Short words in the corner: what was done, with a way to it, or why not.
import { notifications } from "@mantine/notifications";
import i18next from "i18next";
import { Link } from "wouter";
import { ApiError } from "../api/call.ts";

const closing = () => ({ closeButtonProps: { "aria-label": i18next.t("common:close") } });

export function toastDone(text: string, link?: { to: string; label: string }): void {
  notifications.show({
    ...closing(),
    color: "teal",
    message: (
      <>
        {text} {link && <Link href={link.to}>{link.label}</Link>}
      </>
    ),
  });
}

export function toastWarning(text: string): void {
  notifications.show({ ...closing(), color: "yellow", message: text, autoClose: 10_000 });
}

export function toastError(error: unknown): void {
  const known = error instanceof ApiError ? error : null;
  const key = `errors:code.${known?.code}`;
  const message = known && i18next.exists(key) ? i18next.t(key) : (error as Error).message;
  notifications.show({
    ...closing(),
    color: "red",
    title: i18next.t("errors:failed"),
    message: known?.requestId ? `${message} (${known.requestId})` : message,
    autoClose: 15_000,
    role: "alert",
  });
}
