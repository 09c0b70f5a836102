import { describe, expect, it } from "vitest";
import { z } from "zod";
import { nearest } from "../../../src/lib/nearest.ts";
import { parseJobDefaults, parseJobDocument } from "../../../src/model/job-document.ts";
import { jobDocumentSchema } from "../../../src/model/job-schema.ts";

const now = Date.parse("2026-06-01T00:00:00Z");
const parse = (document: unknown) => parseJobDocument(document, { defaults: {}, nearest, now });
const errorsOf = (document: unknown) => {
  const result = parse(document);
  return result.ok ? [] : result.errors;
};
const base = { name: "a", schedule: "@daily", cmd: "true" };
const http = { name: "a", schedule: "@daily", http: "https://example.com" };
const withHttp = (more: object) => ({ ...http, http: { url: "https://example.com", ...more } });
const withCmd = (more: object) => ({ ...base, cmd: { command: "true", ...more } });

describe("a job document that is accepted", () => {
  it.each([
    ["a command as text", base],
    ["a command as a list", { ...base, cmd: ["find", "/", "-name", ""] }],
    ["a URL alone", http],
    [
      "a URL with placeholders",
      { ...base, cmd: undefined, http: "https://{{job.name}}.example.com:80/{{run.id}}?a={{run.scheduledFor}}" },
    ],
    ["several schedules", { ...base, schedule: ["0 3 * * *", "@every 30s"] }],
    ["text in any script", { ...base, title: "清理日志", tags: ["数据 同步"], description: "многострочный\nтекст" }],
    [
      "none where nothing is meant",
      {
        ...base,
        timeout: "none",
        retry: "none",
        place: "none",
        limit: "none",
        notify: "none",
        keep: "none",
        jitter: "none",
        startDeadline: "none",
        pauseAfter: "none",
      },
    ],
    ["the longest name", { ...base, name: "a".repeat(100) }],
    ["a window", { ...base, startAt: "2026-01-01T00:00Z", endAt: "2027-01-01T00:00:00.5+05:45" }],
    ["statuses of all forms", withHttp({ expectStatus: [200, "300-399", "404,410"] })],
    ["a body with its method", withHttp({ method: "POST", body: "{}" })],
    ["one run on every node", { ...base, place: { every: true } }],
  ])("%s", (_, document) => expect(errorsOf(document)).toEqual([]));

  it("comes back as written, without what is undefined", () => {
    const written = { ...base, name: "a", cmd: { command: "  true ", env: { B: "1", A: "2" } }, title: undefined };
    const result = parse(written);
    expect(result.ok && JSON.stringify(result.document)).toBe(JSON.stringify(written));
    expect(result.ok && result.document).not.toBe(written);
  });
});

describe("an unknown key is refused with the one that was probably meant", () => {
  it.each([
    [{ ...base, timeuot: "5m" }, "timeuot", "unknown key; did you mean timeout?"],
    [{ ...base, retry: { limt: 2 } }, "retry.limt", "unknown key in retry; did you mean limit?"],
    [withCmd({ envs: {} }), "cmd.envs", "unknown key in cmd; did you mean env?"],
    [{ ...base, env: {} }, "env", "unknown key; env belongs inside cmd"],
    [withCmd({ timeout: "5m" }), "cmd.timeout", "unknown key in cmd; timeout belongs at the top of the document"],
    [withHttp({ header: {} }), "http.header", "unknown key in http; did you mean headers?"],
    [{ ...base, place: { node: "a", nod: "a" } }, "place.nod", "unknown key in place; did you mean node?"],
    [{ ...base, limit: { key: "a", max: 1, maximum: 1 } }, "limit.maximum", "unknown key in limit; did you mean max?"],
    [{ ...base, notify: { channel: [] } }, "notify.channel", "unknown key in notify; did you mean channels?"],
    [
      { ...base, misfire: { windowLengthMax: 1 } },
      "misfire.windowLengthMax",
      "unknown key in misfire; known keys: policy, within",
    ],
  ])("%j", (document, path, message) => expect(errorsOf(document)).toContainEqual({ path, message }));

  it("without a way to find the nearest, the known keys are named", () => {
    const result = parseJobDocument({ ...base, keep: { run: 1 } }, { defaults: {} });
    expect(!result.ok && result.errors).toEqual([
      { path: "keep.run", message: "unknown key in keep; known keys: runs, age" },
    ]);
  });
});

describe("the schedule is judged by who knows schedules", () => {
  const asked: unknown[] = [];
  const parseWith = (document: object, found: { path?: string; message: string }[] = []) =>
    parseJobDocument(document, {
      defaults: { timezone: "Asia/Tokyo" },
      checkSchedule: (schedule, timezone) => {
        asked.push([schedule, timezone]);
        return found;
      },
    });

  it("with the patterns trimmed, in the job's zone or the default one", () => {
    asked.length = 0;
    parseWith({ ...base, schedule: [" @daily", "@hourly"] });
    parseWith({ ...base, timezone: "Europe/Paris" });
    expect(asked).toEqual([
      [["@daily", "@hourly"], "Asia/Tokyo"],
      [["@daily"], "Europe/Paris"],
    ]);
  });
  it("and what is found stands beside the other problems", () => {
    const result = parseWith({ ...base, priority: 10 }, [
      { message: "never fires" },
      { path: "timezone", message: "unknown" },
    ]);
    expect(!result.ok && result.errors.map((error) => error.path)).toEqual(["priority", "schedule", "timezone"]);
  });
  it("but not when it isn't one", () => {
    asked.length = 0;
    parseWith({ ...base, schedule: 5 });
    parseWith({ ...base, timezone: 5 });
    expect(asked).toEqual([]);
  });
});

describe("what is allowed but hardly meant is a warning", () => {
  const warningsOf = (document: unknown) => {
    const result = parse(document);
    return result.ok ? result.warnings : result.errors;
  };
  it.each<[object, RegExp]>([
    [{ ...base, endAt: "2026-05-01T00:00:00Z" }, /endAt has passed/],
    [{ ...base, schedule: "@at 2026-05-01T00:00:00Z" }, /@at 2026-05-01T00:00:00Z has passed/],
    [{ ...base, schedule: "@at 2027-01-01T00:00:00Z", endAt: "2026-12-01T00:00:00Z" }, /outside startAt and endAt/],
    [{ ...base, maxReruns: 2 }, /no effect without onNodeLoss: rerun/],
    [{ ...base, retry: { delay: "5s" } }, /write retry.limit/],
    [{ ...base, notify: { on: ["failure"] } }, /names no channels/],
    [{ ...base, cmd: ["echo hello"] }, /the program is "echo hello"; write a text/],
    [withHttp({ headers: { a: "{{run.fence}}" } }), /\{\{run.fence\}\} is not filled in; known: run.id/],
  ])("%j", (document, message) => expect(warningsOf(document)).toEqual([expect.stringMatching(message)]));

  it("an ordinary job has none", () => {
    expect(warningsOf({ ...base, schedule: "@at 2027-01-01T00:00:00Z", retry: { limit: 2 } })).toEqual([]);
    expect(warningsOf(withHttp({ method: "POST", body: "{{run.id}} {{ job.name }} {{ other.template }}" }))).toEqual(
      [],
    );
  });
});

it("the schema describes itself as JSON Schema, with every field and its bounds", () => {
  const schema = z.toJSONSchema(jobDocumentSchema) as { properties: Record<string, { description?: string }> };
  expect(Object.values(schema.properties).filter((field) => !field.description)).toEqual([]);
  expect(schema).toMatchObject({
    additionalProperties: false,
    required: ["name", "schedule"],
    oneOf: [{ required: ["cmd"] }, { required: ["http"] }],
    properties: { priority: { minimum: 0, maximum: 9 }, name: { pattern: expect.any(String) } },
  });
});

describe("the cluster's own defaults", () => {
  it("are a partial document", () => {
    const defaults = {
      timeout: "10m",
      retry: { limit: 1 },
      cmd: { shell: "/bin/bash" },
      http: { headers: { a: "b" } },
    };
    expect(parseJobDefaults(defaults)).toEqual({ ok: true, defaults });
    expect(parseJobDefaults(undefined)).toEqual({ ok: true, defaults: {} });
  });
  it("say nothing of what makes one job that job", () => {
    const result = parseJobDefaults({ name: "a", cmd: { command: "x", shel: "/bin/sh" }, timeot: "5m" }, { nearest });
    expect(!result.ok && result.errors).toEqual([
      { path: "cmd.command", message: "unknown key in cmd; known keys: shell, cwd, env, user" },
      { path: "cmd.shel", message: "unknown key in cmd; did you mean shell?" },
      { path: "name", message: expect.stringMatching(/^unknown key/) },
      { path: "timeot", message: "unknown key; did you mean timeout?" },
    ]);
  });
});
