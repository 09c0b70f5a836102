// The last hour of what nodes said of themselves, for the curves that people look at. It is kept in this scheduler's memory,
// within bounds, read from the store like everybody's: a scheduler that was just started has no past, and says since when it
// looks. Where a node wasn't heard there is a gap, never a guess.
import type { Clock } from "../clock.ts";
import { createWorker } from "../lib/worker.ts";
import type { Store } from "../store/store.ts";

export const historyMs = 3_600_000;
const everyMs = 10_000;
/** With an hour of samples each: about 20 MB at the very worst. */
const mostNodes = 1000;

interface Sample {
  at: number;
  cpu: number;
  memory: number;
  running: number;
}

/** One value a bucket, in order; null: nothing was heard in it. Ratios are means, `running` is the most at one time. */
export interface LoadCurves {
  cpu: (number | null)[];
  memory: (number | null)[];
  running: (number | null)[];
}

export interface LoadHistory {
  start(): void;
  /** When the first look was; null: not yet. */
  since(): number | null;
  /** In [from, from + count × bucketMs). A node that was never heard has gaps alone. */
  curves(nodeId: string, span: { from: number; bucketMs: number; count: number }): LoadCurves;
  stop(): Promise<void>;
}

export function createLoadHistory(deps: {
  store: Pick<Store, "liveSessions">;
  clock: Clock;
  onError(err: unknown): void;
}): LoadHistory {
  const { store, clock } = deps;
  const nodes = new Map<string, { lastBeatAt: number; samples: Sample[] }>();
  let since: number | null = null;

  async function look() {
    const sessions = await store.liveSessions();
    const now = clock.now();
    since ??= now;
    forget(now, new Set(sessions.map(({ info }) => info.nodeId)));
    for (const { info, load, lastBeatAt } of sessions) {
      const known = nodes.get(info.nodeId);
      // The same beat again isn't news: the node is silent.
      if (!load || known?.lastBeatAt === lastBeatAt || (!known && nodes.size >= mostNodes)) continue;
      const samples = known?.samples ?? [];
      samples.push({ at: now, cpu: load.cpuRatio, memory: load.memoryRatio, running: load.running });
      nodes.set(info.nodeId, { lastBeatAt, samples });
    }
    return everyMs;
  }

  /** A node that lives is remembered without samples too: its beat of long ago is no news. */
  function forget(now: number, live: ReadonlySet<string>) {
    for (const [nodeId, { samples }] of nodes) {
      const first = samples.findIndex(({ at }) => at > now - historyMs && at <= now);
      samples.splice(0, first < 0 ? samples.length : first);
      if (samples.length === 0 && !live.has(nodeId)) nodes.delete(nodeId);
    }
  }

  const worker = createWorker({ clock, maxRetryMs: everyMs, work: look, onError: deps.onError });
  return {
    start: worker.start,
    since: () => since,
    curves(nodeId, { from, bucketMs, count }) {
      const buckets: Sample[][] = Array.from({ length: count }, () => []);
      for (const sample of nodes.get(nodeId)?.samples ?? [])
        buckets[Math.floor((sample.at - from) / bucketMs)]?.push(sample);
      const each = (read: (bucket: Sample[]) => number) =>
        buckets.map((bucket) => (bucket.length === 0 ? null : read(bucket)));
      const mean = (of: "cpu" | "memory") =>
        each((bucket) => Number((bucket.reduce((sum, sample) => sum + sample[of], 0) / bucket.length).toFixed(4)));
      return {
        cpu: mean("cpu"),
        memory: mean("memory"),
        running: each((bucket) => Math.max(...bucket.map(({ running }) => running))),
      };
    },
    stop: worker.stop,
  };
}
