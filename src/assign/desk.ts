// What people and programs ask of the scheduler, carried out by the leader of the moment. Without one it refuses in words.
import { newId } from "../lib/id.ts";
import type { EffectiveJob } from "../model/job.ts";
import { isFinal } from "../model/run.ts";
import type { NewRun, RunChange } from "../store/store.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Leader } from "./leader.ts";
import { OperationError, type Operations } from "./operations.ts";

export interface DeskDeps {
  /** The present leadership; throws OperationError("not_leader") when this scheduler doesn't lead. */
  current(): { leader: Leader; dispatcher: Dispatcher };
  /** The same, once ledger and sessions agree: before that nothing may be taken back. Throws OperationError("unavailable"). */
  compared(): Promise<{ leader: Leader; dispatcher: Dispatcher }>;
  /** Plans up to now, so that a pause or its end has an exact edge. */
  planNow(): Promise<void>;
  onNode(nodeId: string, nodeName: string, state: "draining" | "resumed" | "removed"): void;
  onScheduler(state: "paused" | "resumed"): void;
}

export function createDesk({ current, compared, planNow, onNode, onScheduler }: DeskDeps): Operations {
  function newRun(leader: Leader, job: { id: string; name: string; version: number; effective: EffectiveJob }): NewRun {
    const now = leader.clock.now();
    return {
      id: newId(leader.clock, leader.random),
      jobId: job.id,
      jobName: job.name,
      jobVersion: job.version,
      trigger: "manual",
      nominal: null,
      nodeKey: "",
      scheduledFor: now,
      dueAt: now,
      plannedAt: now,
      priority: job.effective.priority,
      state: "planned",
      reason: null,
      shard: null,
      covers: null,
      of: null,
      overrides: null,
      idempotencyKey: null,
      limitKey: job.effective.limit?.key ?? null,
      requestedBy: null,
      // Asked for by somebody: it waits as long as it takes.
      catchUp: true,
      startBy: job.effective.startDeadlineMs === null ? null : now + job.effective.startDeadlineMs,
    };
  }

  async function make(run: NewRun) {
    const { leader, dispatcher } = current();
    const result = await leader.store.createRun(leader.term, run);
    if (!result.created) return result;
    leader.publish([plannedChange(run)]);
    if (result.waiting) await dispatcher.handOut([result.waiting]);
    return { ...result, run: (await leader.store.getRun(run.id)) ?? result.run };
  }

  async function audit(
    actor: string,
    action: string,
    targetType: string,
    targetId: string,
    targetName: string,
    after: unknown,
  ) {
    const { leader } = current();
    const at = leader.clock.now();
    const entry = { at, actor, action, targetType, targetId, targetName, via: null, before: null, after };
    await leader.store.appendAudit([entry]);
  }

  /** What hasn't been claimed is given to others at once. */
  async function giveBack(sessionId: string) {
    const { leader, dispatcher } = current();
    const before = await leader.store.openRunsOfSession(sessionId);
    await leader.queue.run(() => dispatcher.reconciler.reconcileSession(sessionId));
    const left = new Set((await leader.store.openRunsOfSession(sessionId)).map(({ id }) => id));
    return {
      running: before.filter(({ id, state }) => state === "running" && left.has(id)).length,
      moved: before.filter(({ id, state }) => state === "assigned" && !left.has(id)).length,
    };
  }

  return {
    async runNow(jobName, request, actor) {
      const { leader } = current();
      const job = await leader.store.getJob(jobName);
      if (!job || job.deletedAt !== null) throw new OperationError("not_found", `there is no job ${jobName}`);
      if (request.body !== undefined && job.effective.task.kind !== "http")
        throw new OperationError("invalid", `body can only be given for an http job; ${job.name} runs a command`);
      if (request.node && !(await leader.store.getNode(request.node)))
        throw new OperationError(
          "invalid",
          `node: there is no node ${request.node}; distcron node list shows the nodes`,
        );
      const { idempotencyKey, ...overrides } = request;
      const run = newRun(leader, job);
      run.overrides = Object.keys(overrides).length ? overrides : null;
      run.idempotencyKey = idempotencyKey ?? null;
      run.requestedBy = actor;
      const result = await make(run);
      if (result.created) await audit(actor, "job.run", "job", job.id, job.name, { run: run.id, ...overrides });
      return { run: result.run, created: result.created };
    },
    async retryRun(runId, actor) {
      const { leader } = current();
      const old = await leader.store.getRun(runId);
      if (!old) throw new OperationError("not_found", `there is no run ${runId}`);
      if (!isFinal(old.state))
        throw new OperationError("conflict", `run ${old.id} is ${old.state}; only a run that is over can be retried`);
      const version = await leader.store.jobVersion(old.jobId, old.jobVersion);
      if (!version) throw new OperationError("conflict", `version ${old.jobVersion} of job ${old.jobName} is gone`);
      const job = { id: old.jobId, name: old.jobName, version: old.jobVersion, effective: version.effective };
      const run = newRun(leader, job);
      run.trigger = "retry_of";
      run.of = old.id;
      run.overrides = old.overrides;
      run.requestedBy = actor;
      const result = await make(run);
      await audit(actor, "run.retry", "run", old.id, old.jobName, { run: run.id });
      return result.run;
    },
    async cancelRun(runId, actor) {
      const { leader, dispatcher } = await compared();
      const run = await leader.store.getRun(runId);
      if (!run) throw new OperationError("not_found", `there is no run ${runId}`);
      const result = await dispatcher.canceller.cancelRun(run.id, actor);
      if (!isFinal(run.state)) await audit(actor, "run.cancel", "run", run.id, run.jobName, null);
      return result;
    },
    async setDraining(name, draining, actor) {
      const { leader, dispatcher } = await compared();
      const node = await leader.store.getNode(name);
      if (!node) throw new OperationError("not_found", `there is no node ${name}`);
      await leader.store.setDraining(node.id, draining);
      leader.board.setStanding(node.id, { draining, trusted: true });
      const sessionId = draining && node.session?.state === "live" ? node.session.sessionId : null;
      const held = sessionId === null ? null : await giveBack(sessionId);
      await dispatcher.wakeParked();
      await audit(actor, draining ? "node.drain" : "node.resume", "node", node.id, node.name, held);
      onNode(node.id, node.name, draining ? "draining" : "resumed");
    },
    async deleteNode(name, actor) {
      const { leader } = current();
      const node = await leader.store.getNode(name);
      if (!node) throw new OperationError("not_found", `there is no node ${name}`);
      await leader.store.deleteNode(node.id);
      onNode(node.id, node.name, "removed");
      await audit(actor, "node.delete", "node", node.id, node.name, null);
    },
    async pause(request, actor) {
      const { leader, dispatcher } = current();
      await planNow();
      const pause = { ...request, by: actor, since: leader.clock.now() };
      await leader.store.setPause(leader.term, pause);
      // A look that began before the pause may still write what it planned ahead.
      await planNow();
      await leader.queue.run(() => dispatcher.skipAhead(pause));
      onScheduler("paused");
      await audit(actor, "scheduler.pause", "scheduler", "scheduler", "scheduler", request);
      return pause;
    },
    async resume(actor) {
      const { leader } = current();
      await planNow();
      await leader.store.setPause(leader.term, null);
      await planNow();
      onScheduler("resumed");
      await audit(actor, "scheduler.resume", "scheduler", "scheduler", "scheduler", null);
    },
  };
}

const plannedChange = (run: NewRun): RunChange => ({
  runId: run.id,
  jobId: run.jobId,
  jobName: run.jobName,
  from: null,
  to: "planned",
  reason: null,
  trigger: run.trigger,
  dueAt: run.dueAt,
  startedAt: null,
  finishedAt: null,
  nodeId: null,
  nodeName: null,
  sessionId: null,
  limitKey: run.limitKey,
  attempt: 0,
  fence: 0,
  consecutiveFailures: null,
  lateReport: false,
});
