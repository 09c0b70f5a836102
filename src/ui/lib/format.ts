// Figures and instants as people read them. Pure: language, zone and the present are given.

const two = (value: number) => String(value).padStart(2, "0");

/** 812 ms · 4.2 s · 42 s · 3m 05s · 1h 02m · 2d 03h */
export function formatDuration(ms: number): string {
  const sign = ms < 0 ? "−" : "";
  const abs = Math.abs(ms);
  if (abs < 1000) return `${sign}${Math.round(abs)} ms`;
  if (abs < 9950) return `${sign}${(abs / 1000).toFixed(1)} s`;
  const seconds = Math.round(abs / 1000);
  if (seconds < 60) return `${sign}${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${sign}${minutes}m ${two(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${sign}${hours}h ${two(minutes % 60)}m`;
  return `${sign}${Math.floor(hours / 24)}d ${two(hours % 24)}h`;
}

/** What is left until an instant, to the second: 00:42 · 03:05 · 1:02:09 · 2d 03:04 */
export function formatCountdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const [d, h, m, s] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  if (d > 0) return `${d}d ${two(h)}:${two(m)}`;
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
}

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

/** What makes formats is slow, and a table needs each of them a thousand times. */
function kept<F>(make: (language: string, zone: string) => F): (language: string, zone?: string) => F {
  const all = new Map<string, F>();
  return (language, zone = "") => {
    const key = `${language} ${zone}`;
    let found = all.get(key);
    if (found === undefined) {
      found = make(language, zone);
      all.set(key, found);
    }
    return found;
  };
}

// Swedes write dates as ISO 8601 does: 2026-11-22 19:00:00.
const inZone = kept(
  (language, timeZone) =>
    new Intl.DateTimeFormat(language, {
      ...{ timeZone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit" },
      ...{ hour: "2-digit", minute: "2-digit", second: "2-digit" },
    }),
);

/** In the browser's own zone, as in UTC, nothing has to be made: the first format takes a browser 20 ms and more. */
function here(ms: number): string {
  const at = new Date(ms);
  const date = `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${date} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** 2026-11-22 19:00:00, whatever the language: it sorts, and nobody mistakes day for month. `zone`: absent = the browser's. */
export function formatInstant(ms: number, zone?: string, options: { seconds?: boolean; date?: boolean } = {}): string {
  const text =
    zone === "UTC"
      ? new Date(ms).toISOString().slice(0, 19).replace("T", " ")
      : zone && zone !== browserZone()
        ? inZone("sv-SE", zone).format(ms)
        : here(ms);
  return text.slice(options.date === false ? -8 : 0, options.seconds === false ? -3 : undefined);
}

/** Whether two instants fall on one day of a zone. */
export const isSameDay = (a: number, b: number, zone?: string): boolean =>
  formatInstant(a, zone).slice(0, 10) === formatInstant(b, zone).slice(0, 10);

const relative = kept((language) => new Intl.RelativeTimeFormat(language, { numeric: "auto" }));

/** in 3 minutes · 2 days ago, in the language's own words. */
export function formatRelative(ms: number, language: string): string {
  const format = relative(language);
  const abs = Math.abs(ms);
  const [size, unit] = (
    abs < 60_000
      ? [1000, "second"]
      : abs < 3_600_000
        ? [60_000, "minute"]
        : abs < 86_400_000
          ? [3_600_000, "hour"]
          : [86_400_000, "day"]
  ) as [number, Intl.RelativeTimeFormatUnit];
  return format.format(Math.trunc(ms / size), unit);
}

const offset = kept(
  (language, zone) =>
    new Intl.DateTimeFormat(language, { ...(zone ? { timeZone: zone } : {}), timeZoneName: "shortOffset" }),
);

/** UTC+8, UTC−3:30: what a zone stands at, at an instant. */
export function zoneOffset(ms: number, zone?: string): string {
  const text =
    offset("en-US", zone)
      .formatToParts(ms)
      .find(({ type }) => type === "timeZoneName")?.value ?? "";
  return text === "GMT" ? "UTC" : text.replace("GMT", "UTC").replace("-", "−");
}

const percent = kept((language) => new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 }));

/** Rounded down: what failed once isn't 100 %. */
export const formatRate = (rate: number, language: string): string =>
  percent(language).format(Math.floor(rate * 1000) / 1000);

const list = kept((language) => new Intl.ListFormat(language, { type: "unit" }));
export const formatList = (items: string[], language: string): string => list(language).format(items);

let ownZone: string | null = null;
export const browserZone = (): string => {
  ownZone ??= new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return ownZone;
};
