import { describe, expect, it } from "vitest";
import { createFollowDefaults } from "../../../src/define/follow-defaults.ts";
import { createJobService } from "../../../src/define/jobs.ts";
import { silentLog } from "../../../src/lib/log.ts";
import type { JobDefaults } from "../../../src/model/job-schema.ts";
import { seededRandom } from "../../../src/random.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { createMemoryJobs } from "../../support/memory-jobs.ts";

async function openJobs(defaults: JobDefaults) {
  const jobs = createMemoryJobs();
  const settings = new Map<string, string>();
  const store = {
    ...jobs.store,
    getSetting: async (key: string) => settings.get(key) ?? null,
    setSetting: async (key: string, value: string) => void settings.set(key, value),
  };
  const service = createJobService({
    store,
    revisions: jobs.revisions,
    clock: new ManualClock(),
    random: seededRandom(1),
    defaults,
    timezone: "UTC",
    checkSchedule: () => [],
  });
  const follow = (now: JobDefaults, revisions = jobs.revisions) =>
    createFollowDefaults({ store, defaults: { timezone: "UTC", ...now }, log: silentLog })(
      revisions,
      new AbortController().signal,
    );
  await follow(defaults);
  return { jobs, service, follow, one: (name: string) => [...jobs.rows.values()].find((row) => row.name === name)! };
}
const base = { schedule: "@daily", cmd: "true" };

describe("the cluster's defaults", () => {
  it("that have changed reach the jobs that leave it to them, as a version of its own", async () => {
    const { service, follow, one, jobs } = await openJobs({ timeout: "5m" });
    for (const name of ["a", "b", "c"]) await service.create({ name, ...base }, "ann");
    await service.create({ name: "own", ...base, timeout: "1m" }, "ann");
    await follow({ timeout: "10m", timezone: "Asia/Shanghai" });
    expect(one("a")).toMatchObject({ version: 2, spec: base, effective: { timeoutMs: 600_000 } });
    expect(one("c")).toMatchObject({ version: 2, effective: { timezone: "Asia/Shanghai" } });
    expect(one("own")).toMatchObject({ version: 2, effective: { timeoutMs: 60_000, timezone: "Asia/Shanghai" } });
    expect(jobs.audit.at(-1)).toMatchObject({ action: "job.defaults", actor: "distcron" });
  });

  it("change nothing for a job that says everything of it itself, and nothing at all while they are the same", async () => {
    const { service, follow, one, jobs } = await openJobs({ timeout: "5m" });
    await service.create({ name: "own", ...base, timeout: "1m" }, "ann");
    await follow({ timeout: "10m" });
    expect(one("own").version).toBe(1);
    await service.create({ name: "a", ...base }, "ann"); // Under the old ones: this is another server's.
    const asked = jobs.asked.length;
    await follow({ timeout: "10m" });
    expect(jobs.asked.length).toBe(asked);
  });

  it("are tried again for a job that could not be changed, after all others", async () => {
    const { service, follow, one, jobs } = await openJobs({ timeout: "5m" });
    for (const name of ["a", "b", "c"]) await service.create({ name, ...base }, "ann");
    const change: typeof jobs.revisions.change = (wanted) =>
      wanted.jobId === one("a").id ? Promise.reject(new Error("the disk is busy")) : jobs.revisions.change(wanted);
    await expect(follow({ timeout: "10m" }, { ...jobs.revisions, change })).rejects.toThrow(/1 jobs/);
    expect([one("a").version, one("b").version, one("c").version]).toEqual([1, 2, 2]);
    await follow({ timeout: "10m" });
    expect(one("a")).toMatchObject({ version: 2, effective: { timeoutMs: 600_000 } });
  });
});
