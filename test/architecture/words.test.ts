// The project speaks of itself alone: nothing in it depends on where or how it was made.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root, trackedFiles } from "../support/repository.ts";

/** Words that only make sense at one workplace. The brackets keep this file from holding them itself. */
const foreign: [what: string, pattern: RegExp][] = [
  ["a package registry", /[r]egistry\.npm|[n]pmmirror\.|[v]erdaccio|[a]rtifactory|\b[n]exus3?\b/i],
  ["a path of a workplace", /(^|[\s"'`(=:])\/(?:[w]ork|[h]ome|[U]sers)\/[a-z]/],
  ["a folder beside the project", /(^|[\s"'`(/])[s]hared\//],
  // Not every #2 is one: MON#2 is a Monday.
  [
    "the number of an issue",
    /\((?:#|GH-)\d{2,}\)|\b(?:fix(?:es|ed)?|clos(?:es|ed)|see|refs?|PR) (?:#|GH-)\d+\b|\bissues?[ /:#]+\d+\b/i,
  ],
];

const isBinary = (content: Buffer) => content.subarray(0, 8000).includes(0);

function findings(name: string, text: string): string[] {
  return text
    .split("\n")
    .flatMap((line, i) =>
      foreign.filter(([, pattern]) => pattern.test(line)).map(([what]) => `${name}:${i + 1}: ${what}: ${line.trim()}`),
    );
}

test("no tracked file speaks of the place it was made in", () => {
  const found = trackedFiles().flatMap((file) => {
    let content: Buffer;
    try {
      content = readFileSync(join(root, file));
    } catch {
      return []; // Deleted in the working tree and not committed yet.
    }
    return isBinary(content) ? [] : findings(file, content.toString("utf8"));
  });
  expect(found).toEqual([]);
});

test.each([
  `"resolved": "https://${"registry"}.npmjs.org/got"`,
  `see /${"work"}/main`,
  `../${"shar"}ed/design.md`,
  `fixed (${"#"}12)`,
  `issue${" "}12`,
])("such a line is found: %s", (line) => expect(findings("a.md", line)).toHaveLength(1));

test.each(["MON#2, the second Monday", "# 1. Heading", "SQL shared by the stores", "it works/runs"])(
  "an innocent line is not: %s",
  (line) => expect(findings("a.md", line)).toEqual([]),
);
