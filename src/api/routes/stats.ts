// /stats: figures for dashboards.
import { parseDuration } from "../../lib/duration.ts";
import { LimitQuery, SummaryAnswer, TimelineAnswer, TimelineQuery, UpcomingAnswer } from "../contract.ts";
import type { RouteDeps } from "../deps.ts";
import { HttpProblem } from "../errors.ts";
import { createJobLook } from "../job-look.ts";
import { iso, presentPause } from "../present.ts";
import type { Declare } from "../route.ts";

const group = "statistics";
const dayMs = 86_400_000;
const mostBuckets = 1500;

export function statsRoutes(route: Declare, deps: RouteDeps): void {
  const { store, clock } = deps;
  const look = createJobLook(deps);

  route({
    at: "GET /stats/summary",
    access: "viewer",
    about: "Jobs, runs and nodes in numbers",
    group,
    answer: [200, SummaryAnswer],
    async handler() {
      const now = clock.now();
      const [summary, pause] = await Promise.all([store.summary(now), store.getPause()]);
      const holds = pause && (pause.until === null || pause.until > now) ? pause : null;
      return { ...summary, paused: presentPause(holds), now: iso(now) };
    },
  });

  route({
    at: "GET /stats/timeline",
    access: "viewer",
    about: "Finished runs by state in buckets of time; the last 24 hours by default",
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
        items: items.map(({ at, counts }) => ({ at: iso(at), counts })),
      };
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
