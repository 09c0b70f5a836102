// /stats: figures for dashboards.
import type { z } from "zod";
import { parseDuration } from "../../lib/duration.ts";
import { lateAfterMs } from "../../model/run.ts";
import { historyMs } from "../../report/load-history.ts";
import { createAttention } from "../attention.ts";
import { LoadAnswer, LoadQuery } from "../contract/nodes.ts";
import {
  AttentionAnswer,
  AttentionQuery,
  ForecastAnswer,
  ForecastQuery,
  JobStatsAnswer,
  JobStatsQuery,
  LimitQuery,
  SummaryAnswer,
  TimelineAnswer,
  TimelineQuery,
  UpcomingAnswer,
} from "../contract/statistics.ts";
import type { RouteDeps } from "../deps.ts";
import { HttpProblem, notFound } from "../errors.ts";
import { createForecasts } from "../forecasts.ts";
import { createJobLook } from "../job-look.ts";
import { wordsFor } from "../language.ts";
import { iso, isoOrNull, pauseNow, presentJobStats, presentPause } from "../present.ts";
import type { Declare } from "../route.ts";

const group = "statistics";
const [hourMs, dayMs] = [3_600_000, 86_400_000];
/** Fewer ticks in a minute are nothing to speak of. */
const leastBusy = 10;
const mostBuckets = 1500;
const [leastLoadBucketMs, mostLoadBucketMs] = [10_000, 600_000];

export function statsRoutes(route: Declare, deps: RouteDeps): void {
  const { store, clock, loadHistory } = deps;
  const look = createJobLook(deps);
  const forecast = createForecasts(store);
  const attention = createAttention(store, clock);

  route({
    at: "GET /stats/summary",
    access: "viewer",
    about: "Jobs, runs and nodes in numbers",
    group,
    answer: [200, SummaryAnswer],
    async handler() {
      const now = clock.now();
      const [summary, pause] = await Promise.all([store.summary(now), store.getPause()]);
      return { ...summary, paused: presentPause(pauseNow(pause, now)), now: iso(now) };
    },
  });

  route({
    at: "GET /stats/timeline",
    access: "viewer",
    about:
      "Finished runs by state and lateness, in buckets of the time they were scheduled for; by default the last day",
    group,
    query: TimelineQuery,
    answer: [200, TimelineAnswer],
    async handler({ query }) {
      const bucketMs = bucketOf(query.bucket);
      const to = query.to ?? clock.now();
      // Whole buckets, so that asking again gives the same edges.
      const from = Math.floor((query.from ?? to - dayMs) / bucketMs) * bucketMs;
      if (from >= to) throw invalid("from", "expected an instant before `to`");
      if ((to - from) / bucketMs > mostBuckets)
        throw invalid("bucket", `expected at most ${mostBuckets} buckets; take a longer one or a shorter span`);
      const job = query.job === undefined ? {} : { jobId: (await look.find(query.job)).id };
      const items = await store.timeline({ from, to, bucketMs, ...job });
      return {
        from: iso(from),
        to: iso(to),
        bucketMs,
        lateFromMs: lateAfterMs,
        items: items.map(({ at, lateness, ...rest }) => ({ at: iso(at), ...rest, latenessMs: lateness })),
      };
    },
  });

  route({
    at: "GET /stats/forecast",
    access: "viewer",
    about: "The ticks to come, by job or tag; by default of the next hour",
    group,
    query: ForecastQuery,
    answer: [200, ForecastAnswer],
    async handler({ query }) {
      const from = query.from ?? clock.now();
      const to = query.to ?? from + hourMs;
      if (to <= from) throw invalid("to", "expected an instant after `from`");
      if (to - from > dayMs) throw invalid("to", "expected at most 24 hours after `from`");
      const busyFrom = query.busyFrom ?? Math.max(leastBusy, (await slotsOf(deps)) + 1);
      const { busy, ...found } = await forecast({ ...query, from, to, busyFrom });
      return {
        ...found,
        from: iso(found.from),
        to: iso(found.to),
        busyFrom,
        busy: busy.map(({ at, ticks }) => ({ at: iso(at), ticks })),
      };
    },
  });

  route({
    at: "GET /stats/attention",
    access: "viewer",
    about: "What wants somebody's eyes: failing and overdue jobs, runs that don't start or don't end, nodes in trouble",
    group,
    query: AttentionQuery,
    answer: [200, AttentionAnswer],
    handler: ({ query, request }) => attention(query.limit, wordsFor(request)),
  });

  route({
    at: "GET /stats/nodes",
    access: "viewer",
    about: "Load of nodes over the last hour, as far as this scheduler has seen it",
    group,
    query: LoadQuery,
    answer: [200, LoadAnswer],
    async handler({ query }) {
      const bucketMs = bucketOf(query.bucket);
      if (bucketMs < leastLoadBucketMs || bucketMs > mostLoadBucketMs)
        throw invalid("bucket", "expected a duration from 10s to 10m");
      const count = Math.ceil(historyMs / bucketMs);
      const to = (Math.floor(clock.now() / bucketMs) + 1) * bucketMs;
      const span = { from: to - count * bucketMs, bucketMs, count };
      const { items, nextCursor } = await nodesAsked(deps, query);
      return {
        from: iso(span.from),
        to: iso(to),
        bucketMs,
        since: isoOrNull(loadHistory.since()),
        items: items.map(({ id, name }) => ({ node: { id, name }, ...loadHistory.curves(id, span) })),
        nextCursor,
      };
    },
  });

  route({
    at: "GET /stats/jobs",
    access: "viewer",
    about: "How the newest runs of jobs ended, how long they took and how late they were",
    group,
    query: JobStatsQuery,
    answer: [200, JobStatsAnswer],
    async handler({ query: { from = clock.now() - 7 * dayMs, ...query } }) {
      return { items: (await store.runStats({ ...query, from })).map(presentJobStats) };
    },
  });

  route({
    at: "GET /stats/upcoming",
    access: "viewer",
    about: "The next tick of each job, soonest first",
    group,
    query: LimitQuery,
    answer: [200, UpcomingAnswer],
    async handler({ query }) {
      const rows = await store.upcoming(query.limit);
      return { items: rows.map(({ jobId, jobName, at }) => ({ job: { id: jobId, name: jobName }, at: iso(at) })) };
    },
  });
}

/** One node, or a page of them in the order of their list. */
async function nodesAsked({ store, clock }: RouteDeps, { node, ...page }: z.output<typeof LoadQuery>) {
  if (node === undefined) return store.listNodes({ ...page, now: clock.now() });
  const found = await store.getNode(node);
  if (!found) throw notFound(`there is no node ${JSON.stringify(node)}`);
  return { items: [found], nextCursor: null };
}

/** What the nodes that are up can run at once. */
async function slotsOf({ store, clock }: RouteDeps): Promise<number> {
  const { items } = await store.listNodes({ limit: 500, now: clock.now() });
  const live = items.filter(({ session }) => session?.state === "live");
  return live.reduce((sum, { session }) => sum + (session?.info.slots ?? 0), 0);
}

const invalid = (path: string, message: string) =>
  new HttpProblem(422, "invalid", `${path}: ${message}`, { errors: [{ path, message }] });

function bucketOf(text: string): number {
  let ms: number;
  try {
    ms = parseDuration(text);
  } catch (err) {
    throw invalid("bucket", (err as Error).message);
  }
  if (ms < 1000) throw invalid("bucket", "expected at least 1s");
  return ms;
}
