import { describe, expect, it } from "vitest";
import { nextDelayMs } from "../../../src/execute/retry-rule.ts";
import { createWorld } from "../../support/agent-world.ts";
import { createFakeExecutor, failedWith, succeeded } from "../../support/fake-executor.ts";

const retry = { limit: 2, delayMs: 10_000, backoff: "exponential" as const, maxDelayMs: 600_000, jitterRatio: 0 };

describe("attempts", () => {
  it("tries again after the delay, doubled each time, and keeps the run open", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 0, job: { retry } });
    await world.clock.advance(0);
    world.executor.attempts[0]?.finish(failedWith(3));
    await world.clock.advance(9999);
    expect(world.executor.attempts).toHaveLength(1);
    await world.clock.advance(1);
    world.executor.attempts[1]?.finish(failedWith(3));
    await world.clock.advance(19_999);
    expect(world.executor.attempts).toHaveLength(2);
    expect(world.agent.load()).toEqual({ running: 1, queued: 0 });
    await world.clock.advance(1);
    world.executor.attempts[2]?.finish(failedWith(4));
    await world.clock.advance(0);
    expect(await world.story("r1")).toEqual([
      "started 1",
      "ended 1 failed again",
      "started 2",
      "ended 2 failed again",
      "started 3",
      "ended 3 failed",
      "failed (exit_code)",
    ]);
    const finished = (await world.events()).at(-1);
    expect(finished).toMatchObject({ attempt: 3, reason: { message: "exit code 4" } });
  });

  it("goes on counting where an earlier fence stopped; being lost has used up no retry", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", fence: 2, firstAttempt: 3, dueIn: 0, job: { retry: { ...retry, limit: 1 } } });
    await world.clock.advance(0);
    world.executor.attempts[0]?.finish(failedWith(1));
    await world.clock.advance(10_000);
    world.executor.attempts[1]?.finish();
    await world.clock.advance(0);
    expect(await world.story("r1")).toEqual([
      "started 3",
      "ended 3 failed again",
      "started 4",
      "ended 4 succeeded",
      "succeeded",
    ]);
  });

  it("has no retries but those that an earlier fence has left", async () => {
    const world = await createWorld();
    const given = { runId: "r1", fence: 2, firstAttempt: 4, retries: 1, dueIn: 0 };
    await world.assign({ ...given, job: { retry: { ...retry, limit: 2, backoff: "linear" } } });
    await world.clock.advance(0);
    world.executor.attempts[0]?.finish(failedWith(1));
    // The second of its retries, and so after twice the delay.
    await world.clock.advance(20_000);
    world.executor.attempts[1]?.finish(failedWith(1));
    await world.clock.advance(60_000);
    expect(await world.story("r1")).toEqual([
      "started 4",
      "ended 4 failed again",
      "started 5",
      "ended 5 failed",
      "failed (exit_code)",
    ]);
  });

  it("doesn't try again what cannot get better", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 0, job: { retry } });
    await world.clock.advance(0);
    world.executor.attempts[0]?.finish({ ...failedWith(1), retryable: false });
    await world.clock.advance(60_000);
    expect(world.executor.attempts).toHaveLength(1);
  });

  it("frees its slot while it waits to try again, and asks for one before it does", async () => {
    const world = await createWorld({ slots: 1 });
    await world.assign({ runId: "r1", jobId: "a", dueIn: 0, job: { retry } });
    await world.clock.advance(0);
    world.executor.attempts[0]?.finish(failedWith(1));
    await world.assign({ runId: "r2", jobId: "b", dueIn: 0 }, { runId: "r3", jobId: "c", dueIn: 0 });
    await world.clock.advance(20_000);
    expect(world.executor.running().map(({ request }) => request.assignment.runId)).toEqual(["r2"]);
    // The retry was there before the run that is still unclaimed.
    world.executor.of("r2")[0]?.finish();
    await world.clock.advance(0);
    expect(world.executor.running().map(({ request }) => request.assignment.runId)).toEqual(["r1"]);
  });

  it("ends an attempt at its timeout with the job's grace, and may try again", async () => {
    const world = await createWorld();
    await world.assign({
      runId: "r1",
      dueIn: 0,
      job: { timeoutMs: 5000, killGraceMs: 700, retry: { ...retry, limit: 1 } },
    });
    await world.clock.advance(5000);
    expect(world.executor.attempts[0]?.ends).toMatchObject([{ outcome: "timed_out", graceMs: 700 }]);
    await world.clock.advance(10_000);
    expect(world.executor.attempts).toHaveLength(2);
    await world.clock.advance(5000);
    expect((await world.story()).at(-1)).toBe("r1 timed_out (timeout)");
  });

  it("doesn't let a timeout reach beyond its attempt", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 0, job: { timeoutMs: 5000 } });
    await world.clock.advance(100);
    world.executor.attempts[0]?.finish();
    await world.clock.advance(10_000);
    expect(world.executor.attempts[0]?.ends).toEqual([]);
  });

  it("cancels a run that runs: the attempt ends, then the run", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 0, job: { retry } });
    await world.clock.advance(10);
    await world.stop("r1", { kind: "cancel", reason: { code: "cancelled_by_user", message: "cancelled by ann" } });
    await world.clock.advance(60_000);
    expect(await world.story("r1")).toEqual(["started 1", "ended 1 cancelled", "cancelled (cancelled_by_user)"]);
    expect(world.executor.attempts).toHaveLength(1);
  });

  it("cancels a run between two attempts at once", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 0, job: { retry } });
    await world.clock.advance(0);
    world.executor.attempts[0]?.finish(failedWith(1));
    await world.clock.advance(1000);
    await world.stop("r1", { kind: "cancel", reason: { code: "cancelled_by_user", message: "cancelled by ann" } });
    expect((await world.story("r1")).at(-1)).toBe("cancelled (cancelled_by_user)");
  });

  it("lets a success that beat the cancel stay a success", async () => {
    const world = await createWorld({ executor: createFakeExecutor({ obeys: false }) });
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(10);
    await world.stop("r1", { kind: "cancel", reason: { code: "cancelled_by_user", message: "x" } });
    world.executor.attempts[0]?.finish({ outcome: "succeeded", reason: null });
    await world.clock.advance(0);
    expect((await world.story("r1")).at(-1)).toBe("succeeded");
  });

  it("cancels a claimed run before its start, and one that isn't claimed by claiming it", async () => {
    const world = await createWorld();
    const stop = { kind: "cancel" as const, reason: { code: "cancelled_by_user" as const, message: "x" } };
    await world.assign({ runId: "r1", jobId: "a", dueIn: 400 }, { runId: "r2", jobId: "b", dueIn: 9000 });
    await world.stop("r1", stop);
    await world.stop("r2", stop);
    await world.clock.advance(1000);
    expect(await world.story()).toEqual(["r1 cancelled (cancelled_by_user)", "r2 cancelled (cancelled_by_user)"]);
    expect(await world.claims()).toEqual(["r1", "r2"]);
    expect(world.executor.attempts).toHaveLength(0);
  });

  it("ignores a revoke once the run has begun", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(10);
    await world.stop("r1", { kind: "revoke", reason: { code: "job_disabled", message: "x" } });
    await world.clock.advance(1000);
    expect(world.executor.running()).toHaveLength(1);
  });

  it("ends its copy without a verdict when the leader gave a rerun elsewhere, and goes on with what was only given up", async () => {
    const world = await createWorld();
    await world.assign(
      { runId: "r1", jobId: "a", dueIn: 0, job: { onNodeLoss: "rerun" } },
      { runId: "r2", jobId: "b", dueIn: 0 },
    );
    await world.clock.advance(10);
    await world.take("r1");
    await world.take("r2");
    await world.clock.advance(0);
    expect(await world.story("r1")).toEqual(["started 1", "ended 1 interrupted", "interrupted"]);
    expect(world.executor.of("r2")[0]?.over).toBe(false);
  });

  it("ends nothing for keys that are gone while its lease is over: a coordinator that was wiped has none (R10)", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 0, job: { onNodeLoss: "rerun" } });
    await world.clock.advance(10);
    const reopened = await world.reopen();
    await world.take("r1");
    await world.clock.advance(1000);
    world.agent.attach(reopened);
    await world.clock.advance(1000);
    expect(world.executor.of("r1")[0]?.over).toBe(false);
    expect(await world.story("r1")).toEqual(["started 1"]);
  });

  it("is stopped by a key that was put back after a wipe, though revisions begin anew there (R10, R14)", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(10);
    const { assignment, revision } = (await world.leadership.lookup(["r1"])).assignments[0]!;
    expect(revision).toBeGreaterThan(1);
    const reopened = await world.reopen();
    await world.take("r1");
    const stop = { kind: "cancel" as const, reason: { code: "cancelled_by_user" as const, message: "cancelled by t" } };
    world.agent.attach({
      ...reopened,
      watch(on) {
        on({ type: "put", view: { assignment: { ...assignment, stop }, revision: 1 } });
        return () => {};
      },
    });
    await world.clock.advance(1000);
    expect(world.executor.of("r1")[0]?.ends[0]).toMatchObject({ outcome: "cancelled", reason: stop.reason });
  });

  it("says of a copy that ended without being asked to what ended it", async () => {
    // It used to say that the node was stopping.
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(0);
    const reason = { code: "node_lost" as const, message: "the warden was ended by SIGKILL" };
    world.executor.attempts[0]?.finish({ outcome: "interrupted", exitCode: null, reason });
    await world.clock.advance(0);
    const said = (await world.events()).filter(({ type }) => type === "interrupted");
    expect(said).toMatchObject([{ runId: "r1", attempt: 1, reason: reason.message }]);
  });

  it("sends output numbered, and says how much there was", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(0);
    const [attempt] = world.executor.attempts;
    attempt?.output("hello ");
    attempt?.output("world");
    attempt?.finish();
    await world.clock.advance(0);
    const events = await world.events();
    const output = events.filter((event) => event.type === "output");
    expect(output.map(({ seq, offset, attempt }) => ({ seq, offset, attempt }))).toEqual([
      { seq: 0, offset: 0, attempt: 1 },
      { seq: 1, offset: 6, attempt: 1 },
    ]);
    expect(events.at(-1)).toMatchObject({ type: "finished", outputBytes: 11, outputTruncated: false });
  });

  it("goes on when the disk is full: output is left out, marked, and the verdict is reported", async () => {
    const world = await createWorld();
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(0);
    const [attempt] = world.executor.attempts;
    attempt?.output("kept");
    await world.clock.advance(1);
    world.files.capacity = 0;
    attempt?.output("lost while written");
    await world.clock.advance(1);
    attempt?.output("not even offered");
    world.files.capacity = Number.POSITIVE_INFINITY;
    await world.assign({ runId: "r2", jobId: "other", dueIn: 0 });
    await world.clock.advance(1);
    attempt?.output("back");
    attempt?.finish();
    await world.clock.advance(1);
    const events = (await world.events()).filter((event) => event.runId === "r1");
    const output = events.filter((event) => event.type === "output");
    expect(output.map(({ seq, gapBytes, data }) => [seq, gapBytes, Buffer.from(data).toString()])).toEqual([
      [0, 0, "kept"],
      [1, 18, ""],
      [2, 16, "back"],
    ]);
    expect(events.at(-1)).toMatchObject({ type: "finished", state: "succeeded", outputTruncated: true });
  });

  it("survives an executor that throws", async () => {
    const executor = createFakeExecutor({
      onStart: () => {
        throw new Error("boom");
      },
    });
    const world = await createWorld({ executor });
    await world.assign({ runId: "r1", dueIn: 0 });
    await world.clock.advance(0);
    expect((await world.story()).at(-1)).toBe("r1 failed (spawn_failed)");
  });
});

describe("the delay before a retry", () => {
  const failed = { ...succeeded, outcome: "failed" as const };
  it("follows the backoff up to maxDelay", () => {
    const delays = (backoff: "fixed" | "linear" | "exponential") =>
      [0, 1, 2, 3].map((n) => nextDelayMs({ ...retry, limit: 4, maxDelayMs: 50_000, backoff }, failed, n, 0.5));
    expect(delays("fixed")).toEqual([10_000, 10_000, 10_000, 10_000]);
    expect(delays("linear")).toEqual([10_000, 20_000, 30_000, 40_000]);
    expect(delays("exponential")).toEqual([10_000, 20_000, 40_000, 50_000]);
  });
  it("is spread by the jitter ratio and honours what the target asks for, within maxDelay", () => {
    expect(nextDelayMs({ ...retry, jitterRatio: 0.1 }, failed, 0, 0)).toBe(9000);
    expect(nextDelayMs(retry, { ...failed, retryAfterMs: 30_000 }, 0, 0.5)).toBe(30_000);
    expect(nextDelayMs(retry, { ...failed, retryAfterMs: 9e9 }, 0, 0.5)).toBe(600_000);
  });
  it("is none after success, cancel, or the last retry", () => {
    expect(nextDelayMs(retry, succeeded, 0, 0.5)).toBeNull();
    expect(nextDelayMs(retry, { ...failed, outcome: "cancelled" }, 0, 0.5)).toBeNull();
    expect(nextDelayMs(retry, failed, 2, 0.5)).toBeNull();
  });
});
