// The last day in quarters of an hour, for the strip, the heat strip and the lateness.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api } from "../../api/call.ts";
import type { Timeline } from "../../api/types.ts";
import { useNow } from "../../lib/clock.ts";

export const bucketMs = 900_000;
export const bucketCount = 96;

export type Bucket = Timeline["items"][number];

export function usePast() {
  // Whole quarters: the running one is the last.
  const to = Math.floor(useNow(60_000) / bucketMs) * bucketMs + bucketMs;
  const query = {
    bucket: "15m",
    from: new Date(to - bucketCount * bucketMs).toISOString(),
    to: new Date(to).toISOString(),
  };
  return useQuery({
    queryKey: ["trends", "timeline", query],
    queryFn: ({ signal }) => api.get<Timeline>("/stats/timeline", { query, signal }),
    placeholderData: keepPreviousData,
  });
}

export interface Tally {
  at: number;
  good: number;
  late: number;
  bad: number;
  quiet: number;
  latenessMs: Bucket["latenessMs"];
}

export function tallyOf({ at, counts, late, latenessMs }: Bucket): Tally {
  const of = (...states: (keyof typeof counts)[]) => states.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
  return {
    at: Date.parse(at),
    good: of("succeeded") - late,
    late,
    bad: of("failed", "timed_out", "lost", "missed"),
    quiet: of("skipped", "cancelled"),
    latenessMs,
  };
}

/** One for each bucket, empty ones too. */
export function tallies(past: Timeline): Tally[] {
  const found = new Map(past.items.map((item) => [Date.parse(item.at), tallyOf(item)]));
  const from = Date.parse(past.from);
  const none = { good: 0, late: 0, bad: 0, quiet: 0, latenessMs: null };
  return Array.from({ length: Math.ceil((Date.parse(past.to) - from) / past.bucketMs) }, (_, i) => {
    const at = from + i * past.bucketMs;
    return found.get(at) ?? { at, ...none };
  });
}
