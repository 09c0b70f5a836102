// Jobs for tests: a whole effective job from the few fields that a test is about.
import type { EffectiveJob } from "../../src/model/job.ts";

export function aJob(over: Partial<EffectiveJob> = {}): EffectiveJob {
  return {
    name: "job",
    title: null,
    description: null,
    owner: null,
    runbook: null,
    tags: [],
    schedule: ["* * * * *"],
    timezone: "UTC",
    startAtMs: null,
    endAtMs: null,
    task: {
      kind: "cmd",
      command: "true",
      shell: null,
      cwd: null,
      env: {},
      user: null,
      stdin: null,
      expectExit: [0],
    },
    priority: 5,
    timeoutMs: null,
    killGraceMs: 10_000,
    retry: { limit: 0, delayMs: 10_000, backoff: "exponential", maxDelayMs: 600_000, jitterRatio: 0 },
    overlap: "skip",
    misfire: { policy: "latest", withinMs: 86_400_000 },
    jitterMs: 0,
    onNodeLoss: "fail",
    maxReruns: 3,
    startDeadlineMs: null,
    pauseAfter: null,
    place: { node: null, labels: null, every: false },
    limit: null,
    notify: null,
    keep: { runs: null, ageMs: null },
    ...over,
  };
}
