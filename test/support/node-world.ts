// A node of a cluster, whole but for the network: the real role, agent and spool, an in-process coordinator with a leader
// that the test plays, schedulers that the test switches off and on, a manual clock.
import { CoordinatorUnavailableError } from "../../src/coordinator/coordinator.ts";
import type { Faults } from "../../src/coordinator/in-process/faults.ts";
import {
  createCoordinatorSpace,
  createInProcessCoordinator,
} from "../../src/coordinator/in-process/in-process-coordinator.ts";
import { openSpool } from "../../src/execute/spool.ts";
import { silentLog } from "../../src/lib/log.ts";
import type { NodeEvent } from "../../src/model/assignment.ts";
import type { SchedulerLink } from "../../src/model/scheduler-link.ts";
import { seededRandom } from "../../src/random.ts";
import { createNodeRole } from "../../src/roles/node.ts";
import { type Given, nodeInfo } from "./agent-world.ts";
import { anAssignment } from "./an-assignment.ts";
import { createFakeExecutor, type FakeExecutor } from "./fake-executor.ts";
import { ManualClock, settle } from "./manual-clock.ts";
import { createMemorySpoolFiles } from "./memory-spool-files.ts";

export const graceMs = 30_000;

export class Unreachable extends Error {
  readonly code = "no_scheduler";
}

export async function createNodeWorld(
  given: { executor?: FakeExecutor; faults?: Faults; offsetMs?: number; stopTimeoutMs?: number } = {},
) {
  const { executor = createFakeExecutor() } = given;
  const clock = new ManualClock();
  const random = seededRandom(3);
  const space = createCoordinatorSpace();
  const forLeader = createInProcessCoordinator({ clock, random, space });
  const leadership = await forLeader.campaign(
    { id: "s1", url: "http://s1", version: "0", startedAt: 0 },
    new AbortController().signal,
  );
  const info = nodeInfo("web-1", 4);
  /** What the schedulers do and have heard. */
  const schedulers = {
    reachable: true,
    drain: null as boolean | null,
    ended: new Set<string>(),
    sessions: [] as { sessionId: string; former: string | null }[],
    closed: [] as string[],
    events: [] as NodeEvent[],
    beats: 0,
    refuse: null as Error | null,
    /** Set: answers of beats wait for it. */
    answer: null as Promise<void> | null,
  };
  const heard = <T>(fn: () => T): Promise<T> =>
    schedulers.reachable
      ? Promise.resolve().then(fn)
      : Promise.reject(new Unreachable("no scheduler answers: connection refused"));
  const link: SchedulerLink = {
    reports: { send: (events) => heard(() => void schedulers.events.push(...events)) },
    formerSession: () => heard(() => schedulers.sessions.at(-1)?.sessionId ?? null),
    register: ({ sessionId, former }) =>
      heard(() => {
        if (schedulers.refuse) throw schedulers.refuse;
        schedulers.sessions.push({ sessionId, former });
        return { graceMs };
      }),
    async beat(sessionId) {
      const { drain, answer } = schedulers;
      await answer;
      return heard(() => {
        schedulers.beats++;
        return { live: !schedulers.ended.has(sessionId), drain };
      });
    },
    closeSession: (sessionId) => heard(() => void schedulers.closed.push(sessionId)),
    clockOffsetMs: () => given.offsetMs ?? 0,
  };
  const forNode = createInProcessCoordinator({
    clock,
    random,
    space,
    ...(given.faults ? { faults: given.faults } : {}),
  });
  /** `answer`: opening a session waits for it. */
  const coordinator = { reachable: true, answer: null as Promise<void> | null };
  const spool = await openSpool({ files: createMemorySpoolFiles(), log: silentLog });
  const { startedAt: _, ...plainInfo } = info;
  const node = createNodeRole({
    info: plainInfo,
    link,
    coordinator: {
      ...forNode,
      async openSession(sessionId, plain) {
        if (!coordinator.reachable) throw new CoordinatorUnavailableError("no answer");
        await coordinator.answer;
        return forNode.openSession(sessionId, plain);
      },
    },
    spool,
    executors: { cmd: executor, http: executor },
    clock,
    random,
    log: silentLog,
    hostLoad: async () => ({ cpuRatio: 0.5, memoryRatio: 0, memoryTotalBytes: 1, load1: 0, cores: 2, disks: [] }),
    endSurvivors: async () => {},
    claimAheadMs: 500,
    nodeGraceMs: graceMs,
    beatMs: 2000,
    stopTimeoutMs: given.stopTimeoutMs ?? 1000,
    drainTimeoutMs: 60_000,
  });
  const current = () => schedulers.sessions.at(-1)?.sessionId ?? "";

  return {
    clock,
    node,
    executor,
    leadership,
    schedulers,
    coordinator,
    spool,
    sessionId: current,
    async start() {
      const started = node.start();
      await clock.advance(10);
      await started;
    },
    async assign(...list: (Given & { runId: string })[]) {
      const assignments = list.map(({ job, dueIn = 1000, ...rest }) => {
        const plain = anAssignment({ sessionId: current(), nodeId: info.nodeId, ...rest });
        const dueAt = rest.dueAt ?? clock.now() + dueIn;
        return { ...plain, dueAt, scheduledFor: dueAt, job: { ...plain.job, ...job } };
      });
      const outcomes = await leadership.assign(assignments);
      if (outcomes.some((outcome) => outcome !== "done")) throw new Error(`assign: ${outcomes.join()}`);
      await settle();
    },
    claims: async () => (await leadership.snapshot()).claims.map(({ runId }) => runId),
    sessions: async () => (await leadership.snapshot()).sessions.map(({ sessionId }) => sessionId),
    /** The lease goes as if it had run out. */
    async loseLease() {
      const key = space.get("sessions", current());
      if (key) space.commit([], [{ table: "sessions", key: current(), value: null }]);
      await settle();
    },
    told: (runId: string) =>
      schedulers.events.filter((event) => event.runId === runId && event.type !== "output").map(({ type }) => type),
  };
}

export type NodeWorld = Awaited<ReturnType<typeof createNodeWorld>>;
