// A node is drained, takes work again, is full for long, and is forgotten, by the command line and through the scheduler
// that doesn't lead: what runs there ends in peace, what was planned for it goes to the other node, and no tick is lost for it.
import { existsSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { observe } from "../support/cluster-history.ts";
import { readEvidence, witness } from "../support/evidence.ts";
import { type Cluster, type Member, startCluster } from "../support/real-cluster.ts";

let cluster: Cluster;
let standby: Member;
let file: string;
/** The command of that name ends once it is there. */
const go = (name: string) => cluster.file(`go-${name}`);
const slots = 6;
let from: number;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, config: { "node.slots": String(slots) } });
  standby = await cluster.standby();
  file = cluster.file("evidence");
  await cluster.jobs.apply([
    // Those that may not overlap stay where they are while more of them is planned.
    ...[1, 2, 3, 4].map((i) => ({
      name: `tick-${i}`,
      schedule: "* * * * * *",
      overlap: i % 2 ? "allow" : "skip",
      cmd: witness(file),
    })),
    ...["long", "longer", "longest"].map((name) => ({
      name,
      schedule: "@manual",
      overlap: "allow",
      place: { node: name === "longest" ? "n2" : "n1" },
      cmd: witness(file, `until test -e '${go(name)}'; do sleep 0.1; done`),
    })),
  ]);
  from = Math.ceil((Date.now() + 1000) / 1000) * 1000;
  await cluster.eventually("both nodes work", () => startsOn("n1") > 3 && startsOn("n2") > 3);
}, 120_000);
afterAll(() => cluster?.dispose());

const startsOn = (node: string, since = 0) =>
  readEvidence(file).filter((each) => each.node === node && each.job.startsWith("tick") && each.startedAt > since)
    .length;
/** Which jobs have had ticks there since then. */
const jobsOn = (node: string, since: number) =>
  new Set(readEvidence(file).flatMap((each) => (each.node === node && each.scheduledFor > since ? [each.job] : [])));
const node = (...args: string[]) => cluster.cli(["node", ...args], standby);

it("drained, it ends what runs and starts nothing", async () => {
  const id = await cluster.jobs.trigger("long", { via: standby });
  await cluster.eventually("it runs", async () => (await cluster.getRun(id)).state === "running");
  const draining = node("drain", "n1", "--wait");
  await cluster.eventually("it knows", () => cluster.member("n1").logged("draining").length > 0);
  const since = Date.now() + 500;
  await cluster.eventually("the other one does its work", () => startsOn("n2", since) >= 12);
  expect(startsOn("n1", since)).toBe(0);
  expect((await cluster.getRun(id)).state).toBe("running");
  expect(existsSync(go("long"))).toBe(false);
  writeFileSync(go("long"), "");
  expect(await draining).toMatchObject({ code: 0, stderr: expect.stringContaining("n1 is empty") });
  expect(await cluster.over(id)).toMatchObject({ state: "succeeded", attempt: 1 });
});

it("resumed, it starts runs again", async () => {
  const since = Date.now();
  expect(await node("resume", "n1")).toMatchObject({ code: 0 });
  await cluster.eventually("it works again", () => startsOn("n1", since) > 3);
});

it("with all its slots taken for long, it keeps no tick that the other one could start", async () => {
  // So are the jobs that may not overlap: there they have been since the other one was drained.
  expect(jobsOn("n2", Date.now() - 5000).size).toBeGreaterThan(2);
  await Promise.all(Array.from({ length: slots }, () => cluster.jobs.trigger("longest")));
  await cluster.eventually("it is full", async () => {
    const running = await cluster.runs({ job: "longest", state: "running" });
    return running.length === slots;
  });
  const full = Date.now();
  await cluster.eventually("the other one does all of its work", () => jobsOn("n1", full).size === 4);
  writeFileSync(go("longest"), "");
  await cluster.eventually("it has slots again", async () => {
    const done = await cluster.runs({ job: "longest", state: "succeeded" });
    return done.length === slots;
  });
});

it("asked to stop while something runs, it hands on at once what waits there", async () => {
  const id = await cluster.jobs.trigger("longer");
  await cluster.eventually("it runs", async () => (await cluster.getRun(id)).state === "running");
  // What was planned for it by now is what would wait.
  await cluster.member("n1").kill("SIGTERM");
  const since = Date.now() + 1000;
  await cluster.eventually("the other one does all of its work", () => jobsOn("n2", since).size === 4);
  expect(await cluster.getRun(id), "what ran goes on").toMatchObject({ state: "running", attempt: 1 });
  writeFileSync(go("longer"), "");
  expect(await cluster.over(id)).toMatchObject({ state: "succeeded", attempt: 1 });
  expect(await cluster.member("n1").ended()).toMatchObject({ code: 0 });
});

it("is forgotten once it is gone, and not before", async () => {
  expect(await node("delete", "n2")).toMatchObject({ code: 5 });
  expect(await node("delete", "n1")).toMatchObject({ code: 0 });
  const { stdout } = await node("list");
  expect(stdout).toContain("n2");
  expect(stdout).not.toContain("n1");
});

it("no tick was lost for all that, and none ran twice", async () => {
  const seen = await observe(cluster, { file, from, through: Date.now() - 500, calmLatenessMs: 15_000 });
  expect(seen.violations).toEqual([]);
  expect(seen.runs.length).toBeGreaterThan(20);
  // One that a node gave back half a second before it was due may have been in the way of the next.
  for (const run of seen.runs) expect(["succeeded", "skipped"], JSON.stringify(run)).toContain(run.state);
});
