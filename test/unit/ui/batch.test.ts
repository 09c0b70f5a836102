// Two hundred runs a second tell of six hundred changes: the browser asks again at its own pace.
import { beforeEach, describe, expect, it } from "vitest";
import { createBatch } from "../../../src/ui/api/batch.ts";

type Topic = "runs" | "trends";
let now = 0;
let waiting: { at: number; then: () => void }[] = [];
let asked: [at: number, topic: Topic][] = [];
/** Until when an answer is under way. */
let underWay: Partial<Record<Topic, number>> = {};
let answerMs = 20;

const later = (ms: number, then: () => void) => void waiting.push({ at: now + ms, then });
const make = () =>
  createBatch<Topic>({
    restMs: (topic) => (topic === "trends" ? 5000 : 1000),
    ask(topic) {
      const isUnderWay = (underWay[topic] ?? 0) > now;
      // As the query client has it: what is under way is not asked a second time.
      if (!isUnderWay) {
        asked.push([now, topic]);
        underWay[topic] = now + answerMs;
      }
      return isUnderWay;
    },
    soon: (then) => later(16, then),
    later,
  });

function passTo(end: number) {
  for (;;) {
    const next = waiting.toSorted((a, b) => a.at - b.at)[0];
    if (!next || next.at > end) break;
    waiting.splice(waiting.indexOf(next), 1);
    now = next.at;
    next.then();
  }
  now = end;
}
const times = (topic: Topic) => asked.filter(([, each]) => each === topic).map(([at]) => at);

beforeEach(() => {
  [now, waiting, asked, underWay, answerMs] = [0, [], [], {}, 20];
});

describe("a batch of stale topics", () => {
  it("asks about each once a rest, however much happens, and once more after the last", () => {
    const { mark } = make();
    for (let i = 0; i < 10 * 600; i++) {
      passTo(Math.floor((i * 1000) / 600));
      mark(["runs", "trends"]);
    }
    passTo(60_000);
    const runs = times("runs");
    expect(runs.length).toBeGreaterThanOrEqual(10);
    expect(runs.length).toBeLessThanOrEqual(11);
    for (const [i, at] of runs.slice(1).entries()) expect(at - (runs[i] as number)).toBeGreaterThanOrEqual(1000);
    // The last change came just before 10 s.
    expect(runs.at(-1)).toBeGreaterThanOrEqual(9999);
    expect(times("trends").length).toBe(3);
    expect(times("trends").at(-1)).toBeGreaterThanOrEqual(9999);
    expect(waiting).toEqual([]);
  });

  it("asks at once when it was quiet", () => {
    const { mark } = make();
    mark(["runs"]);
    passTo(5000);
    mark(["runs"]);
    passTo(6000);
    expect(times("runs")).toEqual([16, 5016]);
  });

  it("asks again where an answer was under way that may be older than the change", () => {
    const { mark } = make();
    underWay.runs = 500;
    mark(["runs"]);
    passTo(20_000);
    expect(times("runs")).toEqual([1016]);
  });

  it("doesn't go on by itself where answers take longer than the rest", () => {
    answerMs = 3000;
    underWay.runs = 500;
    const { mark } = make();
    mark(["runs"]);
    passTo(1500);
    mark(["runs"]);
    passTo(60_000);
    expect(times("runs").length).toBeLessThanOrEqual(3);
    expect(waiting).toEqual([]);
  });
});
