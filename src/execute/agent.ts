// The node's agent: holds assigned runs until they are due, claims them, lets the gate judge them, and has them performed.
// One function, pump(), decides everything; whatever happens only changes what it finds and calls it.
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
import { performRun } from "./attempt-loop.ts";
import { type ClaimAnswer, createClaims } from "./claims.ts";
import type { Executor } from "./executor.ts";
import { judgeJob, replacedReason } from "./gate.ts";
import { createJobLines } from "./job-lines.ts";
import { createNodeRun, isMisfire, keyOf, type NodeRun, requestEnd, startBy, type Verdict } from "./node-run.ts";
import { createReadyQueue } from "./ready-queue.ts";
import { createSlots } from "./slots.ts";
import type { Spool } from "./spool.ts";
import { createWallTimers } from "./wall-timers.ts";

export interface NodeAgentOptions {
  info: Pick<NodeInfo, "name" | "slots">;
  session: NodeSession;
  executors: Record<ExecutorKind, Executor | null>;
  spool: Spool;
  /** now() is the corrected wall clock. */
  clock: Clock;
  random: Random;
  /** Whether the session is trusted (its beats). The coordinator's own deadline is asked of the session. */
  trust: { mayStart(): boolean };
  claimAheadMs: number;
  log: Log;
  /** How long drain() lets running work go on. */
  drainTimeoutMs?: number;
  on?: {
    /** An attempt begins. */
    attempt?(assignment: Assignment, attempt: number, startedAt: number): void;
    /** A run is over here, whatever became of it. */
    over?(assignment: Assignment): void;
  };
}

export interface InventoryItem {
  runId: string;
  fence: number;
  /** finished: its verdict is not acknowledged yet. */
  state: "claimed" | "running" | "finished";
  /** null: of a former life. */
  assignment: Assignment | null;
}

export interface NodeAgent {
  start(): void;
  /**
   * Goes on under another session handle. The same session id (its lease was lost and opened again): nothing else changes.
   * Another id: what was not claimed is forgotten, what was claimed and hasn't begun is given back, what runs goes on and
   * is reported under its own session and fence.
   */
  attach(session: NodeSession): void;
  /** Starts nothing new and gives back what hasn't begun. Resolves when nothing runs; ends what does after drainTimeoutMs. */
  drain(): Promise<void>;
  resume(): void;
  /** The session's trust is over (or about to be): ends what could be run again elsewhere, gives back what hasn't begun. */
  onTrustLost(): void;
  /**
   * Like drain, for good, with its own limit; then runs are ended (TERM, the job's killGrace or `killGraceMs` if shorter).
   * Resolves when nothing of it runs and the spool is written. Again with a shorter limit: sooner. Safe before start.
   */
  stop(limit: { graceMs: number; killGraceMs?: number }): Promise<void>;
  load(): { running: number; queued: number };
  inventory(): InventoryItem[];
}

/** After a kill, an attempt that still doesn't end (an uninterruptible process) is not waited for any longer. */
const unkillableMs = 10_000;
const rememberedVerdicts = 100_000;

export function createNodeAgent(options: NodeAgentOptions): NodeAgent {
  const { spool, clock, log, trust, claimAheadMs } = options;
  let session = options.session;
  let unwatch: (() => void) | null = null;
  let state: "new" | "up" | "draining" | "stopped" = "new";
  let drains = 0;
  let draining: Promise<void> = Promise.resolve();
  let ended = false;
  let pumping = false;
  const runs = new Map<string, NodeRun>();
  const byRunId = new Map<string, Set<NodeRun>>();
  /** (run, fence)s that had a verdict or were given back: never claimed again. */
  const settled = createRecent<string>(rememberedVerdicts);
  const lines = createJobLines();
  const ready = createReadyQueue();
  const slots = createSlots<NodeRun>(options.info.slots);
  const busy = new Set<NodeRun>();
  const idleWaiters = new Set<() => void>();
  const timers = createWallTimers<NodeRun>({ clock, onLook });
  const claims = createClaims({ clock, session: () => session, log, onAnswers });

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
    if (revision < known.revision) return;
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
    // Given to another node, or about to be. Otherwise it is only recorded as lost, and its late report is welcome.
    else if (run.assignment.job.onNodeLoss === "rerun")
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
    if (pumping || ended) return;
    pumping = true;
    queueMicrotask(() => {
      pumping = false;
      pump();
    });
  }

  function pump() {
    if (ended || state === "new") return;
    const now = clock.now();
    if (session.alive() && trust.mayStart()) {
      const batch = judge(now);
      if (state === "up") choose(batch, now);
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
    void performRun(run, {
      ...options,
      nodeName: options.info.name,
      slots,
      mayStart: () => trust.mayStart(),
      waitUntil: (at) => clock.sleep(Math.min(1000, Math.max(1, at - clock.now())), run.ending.signal).catch(() => {}),
      onAttempt: (_, attempt, startedAt) => options.on?.attempt?.(run.assignment, attempt, startedAt),
    })
      .catch((err) => {
        log.error({ err, runId: run.assignment.runId }, "a run failed inside the agent");
        report(run, { type: "interrupted", attempt: run.assignment.firstAttempt, reason: "the node failed to run it" });
      })
      .then(() => finish(run));
  }

  // ── how a run leaves ──

  const endRun = (run: NodeRun, request: Parameters<typeof requestEnd>[1], killGraceMs = Number.POSITIVE_INFINITY) => {
    requestEnd(run, request, Math.min(killGraceMs, run.assignment.job.killGraceMs));
    if (run.phase === "claimed") launch(run);
  };

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

  // ── what is asked of it ──

  function giveBackUnstarted(why: string) {
    for (const run of [...busy]) if (!run.verdict) endRun(run, { kind: "give-back", why });
  }

  function endAll(killGraceMs?: number) {
    for (const run of [...busy]) endRun(run, { kind: "shutdown" }, killGraceMs);
    // Whether they were granted will not be known: given back, whichever it is.
    if (state === "stopped") claims.abandon();
  }

  /** Resolves true when nothing is claimed or runs, false at the limit. */
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

  async function windDown(graceMs: number, stillWanted: () => boolean, killGraceMs?: number) {
    if ((await idle(graceMs)) || !stillWanted()) return;
    endAll(killGraceMs);
    const graces = [...busy].map((run) =>
      Math.min(run.assignment.job.killGraceMs, killGraceMs ?? Number.POSITIVE_INFINITY),
    );
    if (!(await idle(Math.max(0, ...graces) + unkillableMs)))
      log.error({ runs: [...busy].map((run) => run.assignment.runId) }, "runs can't be ended; they are left behind");
  }

  return {
    start() {
      if (state !== "new") return;
      state = "up";
      unwatch = session.watch(onChange);
    },
    attach(next) {
      const isNew = next.sessionId !== session.sessionId;
      unwatch?.();
      session = next;
      if (isNew) {
        for (const run of [...runs.values()]) if (run.phase === "held") forget(run);
        giveBackUnstarted("its session is over");
      }
      if (state !== "new" && state !== "stopped") unwatch = session.watch(onChange);
      lines.markAll();
      soon();
    },
    async drain() {
      if (state === "up") {
        state = "draining";
        const round = ++drains;
        giveBackUnstarted("the node is draining");
        draining = windDown(options.drainTimeoutMs ?? 600_000, () => state === "draining" && round === drains);
      }
      await draining;
    },
    resume() {
      if (state !== "draining") return;
      state = "up";
      lines.markAll();
      soon();
    },
    onTrustLost() {
      giveBackUnstarted("the node was cut off before the start");
      for (const run of [...busy])
        if (run.phase === "begun" && (run.backingOff || run.assignment.job.onNodeLoss === "rerun"))
          endRun(run, { kind: "interrupt", why: "the node was cut off" });
    },
    async stop({ graceMs, killGraceMs }) {
      state = "stopped";
      giveBackUnstarted("the node is stopping");
      await windDown(graceMs, () => true, killGraceMs);
      ended = true;
      // A tick may have been judged in the meantime.
      claims.abandon();
      if ([...busy].some(({ phase }) => phase === "claiming")) await idle(unkillableMs);
      unwatch?.();
      unwatch = null;
      timers.stop();
      await spool.settled();
    },
    load() {
      const now = clock.now();
      let running = 0;
      let queued = 0;
      for (const run of runs.values())
        if (run.phase === "begun") running++;
        else if (run.assignment.dueAt <= now) queued++;
      return { running, queued };
    },
    inventory() {
      const items: InventoryItem[] = [...busy]
        .filter((run) => run.phase !== "claiming")
        .map(({ assignment, phase }) => ({
          runId: assignment.runId,
          fence: assignment.fence,
          state: phase === "begun" ? "running" : "claimed",
          assignment,
        }));
      for (const { runId, fence } of spool.unacknowledged())
        items.push({ runId, fence, state: "finished", assignment: null });
      return items;
    },
  };
}
