// The node's agent: what a node is asked to do with the runs it is given. The desk (run-desk.ts) holds, claims and starts
// them; here is the life around it: going on under another session, draining, losing trust, stopping.
import type { NodeSession } from "../coordinator/coordinator.ts";
import type { EndRequest, NodeRun } from "./node-run.ts";
import { createRunDesk, type RunDeskOptions } from "./run-desk.ts";

export interface NodeAgentOptions extends Omit<RunDeskOptions, "session"> {
  session: NodeSession;
  /** How long drain() lets running work go on. */
  drainTimeoutMs?: number;
}

export interface NodeAgent {
  start(): void;
  /**
   * Goes on under another session handle. The same session id (its lease was lost and opened again): what was not claimed
   * is heard of anew. Another id: what was not claimed is forgotten, what was claimed and hasn't begun is given back, what
   * runs goes on and is reported under its own session and fence.
   */
  attach(session: NodeSession): void;
  /**
   * The session's lease is over. Whether its claims still stand isn't known (the coordinator may have been wiped), so what
   * was claimed and hasn't begun is given back. What runs goes on. Resolves when the spool has been handed all of that.
   */
  onLeaseLost(): Promise<void>;
  /** Starts nothing new and gives back what hasn't begun. Resolves when nothing runs; ends what does after drainTimeoutMs. */
  drain(): Promise<void>;
  resume(): void;
  /**
   * The session's trust is about to end: gives back what hasn't begun and what waits to be tried again. What must end
   * with its trust is asked to in time for that, unless onTrusted() is called before.
   */
  onTrustLost(): void;
  /** The session's trust lasts longer than it did: deadlines move with it. */
  onTrusted(): void;
  /**
   * Like drain, for good, with its own limit; then runs are ended (TERM, the job's killGrace or `killGraceMs` if shorter).
   * Resolves when nothing of it runs and the spool is written. Again with a shorter limit: sooner. Safe before start.
   */
  stop(limit: { graceMs: number; killGraceMs?: number }): Promise<void>;
  load(): { running: number; queued: number };
}

const cutOff: EndRequest = { kind: "interrupt", why: "the node was cut off" };

const soonMs = 10;
/** After a kill, an attempt that still doesn't end (an uninterruptible process) is not waited for any longer. */
const unkillableMs = 10_000;

export function createNodeAgent(options: NodeAgentOptions): NodeAgent {
  const { spool, clock, log } = options;
  let session = options.session;
  let state: "new" | "up" | "draining" | "stopped" = "new";
  let drains = 0;
  let draining: Promise<void> = Promise.resolve();
  const desk = createRunDesk({ ...options, session: () => session });
  let endings: (() => void)[] = [];

  function giveBackUnstarted(why: string) {
    for (const run of desk.busy()) if (!run.verdict) desk.end(run, { kind: "give-back", why });
  }

  function endInTime(run: NodeRun) {
    const deadline = desk.deadlineOf(run);
    if (!deadline) return;
    const { termInMs, killInMs } = deadline;
    const graceMs = Math.max(0, Math.min(killInMs, killInMs - termInMs));
    const end = () => desk.end(run, cutOff, graceMs);
    if (termInMs <= 0) end();
    else endings.push(clock.after(termInMs, end));
  }

  /** Nothing ends for want of trust. */
  function keepAll() {
    for (const cancel of endings) cancel();
    endings = [];
  }

  /** Waits, then ends what is left, unless that isn't wanted any more. */
  async function windDown(graceMs: number, stillWanted: () => boolean, killGraceMs?: number) {
    if ((await desk.idle(graceMs)) || !stillWanted()) return;
    for (const run of desk.busy()) desk.end(run, { kind: "shutdown" }, killGraceMs);
    if (state === "stopped") desk.abandonClaims();
    const graces = desk
      .busy()
      .map(({ assignment }) => Math.min(assignment.job.killGraceMs, killGraceMs ?? Number.POSITIVE_INFINITY));
    if (await desk.idle(Math.max(0, ...graces) + unkillableMs)) return;
    const left = desk.busy().map(({ assignment }) => assignment.runId);
    log.error({ runs: left }, "runs can't be ended; they are left behind");
  }

  return {
    start() {
      if (state !== "new") return;
      state = "up";
      desk.open(true);
      desk.watch();
    },
    attach(next) {
      const isNew = next.sessionId !== session.sessionId;
      session = next;
      // Of what was taken back meanwhile nobody will tell: what still stands is told anew.
      desk.forgetHeld();
      if (isNew) giveBackUnstarted("its session is over");
      if (state === "up" || state === "draining") desk.watch();
      desk.look();
    },
    async onLeaseLost() {
      giveBackUnstarted("the coordinator may have forgotten the claim");
      const isHeld = (phase: NodeRun["phase"]) => phase === "claimed" || phase === "launched";
      while (desk.busy().some(({ phase }) => isHeld(phase))) await clock.sleep(soonMs);
    },
    async drain() {
      if (state === "up") {
        state = "draining";
        desk.open(false);
        const round = ++drains;
        giveBackUnstarted("the node is draining");
        draining = windDown(options.drainTimeoutMs ?? 600_000, () => state === "draining" && round === drains);
      }
      await draining;
    },
    resume() {
      if (state !== "draining") return;
      state = "up";
      desk.open(true);
      desk.look();
    },
    onTrustLost() {
      keepAll();
      giveBackUnstarted("the node was cut off before the start");
      for (const run of desk.busy()) {
        if (run.phase !== "begun") continue;
        if (run.backingOff) desk.end(run, cutOff);
        else endInTime(run);
      }
    },
    onTrusted() {
      keepAll();
      // Those who see to it when this process can't are told of the new deadline too.
      for (const run of desk.busy()) if (run.attempt?.setDeadline) run.attempt.setDeadline(desk.deadlineOf(run));
    },
    async stop({ graceMs, killGraceMs }) {
      state = "stopped";
      desk.open(false);
      giveBackUnstarted("the node is stopping");
      await windDown(graceMs, () => true, killGraceMs);
      keepAll();
      desk.close();
      // A tick may have been judged in the meantime.
      desk.abandonClaims();
      if (desk.busy().some(({ phase }) => phase === "claiming")) await desk.idle(unkillableMs);
      await spool.settled();
    },
    load() {
      const now = clock.now();
      let running = 0;
      let queued = 0;
      for (const run of desk.all())
        if (run.phase === "begun") running++;
        else if (run.assignment.dueAt <= now) queued++;
      return { running, queued };
    },
  };
}
