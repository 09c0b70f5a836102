// What processes of this version and of the one before say to each other. `wire-0.1.json` is what version 0.1 says; it
// stays as it is until nothing that old can be met any more, and then gives way to what a later version says.
import { readFileSync } from "node:fs";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Said = { [key: string]: Json };

export const said01 = JSON.parse(readFileSync(new URL("wire-0.1.json", import.meta.url), "utf8")) as {
  /** What stands in etcd, by key under the prefix. */
  etcd: Record<string, Said>;
  /** Bodies of requests and answers, by name. */
  http: Record<string, Said>;
  events: Said[];
  /** Of the cluster's token "token". */
  secrets: { credential: string; passedOn: string };
};

const isObject = (value: unknown): value is Said =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Objects whose keys people choose. */
const chosen = ["labels", "env"];

/** With keys of a later version in every object. */
export function fromLater<T>(value: T): T {
  if (Array.isArray(value)) return value.map(fromLater) as T;
  if (!isObject(value)) return value;
  const more = Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, chosen.includes(key) ? each : fromLater(each)]),
  );
  return { ...more, ofALaterVersion: { some: ["thing"] } } as T;
}

/** What somebody who knows only the old words would miss in the new ones: paths with what was expected there. */
export function missing(old: unknown, now: unknown, path = ""): string[] {
  const kind = (value: unknown) => (Array.isArray(value) ? "array" : value === null ? "null" : typeof value);
  // What may be null was null, or is.
  if (kind(old) === "null" || kind(now) === "null") return now === undefined ? [`${path}: null`] : [];
  if (kind(old) !== kind(now)) return [`${path}: ${kind(old)}, not ${kind(now)}`];
  if (Array.isArray(old))
    return old.length && (now as unknown[]).length ? missing(old[0], (now as unknown[])[0], `${path}[]`) : [];
  if (!isObject(old)) return [];
  return Object.entries(old).flatMap(([key, value]) =>
    missing(value, (now as Said)[key], path ? `${path}.${key}` : key),
  );
}
