import { describe, expect, it } from "vitest";
import { parseJobDefaults, parseJobDocument } from "../../../src/model/job-document.ts";
import type { JobDefaults } from "../../../src/model/job-schema.ts";

function effective(document: object, defaults: JobDefaults = {}) {
  const checked = parseJobDefaults(defaults);
  if (!checked.ok) throw new Error(JSON.stringify(checked.errors));
  const result = parseJobDocument({ name: "a", schedule: " @daily ", ...document }, { defaults: checked.defaults });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.effective;
}

describe("what a job leaves out", () => {
  it("has the defaults of the contract", () => {
    expect(effective({ cmd: "true" })).toEqual({
      name: "a",
      title: null,
      description: null,
      owner: null,
      runbook: null,
      tags: [],
      schedule: ["@daily"],
      timezone: "UTC",
      startAtMs: null,
      endAtMs: null,
      task: {
        kind: "cmd",
        command: "true",
        shell: null,
        cwd: null,
        env: {},
        user: null,
        stdin: null,
        expectExit: [0],
      },
      priority: 5,
      timeoutMs: null,
      killGraceMs: 10_000,
      retry: { limit: 0, delayMs: 10_000, backoff: "exponential", maxDelayMs: 600_000, jitterRatio: 0.1 },
      overlap: "skip",
      misfire: { policy: "latest", withinMs: 86_400_000 },
      jitterMs: 0,
      onNodeLoss: "fail",
      maxReruns: 3,
      startDeadlineMs: null,
      pauseAfter: null,
      place: { node: null, labels: null, every: false },
      limit: null,
      notify: null,
      keep: { runs: null, ageMs: null },
    });
  });

  it("for a request too, which ends after 30 s", () => {
    const job = effective({ http: "https://example.com" });
    expect(job.timeoutMs).toBe(30_000);
    expect(job.task).toEqual({
      kind: "http",
      url: "https://example.com",
      method: "GET",
      headers: {},
      body: null,
      expectStatus: [[200, 299]],
      expectBody: null,
      followRedirects: true,
      insecureTls: false,
    });
  });
});

describe("units", () => {
  it("become milliseconds and ranges", () => {
    const job = effective({
      cmd: ["a", "b c"],
      startAt: "2026-01-01T00:00:00+08:00",
      endAt: "2026-01-02T00:00:00.25Z",
      timeout: "1h30m",
      killGrace: "500ms",
      retry: { limit: 2, delay: "1.5s", maxDelay: "1m", backoff: "linear", jitterRatio: 0 },
      misfire: { policy: "all", within: "7d" },
      jitter: "30s",
      startDeadline: "2m",
      keep: { runs: 5, age: "1w" },
      place: { labels: { disk: "ssd" } },
      limit: { key: "db", max: 2 },
      notify: { channels: ["ops"] },
    });
    expect(job).toMatchObject({
      task: { command: ["a", "b c"] },
      startAtMs: Date.UTC(2025, 11, 31, 16),
      endAtMs: Date.UTC(2026, 0, 2, 0, 0, 0, 250),
      timeoutMs: 5_400_000,
      killGraceMs: 500,
      retry: { limit: 2, delayMs: 1500, maxDelayMs: 60_000, backoff: "linear", jitterRatio: 0 },
      misfire: { policy: "all", withinMs: 604_800_000 },
      jitterMs: 30_000,
      startDeadlineMs: 120_000,
      keep: { runs: 5, ageMs: 604_800_000 },
      place: { node: null, labels: { disk: "ssd" }, every: false },
      limit: { key: "db", max: 2 },
      notify: { channels: ["ops"], on: ["failure", "recovery"], after: 1 },
    });
    const statuses = effective({ http: { url: "http://x", expectStatus: [200, "300-399", "404, 410"] } });
    expect(statuses.task).toMatchObject({
      expectStatus: [
        [200, 200],
        [300, 399],
        [404, 404],
        [410, 410],
      ],
    });
  });

  it("a delay beyond the usual ceiling is not cut by it", () => {
    expect(effective({ cmd: "x", retry: { limit: 1, delay: "20m" } }).retry.maxDelayMs).toBe(1_200_000);
  });
});

describe("the cluster's own defaults", () => {
  const defaults: JobDefaults = {
    timezone: "Asia/Shanghai",
    owner: "ops",
    tags: ["all"],
    priority: 7,
    timeout: "10m",
    retry: { limit: 3, delay: "1m" },
    jitter: "10s",
    place: { labels: { zone: "a" } },
    notify: { channels: ["ops"], on: ["failure"], after: 2 },
    startDeadline: "5m",
    pauseAfter: 4,
    limit: { key: "k", max: 1 },
    keep: { runs: 9, age: "1d" },
    cmd: { shell: "/bin/bash", env: { A: "default", B: "default" } },
    http: { headers: { "X-Team": "ops", Accept: "*/*" }, expectStatus: "200" },
  };

  it("are filled in where the job says nothing, objects key by key", () => {
    const job = effective(
      { cmd: { command: "x", env: { A: "own" } }, retry: { limit: 1 }, notify: { on: ["late"] } },
      defaults,
    );
    expect(job).toMatchObject({
      timezone: "Asia/Shanghai",
      owner: "ops",
      tags: ["all"],
      priority: 7,
      timeoutMs: 600_000,
      retry: { limit: 1, delayMs: 60_000 },
      place: { labels: { zone: "a" } },
      notify: { channels: ["ops"], on: ["late"], after: 2 },
      task: { shell: "/bin/bash", env: { A: "own", B: "default" } },
    });
  });

  it("a header is the same whatever its case", () => {
    const job = effective({ http: { url: "http://x", headers: { accept: "text/plain" } } }, defaults);
    expect(job.task).toMatchObject({ headers: { "X-Team": "ops", accept: "text/plain" }, expectStatus: [[200, 200]] });
  });

  it("a place is taken whole: forms are not mixed", () => {
    expect(effective({ cmd: "x", place: { node: "web-1" } }, defaults).place).toEqual({
      node: "web-1",
      labels: null,
      every: false,
    });
  });

  it("none overrides each with nothing", () => {
    const nothing = Object.fromEntries(
      ["timeout", "retry", "jitter", "place", "notify", "startDeadline", "pauseAfter", "limit", "keep"].map((key) => [
        key,
        "none",
      ]),
    );
    expect(effective({ cmd: "x", ...nothing }, defaults)).toMatchObject({
      timeoutMs: null,
      retry: { limit: 0 },
      jitterMs: 0,
      place: { node: null, labels: null, every: false },
      notify: null,
      startDeadlineMs: null,
      pauseAfter: null,
      limit: null,
      keep: { runs: null, ageMs: null },
    });
    expect(effective({ http: "http://x", timeout: "none" }, defaults).timeoutMs).toBeNull();
    expect(effective({ http: "http://x" }, { timeout: "none" }).timeoutMs).toBeNull();
  });
});
