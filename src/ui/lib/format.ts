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

const kept = new Map<string, Intl.DateTimeFormat>();
function dateFormat(language: string, zone: string | undefined, options: Intl.DateTimeFormatOptions) {
  const key = `${language} ${zone} ${JSON.stringify(options)}`;
  let found = kept.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(language, { hourCycle: "h23", ...(zone ? { timeZone: zone } : {}), ...options });
    kept.set(key, found);
  }
  return found;
}

/** 2026-11-22 19:00:00, whatever the language: it sorts, and nobody mistakes day for month. `zone`: absent = the browser's. */
export function formatInstant(ms: number, zone?: string, options: { seconds?: boolean; date?: boolean } = {}): string {
  const format = dateFormat("en-CA", zone, {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  const time = `${part.hour}:${part.minute}${options.seconds === false ? "" : `:${part.second}`}`;
  return options.date === false ? time : `${part.year}-${part.month}-${part.day} ${time}`;
}

/** Whether two instants fall on one day of a zone. */
export const isSameDay = (a: number, b: number, zone?: string): boolean =>
  formatInstant(a, zone).slice(0, 10) === formatInstant(b, zone).slice(0, 10);

/** in 3 minutes · 2 days ago, in the language's own words. */
export function formatRelative(ms: number, language: string): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
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

/** UTC+8, UTC−3:30: what a zone stands at, at an instant. */
export function zoneOffset(ms: number, zone?: string): string {
  const parts = dateFormat("en-US", zone, { timeZoneName: "shortOffset" }).formatToParts(ms);
  const text = parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
  return text === "GMT" ? "UTC" : text.replace("GMT", "UTC").replace("-", "−");
}

export const browserZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;
