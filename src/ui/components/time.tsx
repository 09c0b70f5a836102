// An instant, in the zone that the user chose. Hovering or focusing it tells the others (time-tip.tsx reads the attributes).

import { useUser } from "../api/session.ts";
import { useNow } from "../lib/clock.ts";
import { formatCountdown, formatInstant, formatRelative, isSameDay } from "../lib/format.ts";
import { useSetting } from "../lib/settings.ts";
import { useTranslation } from "../lib/translation.tsx";

interface Props {
  /** ISO text; null is a dash. */
  at: string | null;
  /** Of the schedule that it belongs to. */
  zone?: string | undefined;
  /** Without the day where it is today's. */
  short?: boolean;
  /** In tables of many: not a stop of the Tab key, and the row's own page shows it in full. */
  dense?: boolean;
  relative?: boolean;
}

/** The zone to show an instant in; undefined: the browser's. Local is the user's own, where the account names one. */
export function useZone(zone?: string): string | undefined {
  const [time] = useSetting("time");
  const own = useUser()?.timezone ?? undefined;
  return time === "utc" ? "UTC" : time === "schedule" ? (zone ?? own) : own;
}

export function Time({ at, zone, short, dense, relative }: Props) {
  const { i18n } = useTranslation();
  const now = useNow(relative ? 1000 : 60_000);
  const shown = useZone(zone);
  if (at === null) return <span className="dc-none">–</span>;
  const ms = Date.parse(at);
  const text = relative
    ? formatRelative(ms - now, i18n.language)
    : formatInstant(ms, shown, { date: !(short && isSameDay(ms, now, shown)) });
  return (
    <time dateTime={at} data-zone={zone} className="dc-time" {...(dense ? {} : { tabIndex: 0 })}>
      {text}
    </time>
  );
}

/** What is left until an instant; a dash once it has passed by more than a moment. */
export function Countdown({ at }: { at: string | null }) {
  const now = useNow();
  if (at === null) return null;
  const left = Date.parse(at) - now;
  return <span className="dc-countdown">{left < -2000 ? "…" : formatCountdown(left)}</span>;
}
