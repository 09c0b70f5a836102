// What is wrong with a job document: for every key of it at least one value that is refused, and what is said.
import { describe, expect, it } from "vitest";
import { nearest } from "../../../src/lib/nearest.ts";
import { parseJobDocument } from "../../../src/model/job-document.ts";
import { jobKeys } from "../../../src/model/job-schema.ts";

const errorsOf = (document: unknown) => {
  const result = parseJobDocument(document, { defaults: {}, nearest });
  return result.ok ? [] : result.errors;
};
const base = { name: "a", schedule: "@daily", cmd: "true" };
const http = { name: "a", schedule: "@daily", http: "https://example.com" };
const withHttp = (more: object) => ({ ...http, http: { url: "https://example.com", ...more } });
const withCmd = (more: object) => ({ ...base, cmd: { command: "true", ...more } });
const long = "x".repeat(200_000);

const mistakes: [document: unknown, path: string, message: string | RegExp][] = [
  [null, "", /expected a job document: an object with name, schedule, and cmd or http, got null/],
  [undefined, "", /expected a job document/],
  [[], "", /expected a job document.*got a list/],
  ["x", "", /expected a job document.*got "x"/],
  [{ ...base, name: undefined }, "name", /expected a name.*got nothing/],
  [{ ...base, name: "Clean Logs" }, "name", /lower-case letters.*got "Clean Logs"/],
  [{ ...base, name: "a".repeat(101) }, "name", /1 to 100/],
  [{ ...base, name: "01k9z3q8v7w6x5y4t3s2r1q0pn" }, "name", /looks like an id/],
  [{ ...base, name: 5 }, "name", /got the number 5/],
  [{ ...base, title: "x".repeat(201) }, "title", "expected at most 200 characters, got 201"],
  [{ ...base, description: 5 }, "description", "expected a text, got the number 5"],
  [{ ...base, owner: null }, "owner", "expected a text, got null"],
  [{ ...base, runbook: {} }, "runbook", "expected a text, got an object"],
  [{ ...base, tags: "a" }, "tags", 'expected a list of tags, got "a"'],
  [{ ...base, tags: ["a", "b", "a"] }, "tags[2]", '"a" stands twice'],
  [{ ...base, tags: ["a,b"] }, "tags[0]", /without commas/],
  [{ ...base, tags: Array.from({ length: 51 }, (_, i) => `t${i}`) }, "tags", "expected at most 50, got 51"],
  [{ ...base, enabled: "yes" }, "enabled", 'expected true or false, got "yes"'],
  [{ ...base, schedule: undefined }, "schedule", /expected a schedule such as.*got nothing/],
  [{ ...base, schedule: " " }, "schedule", /got only blanks/],
  [{ ...base, schedule: [] }, "schedule", /got an empty list/],
  [{ ...base, schedule: ["@daily", 5] }, "schedule[1]", /got the number 5/],
  [{ ...base, schedule: ["@daily", "@daily"] }, "schedule[1]", /stands twice/],
  [{ ...base, timezone: "" }, "timezone", /expected a time zone such as Europe\/Berlin/],
  [{ ...base, startAt: "2026-01-01T00:00:00" }, "startAt", /an instant with an offset/],
  [{ ...base, startAt: "2026-02-30T00:00:00Z" }, "startAt", /an instant with an offset/],
  [{ ...base, startAt: "2026-13-01T00:00:00Z" }, "startAt", /an instant with an offset/],
  [
    { ...base, startAt: "2026-01-02T00:00:00Z", endAt: "2026-01-02T00:00:00Z" },
    "endAt",
    /expected an instant after startAt/,
  ],
  [{ ...base, cmd: undefined }, "", "expected a cmd (a command) or an http (a request), got neither"],
  [{ ...base, http: "https://example.com" }, "http", "expected either cmd or http, got both"],
  [{ ...base, cmd: 5 }, "cmd", /expected a command: a text for the shell, a list.*got the number 5/],
  [{ ...base, cmd: "" }, "cmd", "expected a command, got an empty text"],
  [{ ...base, cmd: "a\0b" }, "cmd", /without NUL/],
  [{ ...base, cmd: [] }, "cmd", /got an empty list/],
  [{ ...base, cmd: ["", "a"] }, "cmd[0]", /expected a program/],
  [{ ...base, cmd: ["a", 1] }, "cmd[1]", "expected a text in quotes, got the number 1"],
  [{ ...base, cmd: {} }, "cmd.command", /got nothing/],
  [withCmd({ shell: "bash" }), "cmd.shell", /an absolute path of a shell, got "bash"/],
  [withCmd({ cwd: "~/x" }), "cmd.cwd", /an absolute path of a folder/],
  [withCmd({ env: { PORT: 8080 } }), "cmd.env.PORT", /in quotes.*got the number 8080/],
  [withCmd({ env: { "A=B": "1" } }), "cmd.env.A=B", /the name of an environment variable/],
  [withCmd({ env: { "a.b\0": "1" } }), 'cmd.env["a.b\\u0000"]', /the name of an environment variable/],
  [withCmd({ env: { DISTCRON_RUN_ID: "1" } }), "cmd.env.DISTCRON_RUN_ID", /set by DistCron itself/],
  [withCmd({ env: { A: "x\0" } }), "cmd.env.A", /without NUL/],
  [withCmd({ user: "ro ot" }), "cmd.user", /a user's name or number/],
  [withCmd({ stdin: 1 }), "cmd.stdin", /expected a text/],
  [withCmd({ expectExit: 0 }), "cmd.expectExit", /a list of exit codes such as \[0\]/],
  [withCmd({ expectExit: [256] }), "cmd.expectExit[0]", /from 0 to 255, got the number 256/],
  [{ ...http, http: "ftp://example.com" }, "http", /begins with http/],
  [{ ...http, http: "https://" }, "http", /expected a URL/],
  [withHttp({ url: "http://a b" }), "http.url", /expected a URL/],
  [withHttp({ url: undefined }), "http.url", /got nothing/],
  [withHttp({ method: "get" }), "http.method", /expected GET, HEAD, POST.*got "get"/],
  [withHttp({ body: "x" }), "http.body", /a GET request has no body: set method/],
  [withHttp({ headers: { "a b": "1" } }), 'http.headers["a b"]', /the name of an HTTP header/],
  [withHttp({ headers: { a: "1\r\nb: 2" } }), "http.headers.a", /line breaks/],
  [withHttp({ headers: { "DistCron-Run": "1" } }), "http.headers.DistCron-Run", /set by DistCron itself/],
  [withHttp({ headers: { a: "1", A: "2" } }), "http.headers.A", /stands twice/],
  [withHttp({ expectStatus: "2xx" }), "http.expectStatus", /a range such as 200-299, got "2xx"/],
  [withHttp({ expectStatus: "299-200" }), "http.expectStatus", /a range/],
  [withHttp({ expectStatus: [99] }), "http.expectStatus[0]", /from 100 to 599/],
  [withHttp({ expectBody: "(" }), "http.expectBody", /a regular expression, got "\(":/],
  [withHttp({ followRedirects: 1 }), "http.followRedirects", /true or false/],
  [withHttp({ insecureTls: "no" }), "http.insecureTls", /true or false/],
  [{ ...base, priority: 10 }, "priority", "expected a whole number from 0 to 9, got the number 10"],
  [{ ...base, priority: 1.5 }, "priority", "expected a whole number from 0 to 9, got the number 1.5"],
  [{ ...base, timeout: 30 }, "timeout", /expected a duration such as 30s.*or none, got the number 30/],
  [{ ...base, timeout: "30" }, "timeout", /a unit is missing/],
  [{ ...base, timeout: "0s" }, "timeout", "expected 1ms to 365d, got 0s"],
  [{ ...base, timeout: "5 minutes" }, "timeout", /got "5 minutes"/],
  [{ ...base, killGrace: "2h" }, "killGrace", "expected 0s to 1h, got 2h"],
  [{ ...base, killGrace: "none" }, "killGrace", /expected a duration/],
  [{ ...base, retry: 3 }, "retry", /an object such as \{ limit: 2, delay: 1m \}, or none, got the number 3/],
  [{ ...base, retry: { limit: -1 } }, "retry.limit", /from 0 to 100/],
  [{ ...base, retry: { delay: "8d" } }, "retry.delay", "expected 0s to 7d, got 8d"],
  [{ ...base, retry: { backoff: "expo" } }, "retry.backoff", /expected fixed, linear or exponential/],
  [{ ...base, retry: { delay: "1h", maxDelay: "1m" } }, "retry.maxDelay", /expected at least retry.delay \(1h\)/],
  [{ ...base, retry: { jitterRatio: 2 } }, "retry.jitterRatio", /from 0 to 1, got the number 2/],
  [{ ...base, overlap: "Skip" }, "overlap", 'expected skip, allow, queue or replace, got "Skip"'],
  [{ ...base, misfire: "skip" }, "misfire", /an object such as \{ policy: latest/],
  [{ ...base, misfire: { policy: "none" } }, "misfire.policy", /skip, latest or all/],
  [{ ...base, misfire: { within: "0s" } }, "misfire.within", "expected 1s to 365d, got 0s"],
  [{ ...base, jitter: "25h" }, "jitter", "expected 0s to 24h, got 25h"],
  [{ ...base, onNodeLoss: "retry" }, "onNodeLoss", /fail or rerun/],
  [{ ...base, maxReruns: 101 }, "maxReruns", /0 to 100/],
  [{ ...base, startDeadline: "0s" }, "startDeadline", "expected 1ms to 365d, got 0s"],
  [{ ...base, pauseAfter: 0 }, "pauseAfter", /from 1 to 10000/],
  [{ ...base, pauseAfter: "never" }, "pauseAfter", /or none, got "never"/],
  [{ ...base, place: {} }, "place", /exactly one of node, labels and every, got none/],
  [{ ...base, place: { node: "a", every: true } }, "place", /got node and every/],
  [{ ...base, place: { node: " " } }, "place.node", /a node's name or id, got only blanks/],
  [{ ...base, place: { every: false } }, "place.every", "expected true, got false"],
  [{ ...base, place: { labels: {} } }, "place.labels", /got an empty object/],
  [{ ...base, place: { labels: { "a b": "x" } } }, 'place.labels["a b"]', /a label's name/],
  [{ ...base, place: { labels: { a: 1 } } }, "place.labels.a", /in quotes/],
  [{ ...base, place: "web-1" }, "place", /an object with node, labels or every, or none/],
  [{ ...base, limit: { key: "db" } }, "limit.max", /from 1 to 10000, got nothing/],
  [{ ...base, limit: { key: "db", max: 0 } }, "limit.max", /from 1 to 10000/],
  [{ ...base, limit: { key: "a b", max: 1 } }, "limit.key", /without blanks/],
  [{ ...base, notify: { on: [] } }, "notify.on", /got an empty list/],
  [{ ...base, notify: { on: ["fail"] } }, "notify.on[0]", /failure, recovery, success, missed, late or long/],
  [{ ...base, notify: { channels: "ops" } }, "notify.channels", /a list of channels/],
  [{ ...base, notify: { after: 0 } }, "notify.after", /from 1 to 1000/],
  [{ ...base, keep: { runs: 0 } }, "keep.runs", /from 1/],
  [{ ...base, keep: { age: "1s" } }, "keep.age", "expected 1m to 3650d, got 1s"],
  [{ ...base, description: "x", cmd: long.slice(0, 65_537) }, "cmd", "expected at most 65536 characters, got 65537"],
  [{ ...base, runbook: long }, "", /expected at most 131072 characters in all/],
  [{ ...base, title: new Date(0) }, "title", /plain JSON/],
  [{ ...base, priority: Number.NaN }, "priority", /expected a number, got NaN/],
  [withCmd({ env: JSON.parse('{"__proto__": "x"}') }), "cmd.env.__proto__", "this key can't be used"],
];

describe("what is wrong with a job document is said with its path and what was expected", () => {
  it.each(mistakes)("%# %j", (document, path, message) => {
    const errors = errorsOf(document);
    expect(errors).toEqual([
      { path, message: expect.stringMatching(message instanceof RegExp ? message : exact(message)) },
    ]);
  });

  it("names everything that is wrong at once, rules over several fields too", () => {
    const errors = errorsOf({ name: "A", timeout: 5, retry: { delay: "1h", maxDelay: "1s", limit: "2" }, foo: 1 });
    expect(errors.map((error) => error.path)).toEqual([
      "name",
      "schedule",
      "timeout",
      "retry.limit",
      "foo",
      "",
      "retry.maxDelay",
    ]);
  });

  it("never follows a value that holds itself", () => {
    const loop: Record<string, unknown> = { ...base };
    loop.cmd = { command: "x", env: loop };
    expect(errorsOf(loop).at(0)?.message).toMatch(/nested too deep/);
  });

  it("of every key that it can have", () => {
    const keys = Object.entries(jobKeys).flatMap(([parent, names]) =>
      names.map((key) => (parent === "" ? key : `${parent}.${key}`)),
    );
    const said = mistakes.map(([, path]) => path);
    const isRefused = (key: string) =>
      said.some((path) => path === key || (/^[.[]/.test(path.slice(key.length)) && path.startsWith(key)));
    expect(keys.filter((key) => !isRefused(key))).toEqual([]);
  });
});

function exact(message: string): RegExp {
  return new RegExp(`^${message.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);
}
