// A node's agent in a small world of its own: an in-process coordinator with a leader that the test plays, a spool in
// memory, an executor that the test commands, a manual clock.
import type { Leadership, NodeSession } from "../../src/coordinator/coordinator.ts";
import type { Faults } from "../../src/coordinator/in-process/faults.ts";
import {
  createCoordinatorSpace,
  createInProcessCoordinator,
} from "../../src/coordinator/in-process/in-process-coordinator.ts";
import { createNodeAgent, type NodeAgent, type NodeAgentOptions } from "../../src/execute/agent.ts";
import { openSpool, type Spool } from "../../src/execute/spool.ts";
import { silentLog } from "../../src/lib/log.ts";
import type { Assignment, NodeEvent } from "../../src/model/assignment.ts";
import type { EffectiveJob } from "../../src/model/job.ts";
import type { NodeInfo } from "../../src/model/node.ts";
import { seededRandom } from "../../src/random.ts";
import { anAssignment } from "./an-assignment.ts";
import { createFakeExecutor, type FakeExecutor } from "./fake-executor.ts";
import { ManualClock, settle } from "./manual-clock.ts";
import { createMemorySpoolFiles, type MemorySpoolFiles } from "./memory-spool-files.ts";

export const nodeInfo = (name: string, slots: number): NodeInfo => ({
  nodeId: `id-${name}`,
  name,
  labels: {},
  slots,
  executors: ["cmd", "http"],
  version: "0",
  host: "h",
  pid: 1,
  startedAt: 0,
});

/** What a test says of an assignment: `job` in part, `dueIn` milliseconds from now. */
export type Given = Partial<Omit<Assignment, "job">> & { job?: Partial<EffectiveJob>; dueIn?: number };

export interface World {
  clock: ManualClock;
  agent: NodeAgent;
  session: NodeSession;
  leadership: Leadership;
  executor: FakeExecutor;
  spool: Spool;
  files: MemorySpoolFiles;
  trust: { trusted: boolean; leftMs: number; graceMs: number };
  /** Everything reported so far, in order. */
  events(): Promise<NodeEvent[]>;
  /** The same as words: "run-1 started 1". Output is left out. */
  story(runId?: string): Promise<string[]>;
  assign(...given: (Given & { runId: string })[]): Promise<void>;
  stop(runId: string, stop: NonNullable<Assignment["stop"]>): Promise<void>;
  take(runId: string): Promise<void>;
  claims(): Promise<string[]>;
  reopen(sessionId?: string): Promise<NodeSession>;
}

export async function createWorld(
  given: {
    slots?: number;
    executor?: FakeExecutor;
    files?: MemorySpoolFiles;
    faults?: Faults;
    start?: boolean;
    agent?: Partial<NodeAgentOptions>;
  } = {},
): Promise<World> {
  const { slots = 4, executor = createFakeExecutor(), files = createMemorySpoolFiles() } = given;
  const clock = new ManualClock();
  const random = seededRandom(7);
  const space = createCoordinatorSpace();
  const forLeader = createInProcessCoordinator({ clock, random, space });
  const forNode = createInProcessCoordinator({
    clock,
    random,
    space,
    ...(given.faults ? { faults: given.faults } : {}),
  });
  const me = { id: "s1", url: "http://s1", version: "0", startedAt: 0 };
  const leadership = await forLeader.campaign(me, new AbortController().signal);
  const info = nodeInfo("web-1", slots);
  const session = await forNode.openSession("session-1", info);
  const spool = await openSpool({ files, log: silentLog });
  const trust = { trusted: true, leftMs: 30_000, graceMs: 30_000 };
  const agent = createNodeAgent({
    info,
    session,
    executors: { cmd: executor, http: executor },
    spool,
    clock,
    random,
    trust: { mayStart: () => trust.trusted, leftMs: () => trust.leftMs, graceMs: () => trust.graceMs },
    claimAheadMs: 500,
    log: silentLog,
    ...given.agent,
  });
  if (given.start !== false) agent.start();

  const events = async () => (await spool.take(1e6, 1e9)).map(({ event }) => event);
  const viewOf = async (runId: string) => {
    const view = (await leadership.lookup([runId])).assignments[0];
    if (!view) throw new Error(`no assignment of ${runId}`);
    const { nodeId, sessionId } = view.assignment;
    return { runId, nodeId, sessionId, revision: view.revision };
  };
  return {
    clock,
    agent,
    session,
    leadership,
    executor,
    spool,
    files,
    trust,
    events,
    story: async (runId) =>
      (await events())
        .filter((event) => event.type !== "output" && (runId === undefined || event.runId === runId))
        .map((event) => (runId === undefined ? `${event.runId} ${words(event)}` : words(event))),
    async assign(...list) {
      const assignments = list.map(({ job, dueIn = 1000, ...rest }) => {
        const plain = anAssignment({ sessionId: "session-1", nodeId: info.nodeId, ...rest });
        const dueAt = rest.dueAt ?? clock.now() + dueIn;
        return { ...plain, dueAt, scheduledFor: rest.scheduledFor ?? dueAt, job: { ...plain.job, ...job } };
      });
      const outcomes = await leadership.assign(assignments);
      if (outcomes.some((outcome) => outcome !== "done")) throw new Error(`assign: ${outcomes.join()}`);
      await settle();
    },
    async stop(runId, stop) {
      await leadership.stop([{ at: await viewOf(runId), stop }]);
      await settle();
    },
    async take(runId) {
      await leadership.clean([runId]);
      await settle();
    },
    claims: async () => (await leadership.snapshot()).claims.map(({ runId }) => runId),
    reopen: (sessionId = "session-1") => forNode.openSession(sessionId, info),
  };
}

function words(event: NodeEvent): string {
  switch (event.type) {
    case "started":
      return `started ${event.attempt}`;
    case "attempt-ended":
      return `ended ${event.attempt} ${event.result.outcome}${event.nextAttemptAt === null ? "" : " again"}`;
    case "finished":
      return `${event.state}${event.reason ? ` (${event.reason.code})` : ""}`;
    default:
      return event.type;
  }
}
