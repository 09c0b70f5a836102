import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diff } from "../../../src/lib/diff.ts";
import { formatDuration, parseDuration } from "../../../src/lib/duration.ts";
import { mergePatch } from "../../../src/lib/merge-patch.ts";
import { nearest } from "../../../src/lib/nearest.ts";
import { formatSize, parseSize } from "../../../src/lib/size.ts";

describe("durations", () => {
  it.each([
    ["500ms", 500],
    ["30s", 30_000],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["7d", 604_800_000],
    ["0s", 0],
    [" 1.5h ", 5_400_000],
  ])("%s", (text, ms) => expect(parseDuration(text)).toBe(ms));
  it.each([
    ["30", /a unit is missing: 30s\?/],
    ["", /expected a duration such as 30s.*got ""/],
    ["5 m", /got "5 m"/],
    ["-5m", /got "-5m"/],
    ["five", /got "five"/],
    ["99999999999d", /at most 100 years/],
  ])("%j is refused in words", (text, message) => expect(() => parseDuration(text)).toThrow(message));
  it("come back as they went, and never as nothing", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 * 365 * 86_400_000 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
    expect(formatDuration(5_400_000)).toBe("1h30m");
    expect(formatDuration(0.4)).toBe("0s");
  });
});

describe("sizes", () => {
  it.each([
    ["1MiB", 1024 ** 2],
    ["64KiB", 65_536],
    ["500kB", 500_000],
    ["1024", 1024],
    ["1.5 GiB", 1.5 * 1024 ** 3],
  ])("%s", (text, bytes) => expect(parseSize(text)).toBe(bytes));
  it.each([
    [1024 ** 2, "1MiB"],
    [65_536, "64KiB"],
    [1.5 * 1024 ** 3, "1536MiB"],
    [500_000, "500000"],
    [0, "0"],
  ])("%d bytes are written %s", (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
    expect(parseSize(text)).toBe(bytes);
  });
  it.each(["", "MiB", "1TiBs", "-1kB"])("%j is refused", (text) =>
    expect(() => parseSize(text)).toThrow(/expected a size/),
  );
});

describe("the nearest word", () => {
  it.each([
    ["timeuot", ["timeout", "title"], "timeout"],
    ["Retry", ["retry", "tags"], "retry"],
    ["port", ["server.port", "role"], "server.port"],
    ["zzzzzz", ["timeout", "title"], null],
    ["x", [], null],
  ])("to %s", (word, known, found) => expect(nearest(word, known)).toBe(found));
});

describe("merge patch", () => {
  // The examples of RFC 7396, appendix A.
  it.each<[unknown, unknown, unknown]>([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ a: "foo" }, "bar", "bar"],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("%j with %j is %j", (target, patch, result) => {
    const before = structuredClone(target);
    expect(mergePatch(target, patch)).toEqual(result);
    expect(target).toEqual(before);
  });
});

describe("differences", () => {
  it("are told path by path, whatever the order of keys", () => {
    expect(diff({ a: 1, b: { c: 2, d: [1] }, e: 5 }, { e: 5, b: { d: [2], c: 2 }, f: null })).toEqual([
      { path: "a", before: 1, after: undefined },
      { path: "b.d", before: [1], after: [2] },
      { path: "f", before: undefined, after: null },
    ]);
  });
  it("there are none exactly when the values are equal", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(diff(a, structuredClone(a))).toEqual([]);
        if (JSON.stringify(a) !== JSON.stringify(b) && diff(a, b).length === 0) expect(a).toEqual(b);
      }),
    );
  });
});
