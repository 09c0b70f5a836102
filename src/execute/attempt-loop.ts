// One claimed run that is due, to its verdict: a slot, the line in the spool, the attempt, perhaps more of them.
//
// The slot is given back while a retry is pending and asked for again before it: a delay of minutes must not idle the
// node. The run stays open all that time, so `overlap: skip` skips.
import type { Clock } from "../clock.ts";
import type { Log } from "../lib/log.ts";
import type { AttemptResult, NodeEvent } from "../model/assignment.ts";
import type { ExecutorKind } from "../model/node.ts";
import type { Reason } from "../model/run.ts";
import type { Random } from "../random.ts";
import type { Executor, RelativeDeadline, RunningAttempt } from "./executor.ts";
import { deadlineReason } from "./gate.ts";
import { type NodeRun, requestEnd, startBy, stoppedReason } from "./node-run.ts";
import { createOutputRelay } from "./output-relay.ts";
import { nextDelayMs } from "./retry-rule.ts";
import type { Slots } from "./slots.ts";
import type { Spool, StartedEvent } from "./spool.ts";

export interface AttemptDeps {
  spool: Spool;
  clock: Clock;
  random: Random;
  executors: Record<ExecutorKind, Executor | null>;
  nodeName: string;
  slots: Slots<NodeRun>;
  /** Whether the session is trusted: without that no attempt begins. */
  mayStart(): boolean;
  /** By when the run must be over if the node is cut off from now on; null: it may go on. */
  deadline(run: NodeRun): RelativeDeadline | null;
  /** Resolves when the clock may have reached the instant; early is fine. Also when the run is to end. */
  waitUntil(at: number, run: NodeRun): Promise<void>;
  log: Log;
  onAttempt(run: NodeRun, attempt: number, startedAt: number): void;
}

type Result = Awaited<RunningAttempt["result"]>;
/** An event as the loop says it; runId, fence, session and instant are the same for all of a run. */
type Said = NodeEvent extends infer E
  ? E extends NodeEvent
    ? Omit<E, "runId" | "fence" | "sessionId" | "at">
    : never
  : never;

const trustPollMs = 1000;

/** Resolves when the run is over and its verdict is handed to the spool. Never rejects. */
export async function performRun(run: NodeRun, deps: AttemptDeps): Promise<void> {
  const { spool, clock, slots } = deps;
  const { assignment } = run;
  const { job, firstAttempt, retries = 0 } = assignment;
  // A name stands before each spread of it: decisions/0022.
  const base = { runId: assignment.runId, fence: assignment.fence, sessionId: assignment.sessionId };
  const say = (said: Exclude<Said, { type: "started" } | { type: "output" }>) =>
    void spool.append({ at: clock.now(), ...base, ...said });
  const total = { outputBytes: 0, outputTruncated: false };
  let last: { attempt: number; result: Result } | null = null;

  function finish(state: Extract<Said, { type: "finished" }>["state"], reason: Reason | null) {
    say({ type: "finished", attempt: last?.attempt ?? firstAttempt - 1, state, reason, ...total });
  }

  /** Before its first start: ends it if it must not start. Answers whether it did. */
  function turnedAway(): boolean {
    const { end } = run;
    const deadline = startBy(run);
    if (end?.kind === "cancel") finish("cancelled", end.reason);
    else if (end) say({ type: "released", reason: "why" in end ? end.why : "the node was stopping" });
    else if (!deps.mayStart()) say({ type: "released", reason: "the node was cut off before the start" });
    else if (deadline !== null && clock.now() > deadline) finish("skipped", deadlineReason());
    else return false;
    return true;
  }

  /** Between two attempts: ends it without another. */
  function endBetween(result: Result) {
    const { end } = run;
    if (end?.kind === "cancel") return finish("cancelled", end.reason);
    if (job.onNodeLoss === "rerun" && end) return interrupt("why" in end ? end.why : stoppedReason.message);
    const why = end && "why" in end ? end.why : "the node was stopping";
    conclude(result, `; its retry was given up: ${why}`);
  }

  const interrupt = (reason: string) => say({ type: "interrupted", attempt: last?.attempt ?? firstAttempt, reason });

  function conclude(result: Result, remark = "") {
    const reason = result.reason && { ...result.reason, message: result.reason.message + remark };
    if (result.outcome === "interrupted") {
      const { end } = run;
      // Nobody here asked for it: its warden died, or ended it for want of trust, and says so.
      return interrupt(end && "why" in end ? end.why : (result.reason ?? stoppedReason).message);
    }
    finish(result.outcome === "lost" ? "failed" : result.outcome, reason);
  }

  /** An attempt that has its line and never came to be: in the ledger too it has an end. */
  function endUnborn({ attempt, at }: StartedEvent, outcome: "cancelled" | "failed", reason: Reason) {
    const result = { ...plain(notStarted), outcome, reason, error: "it was ended right before it was started" };
    say({ type: "attempt-ended", attempt, startedAt: at, result, nextAttemptAt: null });
    finish(outcome, reason);
  }

  async function begin(attempt: number): Promise<StartedEvent> {
    const started: StartedEvent = { at: clock.now(), ...base, type: "started", attempt };
    await spool.intend(started);
    return started;
  }

  for (let attempt = firstAttempt; ; attempt++) {
    const isFirst = last === null;
    if (!(await slots.take(run, run.ending.signal))) {
      if (last) endBetween(last.result);
      else turnedAway();
      return;
    }
    // Never early: the clock may have been set back since the run was launched.
    while (isFirst && clock.now() < assignment.dueAt && !run.end) await deps.waitUntil(assignment.dueAt, run);
    // A retry waits until the node is trusted again; a first start is given back instead.
    while (!isFirst && !deps.mayStart() && !run.end) await pause(clock, trustPollMs, run.ending.signal);
    if (isFirst ? turnedAway() : run.end !== null) {
      slots.giveBack();
      if (last) endBetween(last.result);
      return;
    }

    run.phase = "begun";
    let started: StartedEvent;
    try {
      started = await begin(attempt);
    } catch (err) {
      slots.giveBack();
      deps.log.warn({ err, runId: base.runId }, "a run was not started: its line can't be written to the spool");
      const why = `the node's spool can't be written: ${(err as Error).message}`;
      if (last) conclude(last.result, `; its retry was given up: ${why}`);
      else say({ type: "released", reason: why });
      return;
    }
    // The line is written: from here on the run has started as far as anybody can prove.
    while (isFirst && clock.now() < assignment.dueAt && !run.end) await deps.waitUntil(assignment.dueAt, run);
    const cutOff = !deps.mayStart();
    if (cutOff || run.end) {
      slots.giveBack();
      const before: Result | null = last?.result ?? null;
      last = { attempt, result: before ?? notStarted };
      if (run.end?.kind === "cancel") endUnborn(started, "cancelled", run.end.reason);
      else if (run.end?.kind === "shutdown" && job.onNodeLoss !== "rerun") endUnborn(started, "failed", stoppedReason);
      else interrupt(run.end && "why" in run.end ? run.end.why : "cut off right before the start");
      return;
    }

    deps.onAttempt(run, attempt, started.at);
    const result = await runAttempt(run, attempt, base, deps);
    slots.giveBack();
    last = { attempt, result };
    total.outputBytes += result.outputBytes;
    total.outputTruncated ||= result.outputTruncated;
    const delay = run.end ? null : nextDelayMs(job.retry, result, retries + attempt - firstAttempt, deps.random.next());
    say({
      type: "attempt-ended",
      attempt,
      startedAt: started.at,
      result: plain(result),
      nextAttemptAt: delay === null ? null : clock.now() + delay,
    });
    if (delay === null) return conclude(result);

    run.backingOff = true;
    await pause(clock, delay, run.ending.signal);
    run.backingOff = false;
    if (run.end) return endBetween(result);
  }
}

async function runAttempt(
  run: NodeRun,
  attempt: number,
  base: { runId: string; fence: number; sessionId: string },
  deps: AttemptDeps,
): Promise<Result> {
  const { spool, clock } = deps;
  const { assignment } = run;
  const { task, timeoutMs, killGraceMs } = assignment.job;
  const executor = deps.executors[task.kind];
  if (!executor) return spawnFailed(`this node has no executor for ${task.kind} jobs`);
  const relay = createOutputRelay({ spool, clock }, { type: "output", attempt, ...base });
  let cancelTimeout = () => {};
  try {
    const running = executor.start(
      { assignment, attempt, nodeName: deps.nodeName },
      { output: relay.piece, spawned: (process) => spool.spawned({ attempt, ...base }, process) },
    );
    run.attempt = running;
    running.setDeadline?.(deps.deadline(run));
    // Asked to end while the executor was starting it.
    if (run.end) requestEnd(run, run.end, killGraceMs);
    if (timeoutMs !== null) {
      const reason: Reason = { code: "timeout", message: `still running after its timeout of ${timeoutMs} ms` };
      cancelTimeout = clock.after(timeoutMs, () => running.end({ outcome: "timed_out", reason, graceMs: killGraceMs }));
    }
    const result = await running.result;
    return relay.end() ? { ...result, outputTruncated: true } : result;
  } catch (err) {
    deps.log.error({ err, runId: base.runId }, "an executor threw, which it must not; the attempt counts as failed");
    return spawnFailed(err instanceof Error ? err.message : String(err));
  } finally {
    cancelTimeout();
    run.attempt = null;
  }
}

const pause = (clock: Clock, ms: number, signal: AbortSignal) => clock.sleep(ms, signal).catch(() => undefined);

const plain = ({ outputBytes: _, outputTruncated: __, ...result }: Result): AttemptResult => result;

const notStarted: Result = {
  outcome: "interrupted",
  exitCode: null,
  signal: null,
  httpStatus: null,
  error: null,
  reason: null,
  retryAfterMs: null,
  retryable: false,
  outputBytes: 0,
  outputTruncated: false,
};

const spawnFailed = (message: string): Result => ({
  ...notStarted,
  outcome: "failed",
  error: message,
  reason: { code: "spawn_failed", message },
});
