import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readJobFile } from "../../../src/define/job-files.ts";

const read = (text: string) => {
  const { documents, errors } = readJobFile(text);
  return { documents: documents.map(({ document, line }) => ({ document, line })), errors };
};

describe("a file of jobs", () => {
  it("may hold one document", () => {
    expect(read("# mine\nname: a\nschedule: '@daily'\n")).toEqual({
      documents: [{ document: { name: "a", schedule: "@daily" }, line: 2 }],
      errors: [],
    });
  });
  it("a list", () => {
    expect(read("- name: a\n\n- name: b\n").documents).toEqual([
      { document: { name: "a" }, line: 1 },
      { document: { name: "b" }, line: 3 },
    ]);
  });
  it("jobs: [...]", () => {
    expect(read("jobs:\n  - name: a\n  - { name: b }\n").documents.map((each) => each.line)).toEqual([2, 3]);
  });
  it("several YAML documents, each in any of these forms", () => {
    expect(read("name: a\n---\n# nothing\n---\njobs: [{ name: b }]\n---\n- name: c\n").documents).toEqual([
      { document: { name: "a" }, line: 1 },
      { document: { name: "b" }, line: 5 },
      { document: { name: "c" }, line: 7 },
    ]);
  });
  it("JSON", () => {
    expect(read('{"jobs": [\n {"name": "a", "title": "\\u4efb\\ud83d\\ude00"}]}').documents).toEqual([
      { document: { name: "a", title: "任😀" }, line: 2 },
    ]);
  });
  it("with a byte order mark and Windows line ends", () => {
    expect(read("\uFEFFname: a\r\ntitle: b\r\n").documents).toEqual([{ document: { name: "a", title: "b" }, line: 1 }]);
  });
  it("with shared parts under keys that begin with x-", () => {
    const text =
      "x-common: &c\n  timeout: 5m\n  retry: &r { limit: 2 }\njobs:\n  - { <<: *c, name: a }\n  - { name: b, retry: *r }\n";
    expect(read(text)).toEqual({
      documents: [
        { document: { name: "a", timeout: "5m", retry: { limit: 2 } }, line: 5 },
        { document: { name: "b", retry: { limit: 2 } }, line: 6 },
      ],
      errors: [],
    });
  });
  it("instants and leading zeros stay the text that they are", () => {
    expect(read("name: a\nstartAt: 2026-12-01T08:00:00+08:00\n").documents[0]?.document).toEqual({
      name: "a",
      startAt: "2026-12-01T08:00:00+08:00",
    });
  });
  it("an empty list of jobs is none, on purpose", () => {
    for (const text of ["jobs: []", "[]"]) expect(read(text)).toEqual({ documents: [], errors: [] });
  });
});

describe("what is wrong with a file is said with line and column", () => {
  it.each<[string, string, number, RegExp]>([
    ["a key twice", "name: a\nname: b\n", 2, /unique/],
    ["a bracket left open", "name: a\ntags: [x\n", 3, /flow/i],
    ["a tab", "a:\n\t- b\n", 2, /tab/i],
    ["an unknown tag", "name: !!foo a\n", 1, /tag/i],
    ["an alias to nothing", "name: *x\n", 1, /alias/i],
    ["nothing", "# only a comment\n", 1, /empty file/],
    ["a text", "just words\n", 1, /expected a job document, a list of them, or jobs/],
    ["jobs that is no list", "jobs:\n  name: a\n", 2, /expected a list/],
    ["something beside jobs", "jobs: []\ntimeout: 5m\n", 2, /got timeout; keys for anchors begin with x-/],
    ["too much", "#".repeat(17 * 1024 * 1024), 1, /at most/],
  ])("%s", (_, text, line, message) => {
    const { errors } = read(text);
    expect(errors).toEqual([{ line, column: expect.any(Number), message: expect.stringMatching(message) }]);
  });

  it("aliases that multiply are refused before they fill the memory", () => {
    const lines = ["x-0: &x0 [a,a,a,a,a,a,a,a,a,a]"];
    for (let i = 1; i < 12; i++)
      lines.push(
        `x-${i}: &x${i} [${Array(10)
          .fill(`*x${i - 1}`)
          .join(",")}]`,
      );
    expect(read(`${lines.join("\n")}\njobs: [*x11]`).errors).toEqual([
      { line: 1, column: 1, message: expect.stringMatching(/alias/i) },
    ]);
  });
  it("many jobs may share one anchor", () => {
    const jobs = Array.from({ length: 2000 }, (_, i) => `- { <<: *c, name: j${i} }`).join("\n  ");
    expect(read(`x-c: &c { timeout: 5m }\njobs:\n  ${jobs}`).errors).toEqual([]);
  });
});

it("a problem's path leads to its line", () => {
  const [document] = readJobFile(
    [
      "jobs:",
      "  - name: a",
      "    schedule:",
      '      - "@daily"',
      "      - x",
      "    retry:",
      "      limit: -1",
      '    cmd: { env: { "a.b": 1 } }',
    ].join("\n"),
  ).documents;
  const at = (path: string) => document?.positionOf(path);
  expect(at("")).toEqual({ line: 2, column: 5 });
  expect(at("schedule[1]")).toEqual({ line: 5, column: 9 });
  expect(at("retry.limit")).toEqual({ line: 7, column: 7 });
  expect(at('cmd.env["a.b"]')).toEqual({ line: 8, column: 19 });
  // What isn't written is looked for where it would stand.
  expect(at("retry.delay")).toEqual({ line: 6, column: 5 });
  expect(at("timeout")).toEqual({ line: 2, column: 5 });
});

it("never throws, whatever the text", () => {
  const yaml = fc.string({
    unit: fc.constantFrom(
      "a",
      ":",
      " ",
      "-",
      "\n",
      "[",
      "]",
      "{",
      "}",
      "&",
      "*",
      "!",
      "|",
      ">",
      "'",
      '"',
      "#",
      "<",
      "\t",
      "?",
      "%",
      ",",
      "0",
      "jobs",
      "name",
    ),
    maxLength: 60,
  });
  fc.assert(
    fc.property(fc.oneof(yaml, fc.string(), fc.json()), (text) => {
      for (const each of readJobFile(text).documents) expect(each.positionOf("retry.delay").line).toBeGreaterThan(0);
    }),
    { numRuns: 3000 },
  );
});
