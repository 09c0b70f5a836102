import { beforeEach, describe, expect, it } from "vitest";
import type { JobService } from "../../../src/define/job-service.ts";
import { createJobService } from "../../../src/define/jobs.ts";
import { seededRandom } from "../../../src/random.ts";
import type { SystemEvent } from "../../../src/telemetry/events.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { createMemoryJobs, type MemoryJobs } from "../../support/memory-jobs.ts";

const actor = "ann";
const base = { name: "a", schedule: "@daily", cmd: "true" };
let jobs: MemoryJobs;
let service: JobService;
let events: SystemEvent[];
let clock: ManualClock;

beforeEach(() => {
  jobs = createMemoryJobs();
  clock = new ManualClock();
  events = [];
  service = createJobService({
    store: jobs.store,
    revisions: jobs.revisions,
    clock,
    random: seededRandom(1),
    defaults: { priority: 7 },
    timezone: "Asia/Shanghai",
    checkSchedule: (schedule) => (schedule.includes("never") ? [{ message: "never fires" }] : []),
    events: { publish: (event) => void events.push(event) },
    via: "api",
  });
});

describe("creating a job", () => {
  it("stores it as written, with its defaults filled in beside", async () => {
    const { job, warnings } = await service.create({ ...base, enabled: false }, actor);
    expect(job).toMatchObject({ version: 1, enabled: false, spec: base, updatedBy: actor });
    expect(job.spec).not.toHaveProperty("enabled");
    expect(job.effective).toMatchObject({ priority: 7, timezone: "Asia/Shanghai" });
    expect(job.id).toMatch(/^[0-9a-z]{26}$/);
    expect(warnings).toEqual([]);
    expect(service.exportDocument(job)).toEqual({ ...base, enabled: false });
  });
  it("is enabled unless it says otherwise", async () => {
    expect((await service.create(base, actor)).job.enabled).toBe(true);
  });
  it("says who did what in the audit, and lets it be known", async () => {
    const { job } = await service.create(base, actor);
    expect(jobs.audit).toEqual([
      {
        at: clock.now(),
        actor,
        action: "job.create",
        targetType: "job",
        targetId: job.id,
        targetName: "a",
        via: "api",
        before: null,
        after: { version: 1, document: { ...base, enabled: true } },
      },
    ]);
    expect(events).toEqual([{ type: "job", jobId: job.id, jobName: "a", action: "created" }]);
  });
  it("refuses what is invalid, and a name that is taken", async () => {
    await expect(service.create({ ...base, schedule: "never", priority: 77 }, actor)).rejects.toMatchObject({
      code: "invalid",
      errors: [
        { path: "priority", message: expect.any(String) },
        { path: "schedule", message: "never fires" },
      ],
    });
    await service.create(base, actor);
    await expect(service.create(base, actor)).rejects.toMatchObject({ code: "name_taken" });
    expect(jobs.asked).toEqual(["create a"]);
  });
  it("an end that has passed is saved with a warning", async () => {
    const { warnings } = await service.create({ ...base, endAt: "2020-01-01T00:00:00Z" }, actor);
    expect(warnings).toEqual([expect.stringMatching(/endAt has passed/)]);
  });
});

describe("replacing and patching", () => {
  beforeEach(async () => {
    await service.create({ ...base, timeout: "5m", tags: ["x"] }, actor);
    jobs.asked.length = 0;
    jobs.audit.length = 0;
  });

  it("replacing leaves nothing of the old document, and makes a version", async () => {
    const { job } = await service.replace("a", { ...base, cmd: "false" }, { actor: "bob" });
    expect(job).toMatchObject({ version: 2, spec: { ...base, cmd: "false" }, updatedBy: "bob" });
    expect(job.spec).not.toHaveProperty("timeout");
    expect(jobs.audit[0]).toMatchObject({
      action: "job.update",
      before: { version: 1, document: { timeout: "5m" } },
      after: { version: 2, document: { cmd: "false" } },
    });
  });
  it("patching changes what it names; null removes a key, so that its default holds again", async () => {
    const { job } = await service.patch("a", { timeout: null, retry: { limit: 2 }, enabled: null }, { actor });
    expect(job.spec).toEqual({ ...base, tags: ["x"], retry: { limit: 2 } });
    expect(job.effective).toMatchObject({ timeoutMs: null, retry: { limit: 2 } });
  });
  it("what a patch makes is judged whole", async () => {
    await expect(service.patch("a", { cmd: null }, { actor })).rejects.toMatchObject({
      code: "invalid",
      errors: [{ path: "", message: expect.stringMatching(/got neither/) }],
    });
    await expect(service.patch("a", ["x"], { actor })).rejects.toMatchObject({ code: "invalid" });
    expect(jobs.asked).toEqual([]);
  });
  it("what is so already makes no version, no audit entry and no event", async () => {
    events.length = 0;
    const { job } = await service.replace("a", { tags: ["x"], ...base, timeout: "5m", enabled: true }, { actor });
    expect(job.version).toBe(1);
    expect(jobs.asked).toEqual([]);
    expect(jobs.audit).toEqual([]);
    expect(events).toEqual([]);
  });
  it("an enabled that differs goes with the change; alone it makes no version", async () => {
    await service.patch("a", { enabled: false, priority: 1 }, { actor });
    expect(jobs.asked).toEqual(["spec+enabled a"]);
    const { job } = await service.patch("a", { enabled: true }, { actor });
    expect(jobs.asked.at(-1)).toBe("enabled a");
    expect(job).toMatchObject({ version: 2, enabled: true });
    expect(events.map((event) => event.type === "job" && event.action)).toEqual(["created", "changed", "enabled"]);
  });
  it("a stale version is refused, also when nothing would change", async () => {
    await service.patch("a", { priority: 1 }, { ifVersion: 1, actor });
    for (const patch of [{ priority: 2 }, { priority: 1 }])
      await expect(service.patch("a", patch, { ifVersion: 1, actor })).rejects.toMatchObject({
        code: "version_conflict",
        message: "job a is at version 2, not 1: read it again and change that",
      });
  });
  it("without a version a patch is made anew on what came in between, so neither change is lost", async () => {
    const row = [...jobs.rows.values()][0]!;
    jobs.beforeChange = () => jobs.rows.set(row.id, { ...row, version: 2, spec: { ...row.spec, title: "theirs" } });
    const { job } = await service.patch("a", { priority: 1 }, { actor });
    expect(job).toMatchObject({ version: 3, spec: { title: "theirs", priority: 1 } });
  });
  it("with one, what came in between is a conflict", async () => {
    const row = [...jobs.rows.values()][0]!;
    jobs.beforeChange = () => jobs.rows.set(row.id, { ...row, version: 2 });
    await expect(service.patch("a", { priority: 1 }, { ifVersion: 1, actor })).rejects.toMatchObject({
      code: "version_conflict",
    });
  });
  it("renames, unless the name is taken", async () => {
    await service.create({ ...base, name: "b" }, actor);
    await expect(service.patch("a", { name: "b" }, { actor })).rejects.toMatchObject({ code: "name_taken" });
    const { job } = await service.patch("a", { name: "c" }, { actor });
    expect(job.name).toBe("c");
    await expect(service.patch("a", {}, { actor })).rejects.toMatchObject({ code: "not_found" });
  });
  it("names the runs that go on under the old version", async () => {
    jobs.stillRunning = ["r1"];
    expect((await service.patch("a", { priority: 1 }, { actor })).stillRunning).toEqual(["r1"]);
  });
  it("finds a job by its id too", async () => {
    const [id] = jobs.rows.keys();
    expect((await service.patch(id!, { priority: 1 }, { actor })).job.version).toBe(2);
  });
});

describe("enabling and disabling", () => {
  beforeEach(() => service.create(base, actor));

  it("make no version, and are audited with what they change", async () => {
    const until = clock.now() + 60_000;
    const { job } = await service.disable("a", { until, actor: "bob", reason: "upgrade" });
    expect(job).toMatchObject({ version: 1, enabled: false, enableAt: until, disabledReason: "upgrade" });
    await service.enable("a", "bob");
    expect(jobs.audit.slice(1).map(({ action, before, after }) => ({ action, before, after }))).toMatchObject([
      { action: "job.disable", before: { document: { enabled: true } }, after: { enableAt: until, reason: "upgrade" } },
      { action: "job.enable", before: { document: { enabled: false } }, after: { document: { enabled: true } } },
    ]);
  });
  it("may be repeated without an effect", async () => {
    await service.enable("a", actor);
    await service.disable("a", { until: null, actor });
    await service.disable("a", { until: null, actor });
    expect(jobs.asked).toEqual(["create a", "enabled a"]);
  });
  it("an end can be set later, moved and taken away", async () => {
    await service.disable("a", { until: null, actor });
    await service.disable("a", { until: clock.now() + 5000, actor });
    expect((await service.disable("a", { until: null, actor })).job.enableAt).toBeNull();
    expect(jobs.asked.length).toBe(4);
  });
  it("an end in the past is refused", async () => {
    const refused = service.disable("a", { until: clock.now(), actor });
    await expect(refused).rejects.toMatchObject({ code: "invalid", errors: [{ path: "until" }] });
  });
  it("a document that says enabled: false leaves the end that was set", async () => {
    const until = clock.now() + 5000;
    await service.disable("a", { until, actor, reason: "upgrade" });
    const { job } = await service.replace("a", { ...base, enabled: false, title: "t" }, { actor });
    expect(job).toMatchObject({ enableAt: until, disabledReason: "upgrade", version: 2 });
  });
});

describe("deleting", () => {
  it("frees the name; the job is not found again, by its id either", async () => {
    const { job } = await service.create(base, actor);
    await service.remove("a", { actor });
    expect(jobs.audit.at(-1)).toMatchObject({ action: "job.delete", targetName: "a", after: null });
    expect(events.at(-1)).toMatchObject({ action: "deleted" });
    for (const name of ["a", job.id])
      await expect(service.remove(name, { actor })).rejects.toMatchObject({ code: "not_found" });
    await service.create(base, actor);
  });
  it("a stale version is refused", async () => {
    await service.create(base, actor);
    await expect(service.remove("a", { ifVersion: 9, actor })).rejects.toMatchObject({ code: "version_conflict" });
  });
});

describe("rolling back", () => {
  beforeEach(async () => {
    await service.create(base, actor);
    await service.patch("a", { cmd: "false", title: "new" }, { actor });
    await service.disable("a", { until: null, actor });
  });
  it("makes a new version of the old document, and leaves the job disabled", async () => {
    const { job } = await service.rollback("a", 1, { actor });
    expect(job).toMatchObject({ version: 3, spec: base, enabled: false });
    expect(jobs.audit.at(-1)?.action).toBe("job.rollback");
  });
  it("to what holds already changes nothing", async () => {
    expect((await service.rollback("a", 2, { actor })).job.version).toBe(2);
  });
  it("to a version that isn't there is not found", async () => {
    await expect(service.rollback("a", 9, { actor })).rejects.toMatchObject({
      code: "not_found",
      message: "job a has no version 9; it is at version 2",
    });
  });
});
