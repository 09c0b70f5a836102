// Recording: what nodes report, by fence and floor, whatever the order and however often it arrives.
import { describe, expect, it } from "vitest";
import type { RunDetail } from "../../../src/store/store.ts";
import type { anEffectiveJob } from "../../support/store-fixtures.ts";
import { aNodeInfo, reporter } from "./reports.ts";
import { type OpenStore, setScene, toAssigned } from "./scene.ts";

export function describeRecording(name: string, open: OpenStore) {
  describe(`recording on ${name}`, () => {
    const scene = setScene(open);
    const reason = { code: "exit_code" as const, message: "exit code 1" };
    const assigned = async (job: Parameters<typeof anEffectiveJob>[0] = {}) => {
      const row = await scene.makeJob({ job });
      const [run] = await scene.plan(row, [{ nominal: 60_000 }]);
      await scene.assign(run!.id);
      return { jobId: row.id, runId: run!.id, node: reporter(run!.id) };
    };
    const read = async (runId: string) => (await scene.store.getRun(runId)) as RunDetail;
    const step = (runId: string, ifFence: number, to: Parameters<typeof scene.store.transition>[1][number]["to"]) =>
      scene.store.transition(scene.term, [
        { runId, ifState: ["planned", "assigned", "running"], ifFence, to, at: 90_000 },
      ]);
    const lose = (runId: string, fence = 1) =>
      step(runId, fence, { state: "lost", reason: { code: "node_lost", message: "gone" }, raiseFloor: false });
    const actions = async (runId: string) =>
      (await scene.store.listAudit({ targetId: runId, limit: 50 })).items.map((entry) => entry.action);

    it("follows a run from its start through a retry to its end", async () => {
      await scene.store.registerSession({ sessionId: "session-1", info: aNodeInfo(), former: null, graceMs: 30_000 });
      const { runId, jobId, node } = await assigned();
      expect(await scene.store.record([node.started()])).toMatchObject([
        { runId, jobId, from: "assigned", to: "running", startedAt: 60_010, attempt: 1, nodeName: "web-1" },
      ]);
      const failure = { outcome: "failed" as const, exitCode: 1, error: "boom", reason };
      expect(await scene.store.record([node.ended({ nextAttemptAt: 61_000, outcome: failure })])).toEqual([]);
      expect(await read(runId)).toMatchObject({ state: "running", attempt: 1, exitCode: 1 });
      const changes = await scene.store.record([
        node.started({ attempt: 2, at: 61_000 }),
        node.ended({ attempt: 2, at: 62_000, startedAt: 61_000 }),
        node.finished({ attempt: 2, at: 62_000, outputBytes: 5 }),
      ]);
      expect(changes).toMatchObject([
        { from: "running", to: "succeeded", attempt: 2, consecutiveFailures: 0, finishedAt: 62_000 },
      ]);
      expect(await read(runId)).toMatchObject({
        state: "succeeded",
        startedAt: 60_010,
        finishedAt: 62_000,
        attempt: 2,
        exitCode: 0,
        nodeId: "node-1",
        nodeName: "web-1",
        outputBytes: 5,
        lateReport: false,
        attempts: [
          { number: 1, fence: 1, startedAt: 60_010, finishedAt: 60_500, outcome: "failed", exitCode: 1, error: "boom" },
          { number: 2, fence: 1, startedAt: 61_000, finishedAt: 62_000, outcome: "succeeded", nodeName: "web-1" },
        ],
      });
      expect(await actions(runId)).toEqual([]);
    });

    it("accepts the end before the start, and fills in what the start says", async () => {
      const { runId, node } = await assigned();
      expect(await scene.store.record([node.finished()])).toMatchObject([{ from: "assigned", to: "succeeded" }]);
      expect(await scene.store.record([node.ended(), node.started()])).toEqual([]);
      expect(await read(runId)).toMatchObject({ state: "succeeded", startedAt: 60_010, attempt: 1, exitCode: 0 });
    });

    it("is idempotent: the same events again change and note nothing", async () => {
      const { runId, jobId, node } = await assigned();
      const events = [
        node.started(),
        node.output("hello"),
        node.ended({ outcome: { outcome: "failed", exitCode: 1 } }),
        node.finished({ state: "failed", reason }),
      ];
      await scene.store.record(events);
      const before = await read(runId);
      expect(await scene.store.record([...events, ...events])).toEqual([]);
      expect(await read(runId)).toEqual(before);
      expect(await scene.store.getJob(jobId)).toMatchObject({ consecutiveFailures: 1, lastRun: { id: runId } });
      expect(await scene.store.readOutput(runId, null, 10)).toHaveLength(1);
      expect(await actions(runId)).toEqual([]);
    });

    it("hears a claim that won against a move: an issued fence is not yet in force", async () => {
      const { runId, node } = await assigned();
      await step(runId, 1, toAssigned("session-2"));
      expect(await scene.store.record([node.started()])).toMatchObject([{ to: "running", sessionId: "session-1" }]);
      expect(await scene.store.record([node.finished()])).toMatchObject([{ to: "succeeded", sessionId: "session-1" }]);
      expect(await read(runId)).toMatchObject({ fence: 2, sessionId: "session-1" });
    });

    it("keeps what comes under an old fence as one note of its kind, never over the state", async () => {
      const { runId, node } = await assigned();
      await step(runId, 1, { ...toAssigned("session-2"), raiseFloor: true });
      const old = [node.started(), node.finished({ state: "failed", reason })];
      expect(await scene.store.record([...old, ...old])).toEqual([]);
      expect(await scene.store.record(old)).toEqual([]);
      expect(await read(runId)).toMatchObject({ state: "assigned", sessionId: "session-2", attempts: [] });
      expect((await actions(runId)).sort()).toEqual(["run.note", "run.note"]);
      const next = reporter(runId, "session-2", 2);
      expect(await scene.store.record([next.started(), next.finished()])).toMatchObject([
        { to: "running", fence: 2 },
        { to: "succeeded" },
      ]);
    });

    it("hears an older fence no more once a later one has started", async () => {
      const { runId, node } = await assigned();
      await step(runId, 1, toAssigned("session-2"));
      await scene.store.record([reporter(runId, "session-2", 2).started()]);
      expect(await scene.store.record([node.finished({ state: "failed", reason })])).toEqual([]);
      expect(await read(runId)).toMatchObject({ state: "running", sessionId: "session-2" });
      expect(await actions(runId)).toEqual(["run.note"]);
    });

    it("notes a fence that was never issued, and a run that does not exist", async () => {
      const { runId } = await assigned();
      expect(await scene.store.record([reporter(runId, "session-1", 7).finished()])).toEqual([]);
      expect(await scene.store.record([reporter("nobody").finished(), reporter("nobody").finished()])).toEqual([]);
      expect(await read(runId)).toMatchObject({ state: "assigned" });
      expect(await actions(runId)).toEqual(["run.note"]);
      expect(await actions("nobody")).toEqual(["run.note"]);
    });

    it("lets the first final state win: a cancel that came after a success", async () => {
      const { runId, node } = await assigned();
      await scene.store.record([node.started(), node.finished()]);
      expect(await scene.store.requestCancel(runId, 61_000, "ann")).toMatchObject({ state: "succeeded" });
      const late = { code: "cancelled_by_user" as const, message: "stopped" };
      expect(await scene.store.record([node.finished({ state: "cancelled", reason: late })])).toEqual([]);
      expect(await read(runId)).toMatchObject({ state: "succeeded", reason: null, cancelRequested: false });
    });

    it("lets the first final state win: a success that came after a cancel", async () => {
      const { runId, node } = await assigned();
      await scene.store.requestCancel(runId, 60_000, "ann");
      const why = { code: "cancelled_by_user" as const, message: "stopped" };
      await scene.store.record([node.started(), node.finished({ state: "cancelled", reason: why })]);
      expect(await scene.store.record([node.finished()])).toEqual([]);
      expect(await read(runId)).toMatchObject({ state: "cancelled", reason: why });
      expect(await actions(runId)).toEqual(["run.note"]);
    });

    it("keeps a success that beat the cancel's way to the node", async () => {
      const { runId, node } = await assigned();
      await scene.store.record([node.started()]);
      await scene.store.requestCancel(runId, 60_200, "ann");
      expect(await scene.store.record([node.finished()])).toMatchObject([{ to: "succeeded", reason: null }]);
      expect(await read(runId)).toMatchObject({ state: "succeeded", cancelRequested: true });
    });

    it("records a verdict without a start: skipped by the node's gate", async () => {
      const { runId, jobId, node } = await assigned();
      const why = { code: "overlap" as const, message: "run r0 is in the way" };
      const skipped = node.finished({ state: "skipped", reason: why, attempt: 0 });
      expect(await scene.store.record([skipped])).toMatchObject([
        { from: "assigned", to: "skipped", reason: why, startedAt: null, consecutiveFailures: null },
      ]);
      expect(await scene.store.getJob(jobId)).toMatchObject({ consecutiveFailures: 0, lastRun: null });
      expect(await read(runId)).toMatchObject({ attempt: 0, startedAt: null, attempts: [] });
    });

    describe("a run that was lost", () => {
      it("is corrected once by a late report under the fence that was lost", async () => {
        const { runId, jobId, node } = await assigned();
        await scene.store.record([node.started()]);
        expect(await lose(runId)).toMatchObject([{ to: "lost", consecutiveFailures: 1 }]);
        expect(await read(runId)).toMatchObject({ attempts: [{ outcome: "lost", finishedAt: 90_000 }] });
        const late = [node.ended({ at: 99_000 }), node.finished({ at: 99_000 })];
        expect(await scene.store.record(late)).toMatchObject([
          { from: "lost", to: "succeeded", lateReport: true, consecutiveFailures: 0, finishedAt: 99_000 },
        ]);
        expect(await scene.store.record(late)).toEqual([]);
        expect(await scene.store.record([node.finished({ state: "failed", reason })])).toEqual([]);
        expect(await read(runId)).toMatchObject({ state: "succeeded", lateReport: true, reason: null, exitCode: 0 });
        expect(await read(runId)).toMatchObject({ attempts: [{ outcome: "succeeded", finishedAt: 99_000 }] });
        expect(await scene.store.getJob(jobId)).toMatchObject({ consecutiveFailures: 0, lastSuccessAt: 99_000 });
        expect((await actions(runId)).sort()).toEqual(["run.late_report", "run.note"]);
      });

      it("keeps counting the failures around it when the correction comes", async () => {
        const job = await scene.makeJob();
        const runs = await scene.plan(
          job,
          [1, 2, 3].map((i) => ({ nominal: i * 60_000 })),
        );
        for (const run of runs) await scene.assign(run.id);
        const [first, second, third] = runs.map((run) => reporter(run.id));
        await scene.store.record([first!.started(), first!.finished({ state: "failed", reason })]);
        await scene.store.record([second!.started()]);
        await lose(runs[1]!.id);
        const last = [third!.started(), third!.finished({ state: "failed", reason, at: 200_000 })];
        expect((await scene.store.record(last)).at(-1)).toMatchObject({ consecutiveFailures: 3 });
        expect(await scene.store.record([second!.finished({ at: 150_000 })])).toMatchObject([
          { consecutiveFailures: 1 },
        ]);
        expect(await scene.store.getJob(job.id)).toMatchObject({ consecutiveFailures: 1, lastSuccessAt: 150_000 });
      });

      it("is not corrected under a fence that was given up", async () => {
        const { runId, node } = await assigned();
        await scene.store.record([node.started()]);
        await step(runId, 1, { ...toAssigned("session-2"), raiseFloor: true, rerun: true });
        await scene.store.record([reporter(runId, "session-2", 2).started({ attempt: 2 })]);
        await lose(runId, 2);
        expect(await scene.store.record([node.finished()])).toEqual([]);
        expect(await read(runId)).toMatchObject({ state: "lost", sessionId: "session-2", lateReport: false });
        expect(await scene.store.record([reporter(runId, "session-2", 2).finished({ attempt: 2 })])).toMatchObject([
          { from: "lost", to: "succeeded" },
        ]);
      });
    });

    describe("a claim given up before the spawn", () => {
      it("makes the run planned again, and its fence is heard no more", async () => {
        const { runId, node } = await assigned();
        expect(await scene.store.record([node.released()])).toMatchObject([
          { from: "assigned", to: "planned", sessionId: null, nodeId: null },
        ]);
        expect(await scene.store.record([node.released(), node.started()])).toEqual([]);
        expect(await scene.store.openRunsByIds([runId])).toMatchObject([
          { state: "planned", floor: 2, fence: 1, sessionId: null, reruns: 0, parked: null },
        ]);
        expect(await scene.assign(runId, "session-2")).toMatchObject([{ to: "assigned", fence: 2 }]);
      });

      it("cancels the run when that was asked for", async () => {
        const { runId, node } = await assigned();
        await scene.store.requestCancel(runId, 60_000, "ann");
        expect(await scene.store.record([node.released()])).toMatchObject([
          { from: "assigned", to: "cancelled", reason: { code: "cancelled_by_user" } },
        ]);
        expect(await read(runId)).toMatchObject({ state: "cancelled", finishedAt: 60_020 });
      });

      it("is judged as an interruption when a start was reported under that fence", async () => {
        const { runId, node } = await assigned();
        await scene.store.record([node.started(), node.released()]);
        expect(await read(runId)).toMatchObject({ state: "lost", reason: { code: "node_lost" } });
      });
    });

    describe("a started copy that ended without a verdict", () => {
      it("is lost when the job says fail", async () => {
        const { runId, jobId, node } = await assigned({ onNodeLoss: "fail" });
        await scene.store.record([node.started()]);
        expect(await scene.store.record([node.interrupted()])).toMatchObject([
          { from: "running", to: "lost", reason: { code: "node_lost" }, consecutiveFailures: 1 },
        ]);
        expect(await scene.store.record([node.interrupted()])).toEqual([]);
        expect(await read(runId)).toMatchObject({ attempts: [{ outcome: "interrupted", error: "trust ended" }] });
        expect(await scene.store.getJob(jobId)).toMatchObject({ consecutiveFailures: 1 });
      });

      it("is run again as often as the job says, then lost", async () => {
        const { runId, node } = await assigned({ onNodeLoss: "rerun", maxReruns: 1 });
        expect(await scene.store.record([node.started(), node.interrupted()])).toMatchObject([
          { to: "running" },
          { from: "running", to: "planned" },
        ]);
        expect(await scene.store.openRunsByIds([runId])).toMatchObject([{ floor: 2, reruns: 1, attempt: 1 }]);
        // Sent again, because the answer got lost: known, and nothing to note.
        expect(await scene.store.record([node.started(), node.interrupted()])).toEqual([]);
        await scene.assign(runId, "session-2");
        const next = reporter(runId, "session-2", 2);
        await scene.store.record([next.started({ attempt: 2 }), next.interrupted({ attempt: 2 })]);
        expect(await read(runId)).toMatchObject({ state: "lost", reruns: 1, attempt: 2, startedAt: 60_010 });
        expect(await actions(runId)).toEqual([]);
      });

      it("is cancelled when that was asked for, and never run again", async () => {
        const { runId, node } = await assigned({ onNodeLoss: "rerun" });
        await scene.store.record([node.started()]);
        await scene.store.requestCancel(runId, 60_000, "ann");
        expect(await scene.store.record([node.interrupted()])).toMatchObject([
          { to: "cancelled", reason: { code: "node_lost" } },
        ]);
      });
    });

    it("records hundreds of events of many runs and jobs at once", async () => {
      const jobs = [await scene.makeJob(), await scene.makeJob(), await scene.makeJob()];
      const reporters = [];
      for (const job of jobs) {
        const runs = await scene.plan(
          job,
          Array.from({ length: 130 }, (_, i) => ({ nominal: (i + 1) * 60_000 })),
        );
        const at = { ifState: ["planned" as const], ifFence: 0, to: toAssigned(), at: 1 };
        await scene.store.transition(
          scene.term,
          runs.map((run) => ({ runId: run.id, ...at })),
        );
        reporters.push(...runs.map((run) => reporter(run.id)));
      }
      const events = reporters.flatMap((node) => [
        node.started(),
        node.output("x"),
        node.ended(),
        node.finished({ state: "failed", reason }),
      ]);
      const changes = await scene.store.record(events);
      expect(changes).toHaveLength(2 * 390);
      expect(await scene.store.getJob(jobs[0]!.id)).toMatchObject({ consecutiveFailures: 130, running: 0 });
      const page = await scene.store.listRuns({ state: ["failed"], limit: 500, now: 1e9 });
      expect(page.items).toHaveLength(390);
    });
  });
}
