// What a list of runs is narrowed by: it stands in the address, and goes to the API as it is.
import type { RunState, RunsBulkBody, RunTrigger } from "../../api/types.ts";

export const triggerNames: RunTrigger[] = ["schedule", "manual", "catch_up", "retry_of", "backfill"];

const hour = 3_600_000;
/** Quick ranges, up to now. */
export const ranges = { "1h": hour, "6h": 6 * hour, "24h": 24 * hour, "7d": 7 * 24 * hour, "30d": 30 * 24 * hour };
export type Range = keyof typeof ranges | "all" | "own";

/** Empty: no such filter. Lists with commas. `from` and `to`: ISO instants; either makes the range one's own. */
export interface RunFilters {
  q: string;
  state: string;
  trigger: string;
  job: string;
  node: string;
  range: string;
  from: string;
  to: string;
}

/** What a page holds on to: its job's runs, its node's. */
export interface Fixed {
  job?: string;
  node?: string;
}

export const rangeOf = ({ range, from, to }: RunFilters): Range => {
  if (from || to || range === "own") return "own";
  return range in ranges || range === "all" ? (range as Range) : "all";
};

const isInstant = (text: string) => !Number.isNaN(Date.parse(text));
const words = (text: string) => text.split(",").filter(Boolean);

/** The query of GET /runs. */
export function runsQuery(filters: RunFilters, fixed: Fixed, present: number) {
  const range = rangeOf(filters);
  const since = range in ranges ? new Date(present - ranges[range as keyof typeof ranges]).toISOString() : "";
  return {
    q: filters.q,
    state: filters.state,
    trigger: filters.trigger,
    job: fixed.job ?? filters.job,
    node: fixed.node ?? filters.node,
    from: isInstant(filters.from) ? filters.from : since,
    to: isInstant(filters.to) ? filters.to : "",
  };
}

/** Whether anything but the range narrows the list. */
export const isNarrowed = ({ q, state, trigger, job, node }: RunFilters): boolean =>
  Boolean(q || state || trigger || job || node);

export function bulkFilter(query: ReturnType<typeof runsQuery>): NonNullable<RunsBulkBody["filter"]> {
  const { q, job, node, from, to } = query;
  const state = words(query.state) as RunState[];
  const trigger = words(query.trigger) as RunTrigger[];
  return {
    ...(q ? { q } : {}),
    ...(job ? { job } : {}),
    ...(node ? { node } : {}),
    ...(from ? { from } : {}),
    ...(to ? { to } : {}),
    ...(state.length ? { state } : {}),
    ...(trigger.length ? { trigger } : {}),
  };
}
