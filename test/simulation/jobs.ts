// A day's mixed set of jobs: every overlap policy, zones, jitter, limits, retries, deadlines, both ways to lose a node.
import type { EffectiveJob } from "../../src/model/job.ts";
import type { Random } from "../../src/random.ts";
import { aJob } from "../support/a-job.ts";

/** A job and how its commands behave: how long they take, how often they fail. */
export interface SimulatedJob {
  job: EffectiveJob;
  tookMs: [from: number, to: number];
  failureRate: number;
}

const sim = (
  over: Partial<EffectiveJob> & { name: string },
  tookMs: [number, number],
  failureRate = 0.05,
): SimulatedJob => ({
  job: aJob(over),
  tookMs,
  failureRate,
});
const retry = { limit: 2, delayMs: 5000, backoff: "exponential" as const, maxDelayMs: 60_000, jitterRatio: 0.1 };

export const dayOfJobs: SimulatedJob[] = [
  sim({ name: "minutely", schedule: ["* 3-5 * * *"] }, [100, 5000]),
  sim({ name: "slow-skip", schedule: ["*/10 * * * *"], overlap: "skip" }, [60_000, 900_000]),
  sim({ name: "slow-queue", schedule: ["*/15 * * * *"], overlap: "queue" }, [60_000, 1_500_000]),
  sim({ name: "slow-replace", schedule: ["*/20 * * * *"], overlap: "replace" }, [60_000, 1_800_000]),
  sim({ name: "overlapping", schedule: ["*/10 * * * *"], overlap: "allow" }, [60_000, 900_000]),
  sim({ name: "rerunnable", schedule: ["*/5 * * * *"], onNodeLoss: "rerun" }, [1000, 200_000]),
  sim({ name: "retrying", schedule: ["@every 11m"], retry }, [100, 20_000], 0.5),
  sim({ name: "spread", schedule: ["*/6 * * * *"], jitterMs: 300_000 }, [100, 3000]),
  sim(
    { name: "every-tick-counts", schedule: ["*/7 * * * *"], misfire: { policy: "all", withinMs: 3_600_000 } },
    [10, 1000],
  ),
  sim(
    { name: "now-or-never", schedule: ["*/8 * * * *"], misfire: { policy: "skip", withinMs: 3_600_000 } },
    [10, 1000],
  ),
  sim({ name: "limited-a", schedule: ["*/12 * * * *"], limit: { key: "db", max: 1 } }, [10_000, 200_000]),
  sim({ name: "limited-b", schedule: ["*/12 * * * *"], limit: { key: "db", max: 1 }, priority: 9 }, [10_000, 200_000]),
  sim({ name: "berlin-nightly", schedule: ["30 2 * * *"], timezone: "Europe/Berlin" }, [1000, 60_000]),
  sim({ name: "office-hours", schedule: ["*/20 9-17 * * MON-FRI"], timezone: "America/New_York" }, [1000, 60_000]),
  sim({ name: "punctual", schedule: ["*/9 * * * *"], startDeadlineMs: 30_000 }, [100, 2000]),
];

/** A few of them: what is rare in the whole mix is most of some such days. */
export function drawSome(random: Random): SimulatedJob[] {
  const left = [...dayOfJobs];
  const draw = () => left.splice(Math.floor(random.next() * left.length), 1);
  return Array.from({ length: 3 + Math.floor(random.next() * 3) }, draw).flat();
}
