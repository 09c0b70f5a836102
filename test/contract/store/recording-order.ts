// Whatever the order in which a run's events arrive, in whatever batches and however often: the ledger says the same.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NodeEvent } from "../../../src/model/assignment.ts";
import type { JobRow, RunDetail } from "../../../src/store/store.ts";
import { aNewJob, aNewRun } from "../../support/store-fixtures.ts";
import { aNodeInfo, reporter } from "./reports.ts";
import { type OpenedStore, type OpenStore, toAssigned } from "./scene.ts";

type Reports = ReturnType<typeof reporter>;

const outcomes = {
  succeeded: { outcome: "succeeded" as const, exitCode: 0 },
  failed: { outcome: "failed" as const, exitCode: 3, error: "exit code 3" },
  timed_out: { outcome: "timed_out" as const, exitCode: null, signal: "SIGKILL" },
};

/** One honest life of a run on one node: attempts that follow each other, output in between, one verdict. */
const life = fc.record({
  attempts: fc.array(fc.constantFrom("failed" as const, "timed_out" as const, "succeeded" as const), {
    minLength: 1,
    maxLength: 3,
  }),
  pieces: fc.array(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 3 }),
  end: fc.constantFrom("verdict" as const, "cancelled" as const, "skipped" as const),
});

function eventsOf(node: Reports, { attempts, pieces, end }: typeof life extends fc.Arbitrary<infer T> ? T : never) {
  if (end === "skipped") {
    const reason = { code: "overlap" as const, message: "in the way" };
    return [node.finished({ state: "skipped", reason, attempt: 0, at: 60_000 })];
  }
  const events: NodeEvent[] = [];
  let bytes = 0;
  for (const [i, outcome] of attempts.entries()) {
    const attempt = i + 1;
    const at = 60_000 + i * 1000;
    events.push(node.started({ attempt, at }));
    for (const [seq, text] of pieces.entries()) {
      const piece = node.output(text, { attempt, seq, offset: bytes, at: at + seq });
      bytes += (piece as Extract<NodeEvent, { type: "output" }>).data.byteLength;
      events.push(piece);
    }
    events.push(node.ended({ attempt, startedAt: at - 1, at: at + 500, outcome: outcomes[outcome] }));
  }
  const reason = { code: "exit_code" as const, message: "the last word" };
  const state = end === "cancelled" ? "cancelled" : (attempts.at(-1) as "failed");
  events.push(node.finished({ attempt: attempts.length, state, reason, at: 70_000, outputBytes: bytes }));
  return events;
}

/** The events in another order, some of them more than once, cut into batches. */
const delivery = (count: number) =>
  fc
    .tuple(
      fc.shuffledSubarray([...Array(count).keys()], { minLength: count, maxLength: count }),
      fc.array(fc.nat(count - 1), { maxLength: count }),
      fc.array(fc.nat(2 * count), { maxLength: 4 }),
    )
    .map(([order, again, cuts]) => {
      const sequence = [...order];
      for (const [i, index] of again.entries()) sequence.splice((index * 7 + i * 3) % (sequence.length + 1), 0, index);
      const at = [...new Set([0, ...cuts.filter((cut) => cut < sequence.length), sequence.length])].sort(
        (a, b) => a - b,
      );
      return at.slice(1).map((to, i) => sequence.slice(at[i], to));
    });

export function describeRecordingOrder(name: string, open: OpenStore) {
  describe(`order of arrival on ${name}`, () => {
    let opened: OpenedStore;
    let term: number;
    let job: JobRow;
    let tick = 0;
    beforeAll(async () => {
      opened = await open();
      term = await opened.store.takeTerm("scheduler", "nonce");
      job = await opened.store.createJob(term, aNewJob());
      await opened.store.registerSession({ sessionId: "s1", info: aNodeInfo(), former: null, graceMs: 1000 });
    });
    afterAll(() => opened.close());

    const newRun = async () => {
      const run = aNewRun({ jobId: job.id, nominal: ++tick * 1000, dueAt: 60_000, scheduledFor: 60_000 });
      const { run: made } = await opened.store.createRun(term, run);
      const to = { ...toAssigned("s1"), nodeId: "node-1", nodeName: "web-1" };
      await opened.store.transition(term, [{ runId: made.id, ifState: ["planned"], ifFence: 0, to, at: 1 }]);
      return made.id;
    };
    /** What the ledger says of a run, without what makes it this run. */
    const said = async (runId: string) => {
      const { id: _id, ...run } = (await opened.store.getRun(runId)) as RunDetail;
      const output = await opened.store.readOutput(runId, null, 100);
      const text = output.map((chunk) => [chunk.attempt, chunk.position, new TextDecoder().decode(chunk.data)]);
      const notes = await opened.store.listAudit({ targetId: runId, limit: 10 });
      return { ...run, text, notes: notes.items.map((entry) => entry.action) };
    };

    it("makes no difference to one life of a run", async () => {
      const given = life.chain((lived) => {
        const count = eventsOf(reporter("", "s1"), lived).length;
        return fc.tuple(fc.constant(lived), delivery(count));
      });
      await fc.assert(
        fc.asyncProperty(given, async ([lived, batches]) => {
          const [inOrder, anyhow] = [await newRun(), await newRun()];
          const changes = await opened.store.record(eventsOf(reporter(inOrder, "s1"), lived));
          const events = eventsOf(reporter(anyhow, "s1"), lived);
          const finals = [];
          for (const batch of batches) {
            const made = await opened.store.record(batch.map((index) => events[index] as NodeEvent));
            finals.push(...made.filter((change) => change.to !== "running"));
          }
          const expected = await said(inOrder);
          expect(await said(anyhow)).toEqual({ ...expected, scheduledFor: 60_000 });
          expect(expected.notes).toEqual([]);
          expect(finals).toHaveLength(1);
          expect(finals[0]).toMatchObject({ to: changes.at(-1)?.to, reason: changes.at(-1)?.reason });
        }),
        { numRuns: 40, seed: 7 },
      );
    });

    it("makes no difference to a correction of what was lost", async () => {
      const given = life.chain((lived) =>
        fc.tuple(fc.constant(lived), delivery(eventsOf(reporter("", "s1"), lived).length), fc.nat(3)),
      );
      await fc.assert(
        fc.asyncProperty(given, async ([lived, batches, lostAfter]) => {
          const runId = await newRun();
          const events = eventsOf(reporter(runId, "s1"), lived);
          const reason = { code: "node_lost" as const, message: "gone" };
          const lost = { state: "lost" as const, reason, raiseFloor: false };
          let corrected = 0;
          for (const [i, batch] of [...batches, []].entries()) {
            if (i === Math.min(lostAfter, batches.length))
              await opened.store.transition(term, [
                { runId, ifState: ["assigned", "running"], ifFence: 1, to: lost, at: 65_000 },
              ]);
            const changes = await opened.store.record(batch.map((index) => events[index] as NodeEvent));
            corrected += changes.filter((change) => change.lateReport).length;
          }
          const run = await said(runId);
          const verdict = events.at(-1) as Extract<NodeEvent, { type: "finished" }>;
          expect(run).toMatchObject({ state: verdict.state, reason: verdict.reason, finishedAt: verdict.at });
          expect(run.notes).toEqual(run.lateReport ? ["run.late_report"] : []);
          expect(corrected).toBe(run.lateReport ? 1 : 0);
        }),
        { numRuns: 40, seed: 11 },
      );
    });

    it("never goes back to a fence that was given up, however its events are mixed with the next one's", async () => {
      const given = life.chain((lived) => {
        const count = eventsOf(reporter("", "s1"), lived).length;
        return fc.tuple(fc.constant(lived), delivery(2 * count + 1));
      });
      await fc.assert(
        fc.asyncProperty(given, async ([lived, batches]) => {
          const runId = await newRun();
          await opened.store.record([reporter(runId, "s1").released()]);
          const to = { ...toAssigned("s2"), nodeId: "node-2", nodeName: "web-2" };
          await opened.store.transition(term, [{ runId, ifState: ["planned"], ifFence: 1, to, at: 1 }]);
          const old = reporter(runId, "s1", 1);
          const next = eventsOf(reporter(runId, "s2", 2), lived);
          const failed = eventsOf(old, { attempts: ["failed"], pieces: ["old"], end: "verdict" });
          const pool = [...next, ...next.map((_, i) => failed[i % failed.length]), old.released()] as NodeEvent[];
          for (const batch of batches) await opened.store.record(batch.map((index) => pool[index] as NodeEvent));
          const run = (await opened.store.getRun(runId)) as RunDetail;
          const verdict = next.at(-1) as Extract<NodeEvent, { type: "finished" }>;
          expect(run).toMatchObject({ state: verdict.state, fence: 2, floor: 2, sessionId: "s2", lateReport: false });
          expect(run.attempts.every((attempt) => attempt.fence === 2)).toBe(true);
        }),
        { numRuns: 40, seed: 13 },
      );
    });
  });
}
