// A node's reports, for tests of the recorder: whole events, with what a test cares about replaced.
import type { AttemptResult, NodeEvent } from "../../../src/model/assignment.ts";
import type { NodeInfo, NodeLoad } from "../../../src/model/node.ts";

type Of<T extends NodeEvent["type"]> = Extract<NodeEvent, { type: T }>;

const result: AttemptResult = {
  outcome: "succeeded",
  exitCode: 0,
  signal: null,
  httpStatus: null,
  error: null,
  reason: null,
  retryAfterMs: null,
  retryable: true,
};

/** The events of one run under one fence, from one session. */
export function reporter(runId: string, sessionId = "session-1", fence = 1) {
  const base = { runId, sessionId, fence };
  return {
    started: (given: Partial<Of<"started">> = {}): NodeEvent => ({
      ...base,
      type: "started",
      at: 60_010,
      attempt: 1,
      ...given,
    }),
    ended: (given: Partial<Of<"attempt-ended">> & { outcome?: Partial<AttemptResult> } = {}): NodeEvent => {
      const { outcome, ...rest } = given;
      return {
        ...base,
        type: "attempt-ended",
        at: 60_500,
        attempt: 1,
        startedAt: 60_010,
        result: { ...result, ...outcome },
        nextAttemptAt: null,
        ...rest,
      };
    },
    finished: (given: Partial<Of<"finished">> = {}): NodeEvent => ({
      ...base,
      type: "finished",
      at: 60_500,
      attempt: 1,
      state: "succeeded",
      reason: null,
      outputBytes: 0,
      outputTruncated: false,
      ...given,
    }),
    released: (given: Partial<Of<"released">> = {}): NodeEvent => ({
      ...base,
      type: "released",
      at: 60_020,
      reason: "draining",
      ...given,
    }),
    interrupted: (given: Partial<Of<"interrupted">> = {}): NodeEvent => ({
      ...base,
      type: "interrupted",
      at: 60_400,
      attempt: 1,
      reason: "trust ended",
      ...given,
    }),
    output: (text: string, given: Partial<Of<"output">> = {}): NodeEvent => ({
      ...base,
      type: "output",
      at: 60_100,
      attempt: 1,
      seq: 0,
      stream: "stdout",
      offset: 0,
      gapBytes: 0,
      data: new TextEncoder().encode(text),
      ...given,
    }),
  };
}

export const aNodeInfo = (given: Partial<NodeInfo> = {}): NodeInfo => ({
  nodeId: "node-1",
  name: "web-1",
  labels: {},
  slots: 8,
  executors: ["cmd", "http"],
  version: "0.1.0",
  host: "host-1",
  pid: 100,
  startedAt: 0,
  ...given,
});

export const aLoad: NodeLoad = {
  running: 0,
  queued: 0,
  cpuRatio: 0.1,
  memoryRatio: 0.2,
  memoryTotalBytes: 1,
  load1: 0.3,
  cores: 2,
  disks: [],
  clockOffsetMs: 0,
};
