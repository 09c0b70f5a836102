// Output: pieces in the order in which the node wrote them, each once, read on from a position or from the end.
import { describe, expect, it } from "vitest";
import { reporter } from "./reports.ts";
import { type OpenStore, setScene, toAssigned } from "./scene.ts";

export function describeOutput(name: string, open: OpenStore) {
  describe(`output on ${name}`, () => {
    const scene = setScene(open);
    const text = (chunks: { data: Uint8Array }[]) => chunks.map(({ data }) => new TextDecoder().decode(data)).join("");
    const setUp = async () => {
      const [run] = await scene.plan(await scene.makeJob(), [{ nominal: 60_000 }]);
      await scene.assign(run!.id);
      return { runId: run!.id, node: reporter(run!.id) };
    };

    it("gives the pieces in order, whenever and however often they came", async () => {
      const { runId, node } = await setUp();
      const [a, b, c] = [
        node.output("one ", { seq: 0 }),
        node.output("two ", { seq: 1, offset: 4, stream: "stderr" }),
        node.output("three", { seq: 2, offset: 20, gapBytes: 12 }),
      ];
      await scene.store.record([node.started(), c, a]);
      await scene.store.record([a, b, c]);
      const chunks = await scene.store.readOutput(runId, null, 10);
      expect(text(chunks)).toBe("one two three");
      expect(chunks[2]).toMatchObject({ attempt: 1, stream: "stdout", offset: 20, gapBytes: 12, at: 60_100 });
      expect(await scene.store.getRun(runId)).toMatchObject({ outputBytes: 25, outputTruncated: true });
      expect(text(await scene.store.readOutput(runId, null, 10, "stderr"))).toBe("two ");
    });

    it("resumes after a position, which grows over the attempts of a run", async () => {
      const { runId, node } = await setUp();
      await scene.store.record([node.output("a1", { seq: 0 }), node.output("b1", { seq: 1 })]);
      await scene.store.record([node.output("a2", { attempt: 2, seq: 0 })]);
      const [first, ...rest] = await scene.store.readOutput(runId, null, 10);
      expect(await scene.store.readOutput(runId, first!.position, 10)).toEqual(rest);
      expect(text(await scene.store.readOutput(runId, null, 2))).toBe("a1b1");
      expect(await scene.store.readOutput(runId, rest.at(-1)!.position, 10)).toEqual([]);
    });

    it("says what the node says of the whole once the run is over, also when pieces come later", async () => {
      const { runId, node } = await setUp();
      const late = node.output("last words");
      await scene.store.record([node.started(), node.finished({ outputBytes: 10, outputTruncated: true })]);
      await scene.store.record([late]);
      expect(await scene.store.getRun(runId)).toMatchObject({ outputBytes: 10, outputTruncated: true });
      expect(text(await scene.store.readOutput(runId, null, 10))).toBe("last words");
    });

    it("keeps the output of an attempt that was interrupted, and none that comes under its fence later", async () => {
      const { runId, node } = await setUp();
      await scene.store.record([node.started(), node.output("before ")]);
      const to = { ...toAssigned("session-2"), raiseFloor: true };
      await scene.store.transition(scene.term, [{ runId, ifState: ["running"], ifFence: 1, to, at: 1 }]);
      const next = reporter(runId, "session-2", 2);
      await scene.store.record([node.output("late", { seq: 1 }), next.output("after", { attempt: 2 })]);
      expect(text(await scene.store.readOutput(runId, null, 10))).toBe("before after");
    });

    it("reads no more from the end than it must", async () => {
      const { runId, node } = await setUp();
      const pieces = Array.from({ length: 50 }, (_, seq) =>
        node.output(`${String(seq).padStart(3, "0")}\n`, { seq, stream: seq % 2 === 0 ? "stdout" : "stderr" }),
      );
      await scene.store.record(pieces);
      expect(text(await scene.store.tailOutput(runId, 8))).toBe("048\n049\n");
      expect(text(await scene.store.tailOutput(runId, 5))).toBe("048\n049\n");
      expect(text(await scene.store.tailOutput(runId, 8, "stdout"))).toBe("046\n048\n");
      expect(await scene.store.tailOutput(runId, 100_000)).toHaveLength(50);
      expect(await scene.store.tailOutput(runId, 0)).toEqual([]);
      expect(await scene.store.tailOutput("unknown", 10)).toEqual([]);
    });
  });
}
