// The last hour of nodes' load: buckets, gaps, and the bounds of what is kept.
import { afterEach, beforeEach, expect, it } from "vitest";
import type { NodeInfo, NodeLoad, Session } from "../../../src/model/node.ts";
import { createLoadHistory, type LoadHistory } from "../../../src/report/load-history.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const start = Date.UTC(2026, 0, 5);
const minute = 60_000;
let clock: ManualClock;
let history: LoadHistory;
let sessions: Session[];

beforeEach(() => {
  clock = new ManualClock(start);
  sessions = [];
  history = createLoadHistory({
    store: { liveSessions: async () => sessions },
    clock,
    onError: (err) => expect.unreachable(String(err)),
  });
});
afterEach(() => history.stop());

const aSession = (nodeId: string, cpuRatio: number, running: number, lastBeatAt = clock.now()): Session => ({
  sessionId: `session of ${nodeId}`,
  info: { nodeId, name: nodeId } as NodeInfo,
  state: "live",
  trustedUntil: 0,
  lastBeatAt,
  load: { cpuRatio, memoryRatio: 0.5, running } as NodeLoad,
});
const said = (nodeId: string, cpu: number, running: number) => {
  sessions = [...sessions.filter(({ info }) => info.nodeId !== nodeId), aSession(nodeId, cpu, running)];
};
const curves = (nodeId: string, from: number, count: number) =>
  history.curves(nodeId, { from, bucketMs: minute, count });

it("means the ratios of a bucket and keeps the most runs of it", async () => {
  said("n1", 0.2, 3);
  history.start();
  await clock.advance(5000);
  said("n1", 0.4, 1);
  await clock.advance(10_000);
  expect(history.since()).toBe(start);
  expect(curves("n1", start, 2)).toEqual({ cpu: [0.3, null], memory: [0.5, null], running: [3, null] });
});

it("leaves a gap where a node was silent, though its session lives, and for a node that nobody knows", async () => {
  said("n1", 0.2, 1);
  history.start();
  await clock.advance(2 * minute);
  said("n1", 0.6, 2);
  await clock.advance(minute);
  expect(curves("n1", start, 4).cpu).toEqual([0.2, null, 0.6, null]);
  expect(curves("unknown", start, 2)).toEqual({ cpu: [null, null], memory: [null, null], running: [null, null] });
});

it("forgets what is older than an hour, and a node with it", async () => {
  said("n1", 0.2, 1);
  history.start();
  await clock.advance(30 * minute);
  said("n1", 0.6, 2);
  await clock.advance(31 * minute);
  expect(curves("n1", start, 61).running.filter((value) => value !== null)).toEqual([2]);
  await clock.advance(30 * minute);
  expect(curves("n1", start, 91).running.filter((value) => value !== null)).toEqual([]);
});

it("keeps a thousand nodes at most, and takes others as these are forgotten", async () => {
  sessions = Array.from({ length: 1001 }, (_, i) => aSession(`n${i}`, 0.5, 1));
  history.start();
  await clock.advance(1000);
  expect(curves("n999", start, 1).running).toEqual([1]);
  expect(curves("n1000", start, 1).running).toEqual([null]);
  sessions = [];
  await clock.advance(61 * minute);
  said("n1000", 0.5, 7);
  await clock.advance(10_000);
  expect(curves("n1000", start + 61 * minute, 1).running).toEqual([7]);
});

it("goes on after a look that failed", async () => {
  const failures: unknown[] = [];
  let isDown = true;
  const other = createLoadHistory({
    store: {
      async liveSessions() {
        if (isDown) throw new Error("the store is down");
        return [aSession("n1", 0.5, 1)];
      },
    },
    clock,
    onError: (err) => failures.push(err),
  });
  other.start();
  await clock.advance(500);
  expect([failures.length, other.since()]).toEqual([1, null]);
  isDown = false;
  await clock.advance(2000);
  expect(other.since()).not.toBeNull();
  await other.stop();
});
