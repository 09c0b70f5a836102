import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFrameReader, encodeFrame } from "../../../src/execute/warden/frames.ts";

describe("frames", () => {
  it("come out as they went in, however the pipe cuts them", () => {
    const frame = fc.record({
      id: fc.nat(),
      text: fc.string({ unit: "grapheme" }),
      body: fc.uint8Array({ maxLength: 300 }),
    });
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (frames, cuts) => {
          const bytes = Buffer.concat(frames.map(({ id, text, body }) => encodeFrame({ id, text }, body)));
          const got: object[] = [];
          const read = createFrameReader<{ id: number; text: string }>((header, body) =>
            got.push({ ...header, body: new Uint8Array(body) }),
          );
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const size = cuts[i % cuts.length]!;
            read(bytes.subarray(at, at + size));
            at += size;
          }
          expect(got).toEqual(frames);
        },
      ),
    );
  });
  it("that can't be frames are refused before anything is allocated for them", () => {
    const read = createFrameReader(() => {});
    expect(() => read(Buffer.from("ffffffff0000000000", "hex"))).toThrow(/expected a frame/);
    const other = createFrameReader(() => {});
    expect(() => other(Buffer.from("00000008000000ff00000000", "hex"))).toThrow(/expected a frame/);
  });
});
