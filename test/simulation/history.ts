// What the checker looks at: evidence that comes from outside (what the executor, or a command itself, saw), the ledger,
// and what was done to the world meanwhile.
import type { EffectiveJob } from "../../src/model/job.ts";
import type { RunDetail } from "../../src/store/store.ts";

export interface Evidence {
  runId: string;
  jobId: string;
  attempt: number;
  fence: number;
  /** Name of the node that it ran on; absent: not known. */
  node?: string;
  startedAt: number;
  /** null: still running at the end, or killed without a word. */
  endedAt: number | null;
  /** The same on a clock that nobody sets: by it is judged what ran at once. Else by the instants, which a step puts wrong. */
  steady?: { from: number; to: number | null };
  result: "succeeded" | "failed" | "killed" | null;
}

/** A row of the ledger; without a fence, floor or attempts where whoever read it wasn't told them. */
export type Row = Omit<RunDetail, "fence" | "floor" | "attempts"> & {
  fence?: number;
  floor?: number;
  attempts?: { number: number; fence: number; outcome: string | null }[];
};

export interface Span {
  from: number;
  to: number;
}

export interface History {
  /** `through`: everything due by then is over, unless something explains that it isn't. */
  jobs: { id: string; job: EffectiveJob; from: number; through: number }[];
  runs: Row[];
  /** In the order of the starts. */
  evidence: Evidence[];
  /** Spans in which lateness is explained: process down, slow store, a stepped clock (on which no instant can be relied). */
  faults: (Span & { clockStep?: boolean })[];
  calmLatenessMs: number;
  /** When the ledger was read. */
  asOf: number;
  /** How many runs at once each node takes, by its name; absent: not known. */
  slots?: Record<string, number>;
  /** Runs that somebody asked to cancel; absent: not known. */
  cancelled?: string[];
}

/** So long after a fault nodes return, sessions end, what waited is made up for: what happens then is its doing, too. */
export const recoveryMs = 30_000;

export const iso = (ms: number) => new Date(ms).toISOString();

/** From start to end; what never ended goes on for ever. */
export const spanOf = ({ steady, startedAt, endedAt }: Evidence): Span => {
  const { from, to } = steady ?? { from: startedAt, to: endedAt };
  return { from, to: to ?? Number.POSITIVE_INFINITY };
};

/** The same by the wall clock. */
export const wallSpanOf = ({ startedAt, endedAt }: Evidence): Span => ({
  from: startedAt,
  to: endedAt ?? Number.POSITIVE_INFINITY,
});

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** Whether a fault, or its aftermath, reached into the span. */
export const isDisturbed = ({ faults }: Pick<History, "faults">, from: number, to: number): boolean =>
  faults.some((fault) => fault.from <= to && fault.to + recoveryMs >= from);
