// The window over an attempt's output: head and tail, the gap between, a slow reader, little memory.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OutputPiece } from "../../../src/execute/executor.ts";
import { OutputWindow } from "../../../src/execute/output-window.ts";

function openWindow(maxBytes: number, memoryLeft = 1_000_000) {
  const pieces: OutputPiece[] = [];
  const memory = { left: memoryLeft };
  const reader = { isBusy: false };
  const window = new OutputWindow({
    maxBytes,
    memory,
    canForward: () => !reader.isBusy,
    forward: (piece) => void pieces.push(piece),
  });
  const text = () => pieces.map(({ data }) => Buffer.from(data).toString("latin1")).join("");
  return { window, pieces, memory, reader, text };
}

describe("OutputWindow", () => {
  it("forwards the head as it comes and the tail at the end, with the gap's size", () => {
    const { window, pieces, text } = openWindow(10);
    window.push("stdout", Buffer.from("abc"));
    window.flush();
    expect(text()).toBe("abc");
    window.push("stdout", Buffer.from("defghijklmnop"));
    window.finish();
    expect(text()).toBe("abcdelmnop");
    expect(pieces.at(-1)).toMatchObject({ offset: 11, gapBytes: 6 });
    expect([window.totalBytes, window.truncated]).toEqual([16, true]);
  });
  it("loses nothing while all fits, and keeps streams in order", () => {
    const { window, pieces } = openWindow(1000);
    for (const [stream, word] of [
      ["stdout", "a"],
      ["stderr", "b"],
      ["stderr", "c"],
      ["stdout", "d"],
    ] as const)
      window.push(stream, Buffer.from(word));
    window.finish();
    expect(pieces.map(({ stream, data }) => `${stream} ${Buffer.from(data)}`)).toEqual([
      "stdout a",
      "stderr bc",
      "stdout d",
    ]);
  });
  it("keeps the newest for a busy reader and goes on when it reads again", () => {
    const { window, reader, text } = openWindow(20);
    reader.isBusy = true;
    window.push("stdout", Buffer.from("0123456789abcdefghij"));
    window.flush();
    expect(text()).toBe("");
    reader.isBusy = false;
    window.push("stdout", Buffer.from("k"));
    window.flush();
    window.finish();
    expect(text()).toBe("abcdefghijk");
  });
  it("keeps a shorter tail when memory is short, and gives back what it took", () => {
    const { window, memory, reader, text } = openWindow(1_000_000, 20_000);
    reader.isBusy = true;
    window.push("stdout", Buffer.alloc(400_000, "x"));
    expect(memory.left).toBeLessThanOrEqual(4_000);
    window.finish();
    expect(memory.left).toBe(20_000);
    expect(text().length).toBe(16_384);
  });
  it("holds few objects when streams alternate", () => {
    const { window, reader, pieces } = openWindow(1_000_000);
    reader.isBusy = true;
    for (let i = 0; i < 20_000; i++) window.push(i % 2 ? "stdout" : "stderr", Buffer.from("x"));
    window.finish();
    expect(pieces.length).toBeLessThanOrEqual(4096);
    expect(window.truncated).toBe(true);
  });
  it("always tells the truth about what is where", () => {
    const step = fc.oneof(
      fc.record({ push: fc.nat(60), stream: fc.constantFrom("stdout" as const, "stderr" as const) }),
      fc.constantFrom("flush", "busy", "free"),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.array(step, { maxLength: 60 }), (maxBytes, steps) => {
        const { window, pieces, reader } = openWindow(maxBytes);
        let written = "";
        for (const each of steps) {
          if (each === "flush") window.flush();
          else if (typeof each === "string") reader.isBusy = each === "busy";
          else {
            const data = Array.from({ length: each.push }, (_, i) =>
              String.fromCharCode(33 + ((written.length + i) % 90)),
            ).join("");
            written += data;
            window.push(each.stream, Buffer.from(data, "latin1"));
          }
        }
        window.finish();
        let at = 0;
        let kept = 0;
        for (const { offset, gapBytes, data } of pieces) {
          expect(offset).toBe(at + gapBytes);
          expect(Buffer.from(data).toString("latin1")).toBe(written.slice(offset, offset + data.length));
          at = offset + data.length;
          kept += data.length;
        }
        expect(at).toBe(written.length);
        expect(window.totalBytes).toBe(written.length);
        expect(kept).toBeLessThanOrEqual(Math.max(2, maxBytes));
        expect(window.truncated).toBe(kept < written.length);
      }),
    );
  });
});
