// Time zones as people look for them, and instants told in the clock of one.
import { formatInstant, zoneOffset } from "./format.ts";

export interface ZoneChoice {
  name: string;
  /** UTC+8, at the moment that was asked for. */
  offset: string;
  /** China Standard Time, in the language that was asked for. */
  words: string;
  /** What a search is compared with. */
  text: string;
}

export const isZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

const plain = (text: string) => text.toLowerCase().replaceAll("_", " ").replaceAll("−", "-");

/** Some four hundred; takes a moment, so ask once. */
export function zoneChoices(at: number, language: string): ZoneChoice[] {
  return ["UTC", ...Intl.supportedValuesOf("timeZone").filter((name) => name !== "UTC")].map((name) => {
    const offset = zoneOffset(at, name);
    const words =
      new Intl.DateTimeFormat(language, { timeZone: name, timeZoneName: "longGeneric" })
        .formatToParts(at)
        .find(({ type }) => type === "timeZoneName")?.value ?? "";
    return { name, offset, words, text: plain(`${name} ${offset} ${words}`) };
  });
}

/** Every word of the search somewhere in name, offset or words: "new york", "utc+5:30", "+8 shang". */
export const matchesZone = ({ text }: ZoneChoice, search: string): boolean =>
  plain(search)
    .split(/\s+/)
    .filter(Boolean)
    .every((word) =>
      /^[+-]\d{1,2}(:\d\d)?$/.test(word)
        ? new RegExp(`utc\\${word.replace(/:00$/, "").replace(/^([+-])0/, "$1")}(?![\\d:])`).test(text)
        : text.includes(word),
    );

/** Local time minus UTC, in whole minutes. */
function offsetMinutes(ms: number, zone: string): number {
  const local = Date.parse(`${formatInstant(ms, zone).replace(" ", "T")}Z`);
  return Math.round((local - Math.floor(ms / 1000) * 1000) / 60_000);
}

/** 2026-12-01T08:00 in a zone, as an instant with its offset. A time that the clock jumps over is told as what it becomes. */
export function instantIn(zone: string, local: string): string | null {
  const wall = Date.parse(`${local}Z`);
  if (Number.isNaN(wall)) return null;
  // The second look is for a clock that is set between the guess and the answer.
  let ms = wall - offsetMinutes(wall, zone) * 60_000;
  ms = wall - offsetMinutes(ms, zone) * 60_000;
  const minutes = offsetMinutes(ms, zone);
  const shown = new Date(ms + minutes * 60_000).toISOString().slice(0, 19);
  const two = (value: number) => String(value).padStart(2, "0");
  const abs = Math.abs(minutes);
  return `${shown}${minutes < 0 ? "-" : "+"}${two(Math.floor(abs / 60))}:${two(abs % 60)}`;
}

/** 2026-12-01T08:00:00, for an input of date and time; null: it is no instant. */
export function localIn(zone: string, instant: string): string | null {
  const ms = Date.parse(instant);
  return Number.isNaN(ms) ? null : formatInstant(ms, zone).replace(" ", "T");
}
