// What the coordinator's contract needs of an implementation: clients, faults on the way, and somebody who pulls plugs.
import { vi } from "vitest";
import type {
  AssignmentChange,
  AssignmentRef,
  AssignmentView,
  Coordinator,
  Leadership,
  NodeSession,
  SchedulerInfo,
} from "../../../src/coordinator/coordinator.ts";
import type { NodeInfo, NodeLoad } from "../../../src/model/node.ts";

export type FaultedCall =
  | "assign"
  | "move"
  | "replaceClaim"
  | "stop"
  | "clean"
  | "restoreClaim"
  | "refuseInFlight"
  | "claim"
  | "snapshot"
  | "announce";

export interface TestCluster {
  /** A client of this cluster's coordinator, as another process would have. */
  connect(): Promise<Coordinator>;
  /**
   * What the network does to the next call of that name: it never arrives; it arrives with releaseHeld(), long after
   * its sender stopped waiting; or it arrives and its answer does not.
   */
  next(call: FaultedCall, fault: "drop" | "hold" | "lose-answer"): void;
  releaseHeld(): Promise<void>;
  /** The leader's lease ends without its doing. */
  endLeaderLease(): Promise<void>;
  /** A session's lease ends without its doing. */
  endSessionLease(sessionId: string): Promise<void>;
  /** The coordinator forgets everything. */
  wipe(): Promise<void>;
  close(): Promise<void>;
}

export const scheduler = (id: string): SchedulerInfo => ({
  id,
  url: `http://${id}.test:8470`,
  version: "1.0.0",
  startedAt: 0,
});

export const nodeInfo = (given: Partial<NodeInfo> = {}): NodeInfo => ({
  nodeId: "node-a",
  name: "web-1",
  labels: {},
  slots: 8,
  executors: ["cmd", "http"],
  version: "1.0.0",
  host: "web-1.test",
  pid: 100,
  startedAt: 0,
  ...given,
});

export const load = (running: number): NodeLoad => ({
  running,
  queued: 0,
  cpuRatio: 0.5,
  memoryRatio: 0.5,
  memoryTotalBytes: 1,
  load1: 1,
  cores: 2,
  disks: [],
  clockOffsetMs: 0,
});

export const never = new AbortController().signal;

/** Nothing in the contract is immediate: wait for what must come. */
export const eventually = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 10_000, interval: 5 });

export const refOf = ({ assignment, revision }: AssignmentView): AssignmentRef => ({
  runId: assignment.runId,
  nodeId: assignment.nodeId,
  sessionId: assignment.sessionId,
  revision,
});

/** The run's assignment as it stands. */
export async function placed(leader: Leadership, runId: string): Promise<AssignmentView> {
  const view = (await leader.lookup([runId])).assignments[0];
  if (!view) throw new Error(`run ${runId} has no assignment`);
  return view;
}

/** What a node sees: the latest view of each run, and the whole story. */
export function follow(session: NodeSession) {
  const views = new Map<string, AssignmentView>();
  const story: AssignmentChange[] = [];
  const stop = session.watch((change) => {
    story.push(change);
    if (change.type === "put") views.set(change.view.assignment.runId, change.view);
    else views.delete(change.runId);
  });
  return { views, story, stop };
}
