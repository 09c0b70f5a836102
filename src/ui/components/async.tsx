// Between asking and having: nothing at first, bones after a moment, words when it went wrong.
import { type ReactNode, useEffect, useState } from "react";
import { ApiError } from "../api/call.ts";
import { later } from "../lib/clock.ts";
import { useTranslation } from "../lib/translation.tsx";
import { Alert } from "./alert.tsx";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";

/** True once `ms` have passed. */
export function useDelayed(ms = 150): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => later(ms, () => setOver(true)), [ms]);
  return over;
}

export function Bones({ lines = 6 }: { lines?: number }) {
  const { t } = useTranslation();
  const shown = useDelayed();
  return (
    <div aria-busy="true" className="dc-bones">
      <span className="dc-hidden">{t("loading")}</span>
      {shown &&
        Array.from({ length: lines }, (_, line) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
          <div key={line} className="dc-bone" style={{ width: `${90 - ((line * 17) % 40)}%` }} />
        ))}
    </div>
  );
}

/** What the server said, which is in the page's language; where it said nothing, what is known of that. */
export function useErrorWords(): (error: unknown) => string {
  const { t, i18n } = useTranslation("errors");
  return (error) => {
    if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
    const key = `code.${error.code}`;
    return i18n.exists(key, { ns: "errors" }) ? t(key as "code.unreachable") : error.message;
  };
}

export function ErrorPanel({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const { t } = useTranslation("errors");
  const words = useErrorWords();
  const known = error instanceof ApiError ? error : null;
  return (
    <Alert tone="bad" role="alert" icon={<Icon name="warning" size={18} />} title={t("failed")}>
      <p className="dc-plain">{words(error)}</p>
      {known && known.status !== 0 && (
        <details className="dc-details">
          <summary>{t("details")}</summary>
          <p className="dc-plain">
            HTTP {known.status} · {known.code} · {known.message}
          </p>
          {known.requestId && (
            <p className="dc-plain">
              {t("requestId")} <code className="dc-mono">{known.requestId}</code>
            </p>
          )}
        </details>
      )}
      {onRetry && (
        <Button size="xs" variant="default" onClick={onRetry} leftSection={<Icon name="retry" size={14} />}>
          {t("retry")}
        </Button>
      )}
    </Alert>
  );
}

/** Why there is nothing, and what to do next. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="dc-empty">
      <p className="dc-empty-title">{title}</p>
      {children && <div>{children}</div>}
    </div>
  );
}

interface Asked<T> {
  data: T | undefined;
  error: unknown;
  isPending: boolean;
  refetch(): unknown;
}

/** What a query answered, drawn; until then the bones, and without an answer why. */
export function Loaded<T>({ of, lines, children }: { of: Asked<T>; lines?: number; children: (data: T) => ReactNode }) {
  if (of.data !== undefined) return children(of.data);
  if (of.isPending) return <Bones {...(lines === undefined ? {} : { lines })} />;
  return <ErrorPanel error={of.error} onRetry={() => void of.refetch()} />;
}
