import { beforeEach, describe, expect, it } from "vitest";
import type { JobService } from "../../../src/define/job-service.ts";
import { createJobService } from "../../../src/define/jobs.ts";
import { seededRandom } from "../../../src/random.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { createMemoryJobs, type MemoryJobs } from "../../support/memory-jobs.ts";

const base = { schedule: "@daily", cmd: "true" };
let jobs: MemoryJobs;
let service: JobService;
const apply = (documents: unknown[], more: Partial<Parameters<JobService["apply"]>[1]> = {}) =>
  service.apply(documents, { prune: false, selector: null, dryRun: false, actor: "ann", ...more });

beforeEach(() => {
  jobs = createMemoryJobs();
  service = createJobService({
    store: jobs.store,
    revisions: jobs.revisions,
    clock: new ManualClock(),
    random: seededRandom(1),
    defaults: {},
    timezone: "UTC",
    checkSchedule: () => [],
  });
});

describe("applying documents", () => {
  it("creates, changes with what differs, and leaves the rest alone", async () => {
    await apply([
      { name: "a", ...base },
      { name: "b", ...base, timeout: "5m" },
    ]);
    jobs.asked.length = 0;
    const results = await apply([
      { name: "b", ...base, timeout: "10m", title: "B" },
      { name: "a", cmd: "true", schedule: "@daily" },
      { name: "c", ...base },
    ]);
    expect(results).toEqual([
      {
        name: "b",
        result: "changed",
        warnings: [],
        diff: [
          { path: "timeout", before: "5m", after: "10m" },
          { path: "title", before: undefined, after: "B" },
        ],
      },
      { name: "a", result: "unchanged", warnings: [] },
      { name: "c", result: "created", warnings: [] },
    ]);
    expect(jobs.asked.sort()).toEqual(["create c", "spec b"]);
    expect(
      jobs.audit
        .slice(2)
        .map((entry) => entry.action)
        .sort(),
    ).toEqual(["job.create", "job.update"]);
  });

  it("never undoes an operator: without the key, enabled stays as it is", async () => {
    await apply([{ name: "a", ...base }]);
    await service.disable("a", { until: null, actor: "op" });
    expect(await apply([{ name: "a", ...base }])).toMatchObject([{ result: "unchanged" }]);
    expect(await apply([{ name: "a", ...base, enabled: true }])).toMatchObject([
      { result: "changed", diff: [{ path: "enabled", before: false, after: true }] },
    ]);
    expect([...jobs.rows.values()][0]).toMatchObject({ enabled: true, version: 1 });
  });

  it("judges everything before anything changes", async () => {
    const refused = apply([{ name: "a", ...base }, { name: "b", schedule: "@daily", timout: 1 }, "x"]);
    await expect(refused).rejects.toMatchObject({
      code: "invalid",
      errors: [
        { path: "jobs[1].timout", message: expect.any(String) },
        { path: "jobs[1]", message: expect.stringMatching(/got neither/) },
        { path: "jobs[2]", message: expect.stringMatching(/expected a job document/) },
      ],
    });
    expect(jobs.asked).toEqual([]);
  });

  it("refuses a name that stands twice", async () => {
    await expect(
      apply([
        { name: "a", ...base },
        { name: "b", ...base },
        { name: "a", ...base },
      ]),
    ).rejects.toMatchObject({
      errors: [{ path: "jobs[2].name", message: '"a" stands twice, first in jobs[0]' }],
    });
  });

  it("a dry run says the same and changes nothing", async () => {
    await apply([
      { name: "a", ...base, tags: ["t"] },
      { name: "b", ...base, tags: ["t"] },
    ]);
    const wanted = [
      { name: "a", ...base, tags: ["t"], priority: 1 },
      { name: "c", ...base, tags: ["t"] },
    ];
    const options = { prune: true, selector: { tag: "t" } };
    jobs.asked.length = 0;
    const dry = await apply(wanted, { ...options, dryRun: true });
    expect(jobs.asked).toEqual([]);
    expect(dry.map(({ name, result }) => [name, result])).toEqual([
      ["a", "changed"],
      ["c", "created"],
      ["b", "deleted"],
    ]);
    expect(await apply(wanted, options)).toEqual(dry);
    expect(jobs.asked.sort()).toEqual(["create c", "deleted b", "spec a"]);
  });

  it("a job that was deleted is created again", async () => {
    await apply([{ name: "a", ...base }]);
    await service.remove("a", { actor: "ann" });
    expect(await apply([{ name: "a", ...base }])).toMatchObject([{ result: "created" }]);
  });

  it("a hundred jobs at once, in order", async () => {
    const many = Array.from({ length: 100 }, (_, i) => ({ name: `job-${i}`, ...base }));
    const results = await apply(many);
    expect(results.map((result) => result.name)).toEqual(many.map((job) => job.name));
    expect(jobs.rows.size).toBe(100);
  });

  it("names the runs of an old version that go on", async () => {
    await apply([{ name: "a", ...base }]);
    jobs.stillRunning = ["r1"];
    expect((await apply([{ name: "a", ...base, priority: 1 }]))[0]?.warnings).toEqual([
      "runs of the old version go on: r1",
    ]);
  });

  it("when one change fails, that is thrown, and applying again does the rest", async () => {
    await apply([{ name: "a", ...base }]);
    jobs.beforeChange = () => {
      throw new Error("the database went away");
    };
    const wanted = [
      { name: "a", ...base, priority: 1 },
      { name: "b", ...base },
    ];
    await expect(apply(wanted)).rejects.toThrow("the database went away");
    await apply(wanted);
    expect([...jobs.rows.values()].map((row) => [row.name, row.version])).toEqual([
      ["a", 2],
      ["b", 1],
    ]);
  });
});

describe("pruning", () => {
  it("deletes every job with the tag that isn't listed, over pages, and no other", async () => {
    const tagged = Array.from({ length: 7 }, (_, i) => ({ name: `t${i}`, ...base, tags: ["team"] }));
    await apply([...tagged, { name: "other", ...base }]);
    const results = await apply([tagged[3]], { prune: true, selector: { tag: "team" } });
    expect(results.filter((each) => each.result === "deleted").map((each) => each.name)).toEqual([
      "t0",
      "t1",
      "t2",
      "t4",
      "t5",
      "t6",
    ]);
    const left = [...jobs.rows.values()].filter((row) => row.deletedAt === null);
    expect(left.map((row) => row.name)).toEqual(["t3", "other"]);
  });
  it("needs a tag", async () => {
    for (const selector of [null, {}, { tag: "" }])
      await expect(apply([], { prune: true, selector })).rejects.toMatchObject({
        code: "invalid",
        errors: [{ path: "selector.tag" }],
      });
  });
  it("warns of a listed job that a later prune wouldn't find", async () => {
    const [result] = await apply([{ name: "a", ...base }], { prune: true, selector: { tag: "team" } });
    expect(result?.warnings).toEqual([expect.stringMatching(/hasn't the tag team/)]);
  });
});
