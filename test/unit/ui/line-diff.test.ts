// What differs between two texts, line by line.
import { expect, test } from "vitest";
import { diffLines } from "../../../src/ui/lib/line-diff.ts";

const shown = (before: string, after: string) =>
  diffLines(before, after).map(({ kind, text }) => ({ same: " ", plus: "+", minus: "-", gap: "…" })[kind] + text);

test("texts that are the same have no lines", () => {
  expect(diffLines("a\nb\n", "a\nb")).toEqual([]);
});

test("what went comes before what came, between the lines that stayed", () => {
  expect(shown("a\nb\nc", "a\nx\nc\nd")).toEqual([" a", "-b", "+x", " c", "+d"]);
  expect(shown("", "a")).toEqual(["-", "+a"]);
});

test("lines far from any change are left out, those near it stay", () => {
  const many = Array.from({ length: 20 }, (_, i) => `line ${i}`);
  const changed = many.with(10, "other");
  expect(shown(many.join("\n"), changed.join("\n"))).toEqual([
    "…",
    " line 7",
    " line 8",
    " line 9",
    "-line 10",
    "+other",
    " line 11",
    " line 12",
    " line 13",
    "…",
  ]);
});
