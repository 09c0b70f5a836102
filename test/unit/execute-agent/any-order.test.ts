// Whatever happens in whatever order: random schedules of assignments, ends, stops, moves, lost answers, lost trust, lost
// leases, steps of the clock. A failing seed repeats exactly.
import { describe, expect, it } from "vitest";
import type { AssignmentRef } from "../../../src/coordinator/coordinator.ts";
import type { Fault } from "../../../src/coordinator/in-process/faults.ts";
import { decodeFrames } from "../../../src/execute/spool-frames.ts";
import type { OverlapPolicy } from "../../../src/model/job.ts";
import { type Random, seededRandom } from "../../../src/random.ts";
import { createWorld, type World } from "../../support/agent-world.ts";
import { createFakeExecutor, type FakeAttempt, failedWith } from "../../support/fake-executor.ts";

const seeds = Number(process.env.SEEDS ?? 120);
const steps = 100;
const policies: OverlapPolicy[] = ["skip", "skip", "queue", "replace", "allow"];
const faultsOfClaims: Fault[] = ["pass", "pass", "pass", "drop", "lose-answer", { delayMs: 700 }];

interface Life {
  world: World;
  random: Random;
  sessionId: string;
  sessions: number;
  claimFault: Fault;
  /** Highest fence of each run. */
  fences: Map<string, number>;
  /** The job of each run. */
  jobs: Map<string, number>;
  wrong: string[];
}

const dice = (random: Random, sides: number) => Math.floor(random.next() * sides);
const pick = <T>(random: Random, list: readonly T[]): T | undefined => list[dice(random, list.length)];

async function born(seed: number): Promise<Life> {
  const random = seededRandom(seed);
  const life = {
    random,
    sessionId: "session-1",
    sessions: 1,
    claimFault: "pass",
    fences: new Map(),
    jobs: new Map(),
    wrong: [],
  } as unknown as Life;
  const executor = createFakeExecutor({ obeys: random.next() < 0.5, onStart: (attempt) => checkStart(life, attempt) });
  const faults = { before: ({ name }: { name: string }): Fault => (name === "claim" ? life.claimFault : "pass") };
  life.world = await createWorld({ executor, faults, slots: 1 + dice(random, 3) });
  return life;
}

/** What must hold at the very moment of a start. */
function checkStart(life: Life, { request }: FakeAttempt) {
  const { runId, fence, dueAt, job, jobId } = request.assignment;
  const { world, wrong } = life;
  const name = `${runId}/${fence}#${request.attempt}`;
  // A retry may follow a step of the clock: only the first start has to wait for the due instant.
  if (world.clock.now() < dueAt && request.attempt === 1)
    wrong.push(`${name} started ${dueAt - world.clock.now()} ms early`);
  if (!world.trust.trusted) wrong.push(`${name} started without trust`);
  const onDisk = world.files.synced().flatMap((bytes) => decodeFrames(bytes).records);
  const intended = onDisk.some(
    (record) =>
      record.kind === "event" &&
      record.event.type === "started" &&
      record.event.runId === runId &&
      record.event.fence === fence &&
      record.event.attempt === request.attempt,
  );
  if (!intended) wrong.push(`${name} started without its line on the disk`);
  const others = world.executor.running().filter((other) => other.request !== request);
  if (others.some((other) => other.request.assignment.runId === runId)) wrong.push(`${name}: two copies at once`);
  if (job.overlap !== "allow" && others.some((other) => other.request.assignment.jobId === jobId))
    wrong.push(`${name}: two runs of job ${jobId} (${job.overlap}) at once`);
}

async function refs({ world }: Life): Promise<(AssignmentRef & { fence: number })[]> {
  const { assignments } = await world.leadership.snapshot();
  return assignments.map(({ assignment: { runId, nodeId, sessionId, fence }, revision }) => ({
    runId,
    nodeId,
    sessionId,
    fence,
    revision,
  }));
}

async function assign(life: Life) {
  const { world, random, fences, jobs } = life;
  const job = dice(random, policies.length);
  const again = random.next() < 0.15 ? pick(random, [...fences.keys()]) : undefined;
  const runId = again ?? `r${String(fences.size).padStart(3, "0")}`;
  const fence = (fences.get(runId) ?? 0) + 1;
  const jobOfRun = again ? Number(jobs.get(again)) : job;
  jobs.set(runId, jobOfRun);
  const onNodeLoss = jobOfRun % 2 ? ("rerun" as const) : ("fail" as const);
  const retry = { limit: jobOfRun % 3, delayMs: 800, backoff: "fixed" as const, maxDelayMs: 5000, jitterRatio: 0 };
  try {
    await world.assign({
      runId,
      fence,
      jobId: `job-${jobOfRun}`,
      sessionId: life.sessionId,
      priority: dice(random, 10),
      dueIn: dice(random, 3000) - 400,
      job: { overlap: policies[jobOfRun] as OverlapPolicy, onNodeLoss, retry, killGraceMs: 500 },
    });
    fences.set(runId, fence);
  } catch {
    // It still has keys of its former fence.
  }
}
async function step(life: Life) {
  const { world, random } = life;
  const { agent, clock, executor, leadership } = world;
  const lot = dice(random, 100);
  if (lot < 30) await assign(life);
  else if (lot < 60) await clock.advance(dice(random, 1500), 2);
  else if (lot < 75) pick(random, executor.running())?.finish(random.next() < 0.6 ? {} : failedWith(1));
  else if (lot < 79) {
    const at = pick(random, await refs(life));
    const kind = random.next() < 0.5 ? "cancel" : "revoke";
    const code = kind === "cancel" ? "cancelled_by_user" : "job_disabled";
    if (at) await leadership.stop([{ at, stop: { kind, reason: { code, message: "by a test" } } }]);
  } else if (lot < 83) {
    const from = pick(random, await refs(life));
    if (from) await leadership.move([[{ from, to: null }]]);
  } else if (lot < 88) life.claimFault = pick(random, faultsOfClaims) as Fault;
  else if (lot < 91) {
    world.trust.trusted = !world.trust.trusted;
    if (!world.trust.trusted && random.next() < 0.7) agent.onTrustLost();
  } else if (lot < 94) clock.stepWall(dice(random, 3000) - 1500);
  else if (lot < 96) agent.attach(await world.reopen(life.sessionId));
  else if (lot < 97) {
    await world.leadership.snapshot();
    world.trust.trusted = false;
    agent.onTrustLost();
    const former = life.sessionId;
    life.sessionId = `session-${++life.sessions}`;
    await closeSession(life, former);
    agent.attach(await world.reopen(life.sessionId));
    world.trust.trusted = true;
  } else if (lot < 98) void agent.drain();
  else agent.resume();
}

async function closeSession({ world }: Life, sessionId: string) {
  const handle = await world.reopen(sessionId);
  await handle.close();
}

async function end(life: Life) {
  const { world } = life;
  if (life.random.next() < 0.5) life.claimFault = "pass";
  world.trust.trusted = true;
  world.agent.resume();
  let stopped = false;
  void world.agent.stop({ graceMs: 5000 }).then(() => {
    stopped = true;
  });
  for (let i = 0; i < 60 && !stopped; i++) {
    for (const attempt of world.executor.running()) if (attempt.ends.length) attempt.finish();
    await world.clock.advance(500, 2);
  }
  expect(stopped).toBe(true);
}

async function verify(life: Life) {
  const { world, wrong } = life;
  const verdicts = new Map<string, string[]>();
  const open = new Set<string>();
  for (const event of await world.events()) {
    const key = `${event.runId}/${event.fence}`;
    const said = verdicts.get(key) ?? [];
    verdicts.set(key, said);
    if (event.type === "started" || event.type === "attempt-ended") {
      if (said.length) wrong.push(`${key}: ${event.type} after ${said.join()}`);
      open.add(key);
    } else if (event.type !== "output") {
      if (event.type === "released" && open.has(key)) wrong.push(`${key}: released after a start`);
      said.push(event.type);
    }
  }
  for (const [key, said] of verdicts)
    if (said.length !== 1) wrong.push(`${key} has ${said.length} verdicts: ${said.join()}`);
  const { claims } = await world.leadership.snapshot();
  for (const { runId, fence } of claims)
    if (!verdicts.has(`${runId}/${fence}`)) wrong.push(`${runId}/${fence} was claimed and forgotten`);
  const granted = new Set(claims.map(({ runId, fence }) => `${runId}/${fence}`));
  for (const { request } of world.executor.attempts) {
    const key = `${request.assignment.runId}/${request.assignment.fence}`;
    if (!granted.has(key)) wrong.push(`${key} started without a claim`);
  }
  if (world.spool.open().length) wrong.push(`open in the spool: ${world.spool.open().map(({ runId }) => runId)}`);
}

describe("whatever happens", () => {
  it("never starts twice at once, early, without its line, without a claim; and answers for every claim once", async () => {
    let starts = 0;
    let claims = 0;
    for (let seed = 1; seed <= seeds; seed++) {
      const life = await born(seed);
      for (let i = 0; i < steps; i++) await step(life);
      await end(life);
      await verify(life);
      expect(life.wrong, `seed ${seed}`).toEqual([]);
      starts += life.world.executor.attempts.length;
      claims += (await life.world.claims()).length;
    }
    // Not vacuous.
    expect(starts).toBeGreaterThan(seeds * 3);
    expect(claims).toBeGreaterThan(seeds * 5);
  }, 120_000);
});
