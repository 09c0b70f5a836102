// The desk of a node's agent: every run it knows, from its assignment on, and the one function that decides about them
// all, pump(). Whatever happens only changes what pump() finds, and calls for it.
//
//   watch ─put▶ held ─(claimAhead before due, gate, slot)▶ claim ─▶ claimed ─(due)▶ performed ─▶ verdict in the spool
//
// A claim for a verdict without a start (skipped, cancelled) needs no slot: the runs that have them may be why it is made.
import type { Clock } from "../clock.ts";
import type { AssignmentChange, AssignmentView, NodeSession } from "../coordinator/coordinator.ts";
import type { Log } from "../lib/log.ts";
import { createRecent } from "../lib/recent.ts";
import type { Assignment, NodeEvent } from "../model/assignment.ts";
import type { ExecutorKind, NodeInfo } from "../model/node.ts";
import type { Random } from "../random.ts";
import { type AttemptDeps, performRun } from "./attempt-loop.ts";
import { type ClaimAnswer, createClaims } from "./claims.ts";
import type { Executor, RelativeDeadline } from "./executor.ts";
import { judgeJob, replacedReason } from "./gate.ts";
import { createJobLines } from "./job-lines.ts";
import { killDeadline } from "./kill-deadline.ts";
import {
  createNodeRun,
  type EndRequest,
  isMisfire,
  keyOf,
  type NodeRun,
  requestEnd,
  startBy,
  type Verdict,
} from "./node-run.ts";
import { createReadyQueue } from "./ready-queue.ts";
import { createSlots } from "./slots.ts";
import type { Spool } from "./spool.ts";
import { createWallTimers } from "./wall-timers.ts";

export interface RunDeskOptions {
  info: Pick<NodeInfo, "name" | "slots">;
  /** The handle under which claims are made now. */
  session(): NodeSession;
  executors: Record<ExecutorKind, Executor | null>;
  spool: Spool;
  /** now() is the corrected wall clock. */
  clock: Clock;
  random: Random;
  /** Whether the session is trusted (its beats), and for how long. The coordinator's own deadline is asked of the session. */
  trust: { mayStart(): boolean; leftMs(): number; graceMs(): number };
  claimAheadMs: number;
  log: Log;
  on?: {
    /** An attempt begins. */
    attempt?(assignment: Assignment, attempt: number, startedAt: number): void;
    /** A run is over here, whatever became of it. */
    over?(assignment: Assignment): void;
  };
}

export interface RunDesk {
  /** Follows the present session's assignments, and no other's any more. */
  watch(): void;
  /** Whether runs are claimed to be started; ticks are judged either way. */
  open(isOpen: boolean): void;
  /** Looks at everything again. */
  look(): void;
  /** Every run that is known and not over. */
  all(): NodeRun[];
  /** Those that are claimed, in doubt, or at work. */
  busy(): NodeRun[];
  end(run: NodeRun, request: EndRequest, killGraceMs?: number): void;
  /** By when the run must be over if the node stays cut off; null: it may go on. */
  deadlineOf(run: NodeRun): RelativeDeadline | null;
  /** Forgets what isn't claimed. */
  forgetHeld(): void;
  /** What the claims in doubt have come to is never known: they are given back, and nothing is claimed any more. */
  abandonClaims(): void;
  /** Resolves true when nothing is busy, false at the limit. */
  idle(limitMs: number): Promise<boolean>;
  /** Follows and decides nothing more. What is at work still reports its end. */
  close(): void;
}

const rememberedVerdicts = 100_000;

export function createRunDesk(options: RunDeskOptions): RunDesk {
  const { spool, clock, log, trust, claimAheadMs, session } = options;
  let unwatch = () => {};
  let isOpen = false;
  let closed = false;
  let pumping = false;
  const runs = new Map<string, NodeRun>();
  const byRunId = new Map<string, Set<NodeRun>>();
  const busy = new Set<NodeRun>();
  /** (run, fence)s that had a verdict or were given back: never claimed again. */
  const settled = createRecent<string>(rememberedVerdicts);
  const lines = createJobLines();
  const ready = createReadyQueue();
  const slots = createSlots<NodeRun>(options.info.slots);
  const idleWaiters = new Set<() => void>();
  const timers = createWallTimers<NodeRun>({ clock, onLook });
  const claims = createClaims({ clock, session, log, onAnswers });
  const attemptDeps: AttemptDeps = {
    ...options,
    nodeName: options.info.name,
    slots,
    mayStart: () => trust.mayStart(),
    deadline: deadlineOf,
    waitUntil: (at, run) =>
      clock.sleep(Math.min(1000, Math.max(1, at - clock.now())), run.ending.signal).catch(() => {}),
    onAttempt: (run, attempt, startedAt) => options.on?.attempt?.(run.assignment, attempt, startedAt),
  };

  // ── what happens ──

  function onChange(change: AssignmentChange) {
    if (change.type === "put") onPut(change.view);
    else for (const run of byRunId.get(change.runId) ?? []) onDelete(run);
    soon();
  }

  function onPut({ assignment, revision }: AssignmentView) {
    const key = keyOf(assignment);
    if (settled.has(key)) return;
    const known = runs.get(key);
    if (!known) {
      const run = createNodeRun(assignment, revision);
      runs.set(key, run);
      const copies = byRunId.get(assignment.runId);
      if (copies) copies.add(run);
      else byRunId.set(assignment.runId, new Set([run]));
      timers.add(assignment.dueAt - claimAheadMs, run);
      if (assignment.stop) lines.wait(run);
      return;
    }
    // What is begun is only ever told of again after a wipe, and revisions begin anew there.
    if (revision < known.revision && known.phase !== "begun") return;
    known.revision = revision;
    known.assignment = assignment;
    known.present = true;
    if (assignment.stop) onStop(known, assignment.stop);
  }

  function onStop(run: NodeRun, stop: NonNullable<Assignment["stop"]>) {
    // Unclaimed, the gate sees it; everything else is told.
    if (run.phase === "held") lines.wait(run);
    else if (stop.kind === "revoke") endRun(run, { kind: "give-back", why: stop.reason.message });
    else endRun(run, { kind: "cancel", reason: stop.reason });
  }

  function onDelete(run: NodeRun) {
    run.present = false;
    if (run.phase === "held") forget(run);
    else if (run.phase !== "begun") endRun(run, { kind: "give-back", why: "the leader took it back" });
    // Given to another node, or about to be. Otherwise it is only recorded as lost, and its late report is welcome. While the
    // lease is over a key that is gone may be a wipe's and proves nothing (R10); the session's trust is what ends it then.
    else if (run.assignment.job.onNodeLoss === "rerun" && session().alive())
      endRun(run, { kind: "interrupt", why: "the leader gave the run to another node" });
  }

  function onLook(reached: NodeRun[]) {
    const now = clock.now();
    for (const run of reached) {
      if (run.phase === "over") continue;
      const { dueAt, jobId } = run.assignment;
      const deadline = startBy(run);
      if (run.phase === "held") {
        lines.wait(run);
        if (dueAt > now) timers.add(dueAt, run);
        else if (deadline !== null && deadline >= now) timers.add(deadline + 1, run);
      } else if (run.phase === "claimed") launch(run);
      // Its claim is under way: the answer launches it.
      lines.mark(jobId);
    }
    pump();
  }

  function onAnswers(answers: { run: NodeRun; answer: ClaimAnswer; revision: number }[]) {
    for (const { run, answer, revision } of answers) {
      if (run.phase !== "claiming") continue;
      if (answer === "claimed") onClaimed(run);
      else if (answer === "never") {
        report(run, { type: "released", reason: "it is not known whether the claim was granted" });
        finish(run);
      } else if (run.present && !run.end && (answer === "unasked" || run.revision > revision)) {
        // Refused for what it was; judged again as what it has become.
        slots.withdraw(run);
        busy.delete(run);
        Object.assign(run, { phase: "held", verdict: null, ready: false });
        lines.wait(run);
        if (run.assignment.dueAt > clock.now()) timers.add(run.assignment.dueAt, run);
      } else forget(run);
    }
    soon();
  }

  function onClaimed(run: NodeRun) {
    run.phase = "claimed";
    if (run.verdict) {
      const attempt = run.assignment.firstAttempt - 1;
      report(run, { type: "finished", attempt, ...run.verdict, outputBytes: 0, outputTruncated: false });
      finish(run);
    } else if (run.end || clock.now() >= run.assignment.dueAt) launch(run);
    else timers.add(run.assignment.dueAt, run);
  }

  // ── what is decided ──

  /** Once, after everything that happens now. */
  function soon() {
    if (pumping || closed) return;
    pumping = true;
    queueMicrotask(() => {
      pumping = false;
      pump();
    });
  }

  function pump() {
    if (closed) return;
    const now = clock.now();
    if (session().alive() && trust.mayStart()) {
      const batch = judge(now);
      if (isOpen) choose(batch, now);
      if (batch.length) claims.claim(batch);
    }
    if (runs.size) timers.lookSoon();
  }

  function judge(now: number): NodeRun[] {
    const batch: NodeRun[] = [];
    for (const line of lines.takeMarked()) {
      const ruling = judgeJob(line.waiting, line.active, now);
      for (const run of line.waiting) run.ready = false;
      for (const run of ruling.ready) {
        run.ready = true;
        ready.add(run);
      }
      const by = ruling.replacing;
      if (by) for (const run of line.active) endRun(run, { kind: "cancel", reason: replacedReason(by) });
      for (const { run, verdict } of ruling.verdicts) batch.push(askFor(run, verdict));
    }
    return batch;
  }

  /** Runs that get a slot, in their order: first those that are due, then the earliest of the others. */
  function choose(batch: NodeRun[], now: number) {
    const isDue = (run: NodeRun) => run.assignment.dueAt <= now;
    for (let room = slots.roomNow(isDue); room > 0; room--) {
      const run = nextOf(ready.takeDue, now);
      if (!run) break;
      slots.promise(run);
      batch.push(askFor(run, null));
    }
    while (slots.roomAhead()) {
      const run = nextOf(ready.takeSoon, now);
      if (!run) break;
      slots.promise(run);
      batch.push(askFor(run, null));
    }
  }

  function nextOf(take: (now: number) => NodeRun | null, now: number) {
    let run = take(now);
    while (run && isMisfire(run, now)) run = take(now);
    return run;
  }

  function askFor(run: NodeRun, verdict: Verdict | null) {
    run.phase = "claiming";
    run.verdict = verdict;
    run.ready = false;
    busy.add(run);
    if (verdict) lines.leave(run);
    else lines.activate(run);
    return run;
  }

  function launch(run: NodeRun) {
    run.phase = "launched";
    void performRun(run, attemptDeps)
      .catch((err) => {
        log.error({ err, runId: run.assignment.runId }, "a run failed inside the agent");
        report(run, { type: "interrupted", attempt: run.assignment.firstAttempt, reason: "the node failed to run it" });
      })
      .then(() => finish(run));
  }

  function deadlineOf(run: NodeRun) {
    return killDeadline(run, { leftMs: trust.leftMs(), graceMs: trust.graceMs(), now: clock.now() });
  }

  // ── how a run leaves ──

  function endRun(run: NodeRun, request: EndRequest, killGraceMs = Number.POSITIVE_INFINITY) {
    requestEnd(run, request, Math.min(killGraceMs, run.assignment.job.killGraceMs));
    if (run.phase === "claimed") launch(run);
  }

  function report(
    run: NodeRun,
    said:
      | Pick<Extract<NodeEvent, { type: "released" }>, "type" | "reason">
      | Pick<Extract<NodeEvent, { type: "interrupted" }>, "type" | "attempt" | "reason">
      | Omit<Extract<NodeEvent, { type: "finished" }>, "runId" | "fence" | "sessionId" | "at">,
  ) {
    const { runId, fence, sessionId } = run.assignment;
    void spool.append({ runId, fence, sessionId, at: clock.now(), ...said });
  }

  /** It had its verdict, or was given back. */
  function finish(run: NodeRun) {
    settled.add(run.key);
    forget(run);
    options.on?.over?.(run.assignment);
  }

  function forget(run: NodeRun) {
    run.phase = "over";
    run.ready = false;
    slots.withdraw(run);
    lines.leave(run);
    runs.delete(run.key);
    const copies = byRunId.get(run.assignment.runId);
    copies?.delete(run);
    if (copies?.size === 0) byRunId.delete(run.assignment.runId);
    busy.delete(run);
    if (busy.size === 0) for (const waiter of idleWaiters) waiter();
    soon();
  }

  function idle(limitMs: number): Promise<boolean> {
    if (busy.size === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const cancel = clock.after(limitMs, () => done(false));
      const onIdle = () => done(true);
      function done(isIdle: boolean) {
        cancel();
        idleWaiters.delete(onIdle);
        resolve(isIdle);
      }
      idleWaiters.add(onIdle);
    });
  }

  return {
    watch() {
      unwatch();
      unwatch = session().watch(onChange);
    },
    open(open) {
      isOpen = open;
      soon();
    },
    look() {
      lines.markAll();
      soon();
    },
    all: () => [...runs.values()],
    busy: () => [...busy],
    end: endRun,
    deadlineOf,
    forgetHeld() {
      for (const run of [...runs.values()]) if (run.phase === "held") forget(run);
    },
    abandonClaims: () => claims.abandon(),
    idle,
    close() {
      closed = true;
      unwatch();
      timers.stop();
    },
  };
}
