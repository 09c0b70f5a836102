// The job editor's document: places in it, what differs, and three made into one.
import { describe, expect, it, test } from "vitest";
import { readYaml } from "../../../src/ui/lib/yaml.ts";
import {
  differences,
  divergences,
  merged,
  pathText,
  setIn,
  withTaskPart,
} from "../../../src/ui/pages/job-editor/document.ts";
import { fieldOf } from "../../../src/ui/pages/job-editor/sections.ts";

test("what is cleared takes with it what is empty by that, and nothing else", () => {
  const doc = { retry: { limit: 2 }, place: { labels: {} }, tags: [] };
  expect(setIn(doc, ["retry", "limit"], undefined)).toEqual({ place: { labels: {} }, tags: [] });
  expect(setIn(doc, ["retry", "delay"], "1m")).toEqual({ ...doc, retry: { limit: 2, delay: "1m" } });
  expect(setIn({ retry: "none" }, ["retry", "limit"], 1)).toEqual({ retry: { limit: 1 } });
  expect(doc).toEqual({ retry: { limit: 2 }, place: { labels: {} }, tags: [] });
});

test("a task is written short as long as it says nothing but what to run", () => {
  expect(withTaskPart({ cmd: "date" }, "cmd", "cwd", "/tmp")).toEqual({ command: "date", cwd: "/tmp" });
  expect(withTaskPart({ cmd: { command: ["a", "b"], cwd: "/tmp" } }, "cmd", "cwd", undefined)).toEqual(["a", "b"]);
  expect(withTaskPart({ http: "http://a/" }, "http", "url", "http://b/")).toBe("http://b/");
});

describe("two people's changes", () => {
  const base = { name: "a", priority: 5, cmd: { command: "x", env: { A: "1" } }, tags: ["t"], timeout: "1m" };
  const mine = { name: "a", priority: 8, cmd: { command: "x", env: { A: "2", B: "1" } }, tags: ["t"], timeout: "2m" };
  const theirs = { name: "a", priority: 5, cmd: "y", tags: ["t", "u"], timeout: "2m" };

  it("are told path by path; one of a whole and one of its part meet at the whole", () => {
    expect(divergences(base, mine, theirs).map(({ path, by }) => `${pathText(path)} ${by}`)).toEqual([
      "priority mine",
      "cmd both",
      "tags theirs",
    ]);
  });

  it("are merged as chosen where they clash, and all of them elsewhere", () => {
    const all = divergences(base, mine, theirs);
    expect(merged(theirs, all, () => true)).toEqual({ ...theirs, priority: 8, cmd: mine.cmd });
    expect(merged(theirs, all, () => false)).toEqual({ ...theirs, priority: 8 });
  });

  it("a key that one removed and the other left is removed", () => {
    const { timeout: _gone, ...without } = base;
    const all = divergences(base, without, { ...base, priority: 1 });
    const { timeout: _too, ...wanted } = { ...base, priority: 1 };
    expect(merged({ ...base, priority: 1 }, all, () => false)).toEqual(wanted);
    expect(differences(base, without)).toEqual([{ path: ["timeout"], before: "1m", after: undefined }]);
  });
});

test.each([
  ["cmd", "cmd.command"],
  ["cmd[1]", "cmd.command"],
  ["cmd.command[1]", "cmd.command"],
  ["cmd.env.PORT", "cmd.env"],
  ['cmd.env["a b"]', "cmd.env"],
  ["http", "http.url"],
  ["schedule[2]", "schedule"],
  ["retry", "retry"],
  ["retry.delay", "retry.delay"],
  ["retry.dely", null],
  ["cmd.shel", null],
  ["notify.channels", null],
  ["", null],
])("a problem at %s is told at the field %s", (path, field) => {
  expect(fieldOf(path)).toBe(field);
});

test("a line of YAML is found by its path, and what is no document says where", () => {
  const text =
    'name: a\nretry:\n  limit: 2\nschedule:\n  - "@daily"\n  - x\ncmd: { command: y, env: { "a.b": "1" } }\n';
  const { value, problem, lineOf } = readYaml(text);
  expect(problem).toBeNull();
  expect(value).toMatchObject({ retry: { limit: 2 }, cmd: { env: { "a.b": "1" } } });
  expect(["retry.limit", "schedule[1]", 'cmd.env["a.b"]', "retry.delay", ""].map(lineOf)).toEqual([3, 6, 7, 2, 1]);
  expect(readYaml("name: a\nname: b\n").problem?.line).toBe(2);
  expect(readYaml("name: a\n---\nname: b\n").problem?.message).toMatch(/several/);
  expect(readYaml("").value).toBeNull();
});
