// Time zones: which names are known, and when a zone's clock is set. Intl knows the offset of an instant only, so the
// transitions are found by looking every few days and halving; what was found is kept per zone and year.
import { createLru } from "../lib/lru.ts";
import { nearest } from "../lib/nearest.ts";

const second = 1000;
const day = 86_400_000;
/** Two changes that cancel each other out are missed within this. The shortest known: a week, Recife, October 2000. */
const step = 3 * day;
const block = 366 * day;

/** A stretch of time with one offset: [from, to). Where nothing changes it is cut somewhere, with equal offsets. */
export interface Period {
  from: number;
  to: number;
  /** Local time minus UTC. */
  offsetMs: number;
  /** The offset right before `from`. */
  previousOffsetMs: number;
}

export interface Zone {
  name: string;
  offsetAt(instant: number): number;
  /** The period that holds the instant. */
  periodAt(instant: number): Period;
}

/** Null when the name is a time zone; otherwise what is wrong with it, in words, with the nearest name. */
export function checkTimezone(name: string): string | null {
  if (isKnown(name)) return null;
  const problem = `unknown time zone ${JSON.stringify(name)}: expected an IANA name such as Europe/Berlin`;
  if (/^[+-]|^(utc|gmt)[+-]/i.test(name)) return `${problem}; a fixed offset is written Etc/GMT-2, which is UTC+2`;
  const known = ["UTC", ...Intl.supportedValuesOf("timeZone")];
  const places = new Map(known.map((zone) => [zone.slice(zone.lastIndexOf("/") + 1), zone]));
  const wanted = name.trim().replaceAll(" ", "_");
  const place = nearest(wanted, [...places.keys()]);
  const near = wanted.includes("/") || !place ? nearest(wanted, known) : places.get(place);
  return near ? `${problem}; did you mean ${near}?` : problem;
}

function isKnown(name: string): boolean {
  // Newer engines take "+02:00", older ones don't: a job must not depend on which one reads it.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const utcNames = new Set(["utc", "etc/utc", "gmt", "etc/gmt", "etc/uct", "uct", "zulu", "etc/zulu", "universal"]);
const zones = createLru<Zone>(256);

/** The zone of a name that checkTimezone accepts. Throws RangeError for others. */
export function zoneOf(name: string): Zone {
  return zones.get(name, () => (utcNames.has(name.toLowerCase()) ? utc(name) : makeZone(name)));
}

function utc(name: string): Zone {
  const always = { from: -Infinity, to: Infinity, offsetMs: 0, previousOffsetMs: 0 };
  return { name, offsetAt: () => 0, periodAt: () => always };
}

function makeZone(name: string): Zone {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  const offsetAt = (instant: number) => parseOffset(format.format(instant));
  const blocks = createLru<Period[]>(128);
  return {
    name,
    offsetAt,
    periodAt(instant) {
      const number = Math.floor(instant / block);
      const periods = blocks.get(String(number), () => scan(offsetAt, number * block - day, (number + 1) * block));
      return periods.findLast((period) => period.from <= instant) as Period;
    },
  };
}

/**
 * The periods of [from, to). A block is scanned from a day before it begins, so that whoever asks for its first hours
 * still sees a clock that was set just before.
 */
function scan(offsetAt: (instant: number) => number, from: number, to: number): Period[] {
  const first = offsetAt(from);
  const periods: Period[] = [{ from, to, offsetMs: first, previousOffsetMs: first }];
  for (let at = from; at < to; ) {
    const next = Math.min(at + step, to);
    const last = periods.at(-1) as Period;
    if (offsetAt(next) === last.offsetMs) {
      at = next;
      continue;
    }
    // The clock was set in (at, next]: halve down to the second.
    let before = at;
    let after = next;
    while (after - before > second) {
      const middle = before + Math.floor((after - before) / 2 / second) * second;
      if (offsetAt(middle) === last.offsetMs) before = middle;
      else after = middle;
    }
    if (after < to) {
      last.to = after;
      periods.push({ from: after, to, offsetMs: offsetAt(after), previousOffsetMs: last.offsetMs });
    }
    at = after;
  }
  return periods;
}

/** The end of "12/7/1874, GMT+00:53:28"; UTC itself may be a bare "GMT". */
function parseOffset(text: string): number {
  const match = /GMT(?:([+-])(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/.exec(text);
  if (!match) throw new Error(`expected a date that ends in an offset such as GMT+01:00, got "${text}"`);
  const [, sign, hours = "0", minutes = "0", seconds = "0"] = match;
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * second;
  return sign === "-" ? -ms : ms;
}

/** ISO 8601 with the zone's offset, e.g. 2026-03-29T03:00:00+02:00. Milliseconds only where there are any. */
export function formatLocal(instant: number, offsetMs: number): string {
  const local = new Date(instant + offsetMs)
    .toISOString()
    .slice(0, -1)
    .replace(/\.000$/, "");
  const offset = new Date(Math.abs(offsetMs)).toISOString().slice(11, 19).replace(/:00$/, "");
  return `${local}${offsetMs < 0 ? "-" : "+"}${offset}`;
}
