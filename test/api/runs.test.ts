import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createApiClient } from "../../src/api/client.ts";
import type { NodeEvent } from "../../src/model/assignment.ts";
import { type ApiScene, aChange, localToken, openApiScene, putRun, theTerm } from "../support/api-scene.ts";
import { settle } from "../support/manual-clock.ts";
import { load } from "../support/scene.ts";

let scene: ApiScene;
beforeEach(async () => {
  scene = await openApiScene();
});
afterEach(() => scene.close());

const info = (name: string) => ({
  nodeId: `id-${name}`,
  name,
  labels: { zone: "a" },
  slots: 4,
  executors: ["cmd" as const],
  version: "1.2.3",
  host: "h",
  pid: 1,
  startedAt: 0,
});

/** A run on a node, moved by its reports alone. */
async function aRunOn(node = "web-1") {
  const job = await scene.addJob({ name: `job-of-${node}` });
  const sessionId = `session-${node}`;
  await scene.store.registerSession({ sessionId, info: info(node), former: null, graceMs: 30_000 });
  await scene.store.beat(sessionId, { ...load, cpuRatio: 0.25, queued: 1 }, 30_000);
  const run = await putRun(scene, job);
  const to = {
    state: "assigned" as const,
    sessionId,
    nodeId: `id-${node}`,
    nodeName: node,
    raiseFloor: false,
    rerun: false,
  };
  await scene.store.transition(theTerm, [
    { runId: run.id, ifState: ["planned"], ifFence: 0, to, at: scene.clock.now() },
  ]);
  let seq = 0;
  let offset = 0;
  const send = (event: Record<string, unknown>) =>
    scene.scheduler.reports.send([
      { runId: run.id, fence: 1, sessionId, at: scene.clock.now(), ...event } as unknown as NodeEvent,
    ]);
  return {
    id: run.id,
    job,
    start: () => send({ type: "started", attempt: 1 }),
    async say(text: string | Buffer, stream: "stdout" | "stderr" = "stdout", gapBytes = 0) {
      const data = Buffer.from(text as string);
      await send({ type: "output", attempt: 1, seq: seq++, stream, offset, gapBytes, data });
      offset += data.length;
    },
    finish: (state = "succeeded", exitCode = 0) =>
      send({
        type: "attempt-ended",
        attempt: 1,
        startedAt: scene.clock.now(),
        nextAttemptAt: null,
        result: {
          outcome: state,
          exitCode,
          signal: null,
          httpStatus: null,
          error: null,
          reason: null,
          retryAfterMs: null,
          retryable: true,
        },
      }).then(() =>
        send({
          type: "finished",
          attempt: 1,
          state,
          reason: state === "failed" ? { code: "exit_code", message: "exit 3" } : null,
          outputBytes: offset,
          outputTruncated: false,
        }),
      ),
  };
}

describe("a run", () => {
  it("is shown with its attempts, its lateness and how long it took", async () => {
    const run = await aRunOn();
    await scene.clock.advance(3);
    await run.start();
    await scene.clock.advance(812);
    await run.finish("failed", 3);
    const { body } = await scene.ask("GET", `/runs/${run.id}`);
    expect(body).toMatchObject({
      id: run.id,
      job: { id: run.job.id, name: "job-of-web-1", version: 1 },
      trigger: "manual",
      state: "failed",
      reason: { code: "exit_code", message: "exit 3" },
      scheduledFor: "2026-01-05T12:00:00.500Z",
      latenessMs: 3,
      durationMs: 812,
      node: { id: "id-web-1", name: "web-1" },
      exitCode: 3,
      attempt: 1,
      attempts: [{ number: 1, fence: 1, node: { name: "web-1" }, outcome: "failed", exitCode: 3 }],
      output: { bytes: 0, truncated: false },
      shard: null,
      covers: null,
      of: null,
    });
    expect((await scene.ask("GET", `/runs/${run.id.slice(0, 12)}`)).body.id).toBe(run.id);
  });

  it("is started by hand; the same key makes one", async () => {
    await scene.addJob();
    const body = { env: { MODE: "full" }, idempotencyKey: "k1" };
    const first = await scene.ask("POST", "/jobs/backup/run", { body });
    expect(first.status).toBe(202);
    expect(first.body).toMatchObject({
      trigger: "manual",
      state: "planned",
      requestedBy: "local",
      idempotencyKey: "k1",
    });
    expect(first.headers.location).toBe(`/api/v1/runs/${first.body.id}`);
    expect((await scene.ask("POST", "/jobs/backup/run", { body })).body.id).toBe(first.body.id);
    expect((await scene.ask("POST", "/jobs/backup/run")).body.id).not.toBe(first.body.id);
  });

  it("by hand is refused with words when it can't be", async () => {
    await scene.addJob();
    expect((await scene.ask("POST", "/jobs/backup/run", { body: { node: "absent" } })).body).toMatchObject({
      status: 422,
      code: "invalid",
    });
    expect((await scene.ask("POST", "/jobs/backup/run", { body: { overlap: "maybe" } })).body.errors).toMatchObject([
      { path: "overlap" },
    ]);
    expect((await scene.ask("POST", "/jobs/backup/run", { body: { env: { "A B": "x" } } })).status).toBe(422);
    expect((await scene.ask("POST", "/jobs/absent/run")).status).toBe(404);
  });

  it("is cancelled, again without effect, and retried once it is over", async () => {
    await scene.addJob();
    const { id } = (await scene.ask("POST", "/jobs/backup/run")).body;
    expect((await scene.ask("POST", `/runs/${id}/retry`)).body).toMatchObject({ status: 409, code: "conflict" });
    const cancelled = await scene.ask("POST", `/runs/${id}/cancel`);
    expect(cancelled.body).toMatchObject({
      id,
      state: "cancelled",
      settled: true,
      reason: { code: "cancelled_by_user" },
    });
    expect((await scene.ask("POST", `/runs/${id}/cancel`)).body).toMatchObject({ state: "cancelled", settled: true });
    const again = await scene.ask("POST", `/runs/${id}/retry`);
    expect(again).toMatchObject({ status: 202, body: { trigger: "retry_of", of: id, state: "planned" } });
  });

  it("is found by state, trigger, job, node and time", async () => {
    const run = await aRunOn();
    await run.start();
    const count = async (query: string) => (await scene.ask("GET", `/runs?${query}`)).body.items.length;
    expect(await count("state=running,failed")).toBe(1);
    expect(await count("state=failed")).toBe(0);
    expect(await count("trigger=manual&job=job-of-web-1&node=web-1")).toBe(1);
    expect(await count("from=2026-01-05T20:00:00%2B08:00&to=2026-01-05T21:00:00+08:00")).toBe(1);
    expect(await count(`q=${run.id.slice(0, 12)}`)).toBe(1);
    expect(await count("node=absent")).toBe(0);
  });
});

describe("output", () => {
  it("is plain text, of one stream or the last lines", async () => {
    const run = await aRunOn();
    await run.start();
    await run.say("one\ntwo\n");
    await run.say("bad\n", "stderr");
    await run.say("three\nfour", "stdout", 17);
    const text = async (query = "") => (await scene.ask("GET", `/runs/${run.id}/output${query}`)).text;
    expect(await text()).toBe("one\ntwo\nbad\n\n… 17 bytes left out …\nthree\nfour");
    expect(await text("?stream=stderr")).toBe("bad\n");
    expect(await text("?tail=2")).toBe("\n… 17 bytes left out …\nthree\nfour");
    expect(await text("?tail=1")).toBe("four");
    expect(await text("?tail=3&stream=stdout")).toBe("two\n\n… 17 bytes left out …\nthree\nfour");
    expect(await text("?tail=99")).toBe(await text());
    expect(await text("?tail=0")).toBe("");
    const { headers } = await scene.ask("GET", `/runs/${run.id}/output`);
    expect(headers).toMatchObject({ "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" });
    expect((await scene.ask("GET", `/runs/${run.id}/output?tail=some`)).status).toBe(422);
  });

  it("of many pieces comes whole, and its tail from far back", async () => {
    const run = await aRunOn();
    await run.start();
    const lines = Array.from({ length: 300 }, (_, i) => `line ${i} ${"x".repeat(100)}\n`);
    for (const line of lines) await run.say(line);
    expect((await scene.ask("GET", `/runs/${run.id}/output`)).text).toBe(lines.join(""));
    expect((await scene.ask("GET", `/runs/${run.id}/output?tail=250`)).text).toBe(lines.slice(50).join(""));
  });

  it("comes live, character by character whole, resumes after an id, and ends with the run", async () => {
    const run = await aRunOn();
    await run.start();
    await run.say("first\n");
    const url = await scene.listen();
    const api = createApiClient({ url, token: localToken });
    const seen: { event: string; text?: string; id: string | undefined; state?: string }[] = [];
    const reading = (async () => {
      for await (const { event, data, id } of api.events(`/api/v1/runs/${run.id}/output`))
        seen.push({ event, id, ...JSON.parse(data) });
    })();
    const until = async (count: number) => {
      for (let i = 0; seen.length < count && i < 500; i++) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await until(1);
    const euro = Buffer.from("€");
    await run.say(euro.subarray(0, 1));
    await run.say(euro.subarray(1));
    await until(2);
    await run.say("oops\n", "stderr");
    await run.finish();
    await reading;
    expect(seen.map(({ event, text, state }) => [event, text ?? state])).toEqual([
      ["output", "first\n"],
      ["output", "€"],
      ["output", "oops\n"],
      ["end", "succeeded"],
    ]);
    const rest: string[] = [];
    for await (const { event, data } of api.events(`/api/v1/runs/${run.id}/output`, {
      lastEventId: seen[1]?.id as string,
    }))
      rest.push(event === "end" ? "end" : JSON.parse(data).text);
    expect(rest).toEqual(["oops\n", "end"]);
    const tail: string[] = [];
    for await (const { event, data } of api.events(`/api/v1/runs/${run.id}/output`, { query: { tail: 1 } }))
      tail.push(event === "end" ? "end" : JSON.parse(data).text);
    expect(tail).toEqual(["€", "oops\n", "end"]);
  });
});

describe("output that is long", () => {
  it("comes live as a whole: a reader is waited for, not cut", async () => {
    const run = await aRunOn();
    await run.start();
    const piece = `${"Q".repeat(250 * 1024)}\n`;
    for (let i = 0; i < 60; i++) await run.say(piece);
    await run.finish();
    const url = await scene.listen();
    const read = async (query: string) => {
      const headers = { authorization: `Bearer ${localToken}`, accept: "text/event-stream" };
      const text = await (await fetch(`${url}/api/v1/runs/${run.id}/output${query}`, { headers })).text();
      return [text.match(/Q/g)?.length, text.match(/event: (?!output)\w+/g)];
    };
    expect(await read("")).toEqual([60 * 250 * 1024, ["event: end"]]);
    expect(await read("?tail=50")).toEqual([50 * 250 * 1024, ["event: end"]]);
  });
});

describe("events", () => {
  async function listen() {
    const url = await scene.listen();
    return (lastEventId?: string) => {
      const stop = new AbortController();
      const seen: { event: string; id: string | undefined; data: Record<string, unknown> }[] = [];
      const api = createApiClient({ url, token: localToken });
      const options = { signal: stop.signal, ...(lastEventId ? { lastEventId } : {}) };
      const done = (async () => {
        for await (const { event, id, data } of api.events("/api/v1/events", options))
          seen.push({ event, id, data: JSON.parse(data) });
      })();
      return {
        seen,
        until: async (count: number) => {
          for (let i = 0; seen.length < count && i < 1000; i++) await new Promise((resolve) => setTimeout(resolve, 5));
          return seen;
        },
        stop: () => {
          stop.abort();
          return done;
        },
      };
    };
  }
  const connected = async (count: number) => {
    for (let i = 0; i < 200; i++) {
      const { text } = await scene.ask("GET", "//livez");
      if (text && (scene.api.app.server as unknown as { _connections: number })._connections >= count)
        return settle(20);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  it("tell what changes, resume after the last one seen, and own up to a gap", async () => {
    const open = await listen();
    const first = open();
    await connected(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    scene.events.publish({ type: "run", change: aChange() });
    scene.events.publish({ type: "output", runId: "run-1" });
    scene.events.publish({ type: "node", nodeId: "n1", nodeName: "web-1", state: "down" });
    const [run, node] = await first.until(2);
    expect(run).toMatchObject({
      event: "run",
      data: { id: "run-1", job: { name: "backup" }, from: "running", state: "succeeded" },
    });
    expect(node).toMatchObject({ event: "node", data: { node: { id: "n1", name: "web-1" }, state: "down" } });
    await first.stop();

    const second = open(run?.id);
    expect((await second.until(1))[0]).toEqual(node);
    await second.stop();

    const third = open("otherlife.7");
    expect((await third.until(1))[0]?.event).toBe("gap");
    await third.stop();
  });

  it("keep the line open with comments, and cut a reader that doesn't read", async () => {
    const url = await scene.listen();
    const controller = new AbortController();
    const response = await fetch(`${url}/api/v1/events`, {
      headers: { authorization: `Bearer ${localToken}` },
      signal: controller.signal,
    });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const read = async () => Buffer.from((await reader.read()).value ?? []).toString();
    expect(await read()).toContain("retry: 2000");
    await scene.clock.advance(15_000);
    expect(await read()).toContain(": still here");
    const reason = { code: "exit_code" as const, message: "x".repeat(100_000) };
    for (let i = 0; i < 200; i++) scene.events.publish({ type: "run", change: aChange({ reason }) });
    let text = "";
    for (let piece = await read(); piece !== ""; piece = await read()) text += piece;
    expect(text).toContain('event: cut\ndata: {"reason":"slow_reader"}');
    expect(text.length).toBeLessThan(15_000_000);
    controller.abort();
  });
});

describe("nodes", () => {
  it("are listed with what they say of themselves, drained and resumed", async () => {
    await aRunOn();
    const { body } = await scene.ask("GET", "/nodes");
    expect(body.items).toMatchObject([
      {
        id: "id-web-1",
        name: "web-1",
        state: "live",
        labels: { zone: "a" },
        slots: 4,
        queued: 1,
        cpu: 0.25,
        version: "1.2.3",
      },
    ]);
    expect((await scene.ask("POST", "/nodes/web-1/drain")).body).toMatchObject({ state: "draining", draining: true });
    expect((await scene.ask("POST", "/nodes/id-web-1/resume")).body).toMatchObject({ state: "live", draining: false });
    expect((await scene.ask("DELETE", "/nodes/web-1")).body).toMatchObject({ status: 409, code: "node_is_live" });
    await scene.store.closeSession("session-web-1");
    expect((await scene.ask("GET", "/nodes/web-1")).body.state).toBe("down");
    expect((await scene.ask("DELETE", "/nodes/web-1")).status).toBe(204);
    expect((await scene.ask("GET", "/nodes/web-1")).status).toBe(404);
  });
});

describe("the scheduler", () => {
  it("is listed, paused with a reason and resumed", async () => {
    expect((await scene.ask("GET", "/schedulers")).body).toMatchObject({
      items: [{ id: "sched-1", leader: true }],
      term: 1,
    });
    const paused = await scene.ask("POST", "/scheduler/pause", {
      body: { reason: "move", until: "2026-01-06T00:00:00Z" },
    });
    expect(paused.body.paused).toMatchObject({ reason: "move", by: "local", until: "2026-01-06T00:00:00.000Z" });
    expect((await scene.ask("GET", "/stats/summary")).body.paused).toMatchObject({ reason: "move" });
    expect((await scene.ask("POST", "/scheduler/resume")).body).toEqual({ paused: null });
    expect((await scene.ask("GET", "/stats/summary")).body.paused).toBeNull();
    const past = await scene.ask("POST", "/scheduler/pause", {
      body: { reason: "move", until: "2020-01-01T00:00:00Z" },
    });
    expect(past.body.errors).toMatchObject([{ path: "until" }]);
  });
  it("checks its store, and copies it for the machine's own user alone", async () => {
    expect((await scene.ask("GET", "/scheduler/integrity")).body).toEqual({ problems: [] });
    const token = await scene.tokenOf("admin");
    const answer = await scene.ask("POST", "/scheduler/backup", { token, body: { file: "/tmp/x" } });
    expect(answer).toMatchObject({ status: 403, body: { code: "local_only" } });
    expect((await scene.ask("POST", "/scheduler/backup", { body: { file: "x" } })).status).toBe(422);
  });
});

describe("statistics", () => {
  it("count runs over time in whole buckets", async () => {
    const run = await aRunOn();
    await run.start();
    await run.finish();
    await scene.clock.advance(1000);
    const { body } = await scene.ask("GET", "/stats/timeline?bucket=15m&from=2026-01-05T11:50:00Z");
    expect(body).toMatchObject({ from: "2026-01-05T11:45:00.000Z", bucketMs: 900_000 });
    expect(body.lateFromMs).toBe(5000);
    expect(body.items).toEqual([
      {
        at: "2026-01-05T12:00:00.000Z",
        counts: { succeeded: 1 },
        late: 0,
        latenessMs: { p50: 0, p95: 0, max: 0 },
      },
    ]);
    expect((await scene.ask("GET", "/stats/summary")).body).toMatchObject({
      jobs: { total: 1 },
      last24h: { succeeded: 1 },
      nodes: { live: 1 },
    });
    for (const bad of ["bucket=soon", "bucket=1s", "job=absent", "from=2027-01-01T00:00:00Z"])
      expect((await scene.ask("GET", `/stats/timeline?${bad}`)).status).toBeGreaterThanOrEqual(400);
  });
  it("tell of jobs how their runs went", async () => {
    const run = await aRunOn();
    await run.start();
    await scene.clock.advance(250);
    await run.finish();
    await scene.addJob({ name: "idle" });
    const { body } = await scene.ask("GET", `/stats/jobs?jobs=idle,${run.job.id},nope`);
    expect(body.items).toMatchObject([
      { job: { name: "idle" }, successRate: null, durationMs: null, recent: [] },
      {
        counts: { succeeded: 1 },
        countedFrom: new Date(scene.clock.now() - 7 * 86_400_000).toISOString(),
        successRate: 1,
        durationMs: { count: 1, p95: 250 },
        recent: [{ id: run.id, state: "succeeded", durationMs: 250 }],
      },
    ]);
    for (const bad of ["", "jobs=", "jobs=a&runs=201", `jobs=${"a,".repeat(201)}`])
      expect((await scene.ask("GET", `/stats/jobs?${bad}`)).status).toBe(422);
  });
  it("tell what comes next", async () => {
    await scene.addJob();
    const { body } = await scene.ask("GET", "/stats/upcoming?limit=5");
    expect(body.items).toMatchObject([{ job: { name: "backup" }, at: "2026-01-06T03:00:00.000Z" }]);
  });
});

describe("a schedule", () => {
  it("is shown ahead, in words", async () => {
    const body = { schedule: "30 2 * * *", timezone: "Europe/Berlin", count: 1, from: "2026-03-28T12:00:00Z" };
    const answer = await scene.ask("POST", "/schedules/preview", { body });
    expect(answer.body).toMatchObject({
      ticks: [{ at: "2026-03-29T01:00:00.000Z", dst: "gap" }],
      description: expect.any(String),
    });
  });
  it("has no tick outside the window that the job would have", async () => {
    const body = { schedule: "@daily", startAt: "2026-02-01T00:00:00Z", endAt: "2026-02-03T00:00:00Z" };
    const { ticks } = (await scene.ask("POST", "/schedules/preview", { body })).body;
    expect(ticks.map(({ at }: { at: string }) => at)).toEqual(["2026-02-01T00:00:00.000Z", "2026-02-02T00:00:00.000Z"]);
  });
  it("that is invalid is refused at its place", async () => {
    const preview = (body: object) => scene.ask("POST", "/schedules/preview", { body });
    expect(await preview({ schedule: "61 * * * *" })).toMatchObject({
      status: 422,
      body: { code: "invalid_schedule", errors: [{ path: "schedule" }] },
    });
    expect((await preview({ schedule: ["* * * * *", "nope"] })).body.errors).toMatchObject([{ path: "schedule[1]" }]);
    expect((await preview({ schedule: "* * * * *", timezone: "Europe/Berlim" })).body.errors).toMatchObject([
      { path: "timezone" },
    ]);
  });
});
