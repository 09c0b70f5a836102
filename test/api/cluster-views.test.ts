// What operators see of the cluster itself: nodes and their load, how a drain goes on, schedulers, the configuration.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keys } from "../../src/config.ts";
import { type ApiScene, openApiScene, putRun, theTerm } from "../support/api-scene.ts";
import { load } from "../support/scene.ts";
import { addUser, signIn } from "../support/sign-in.ts";

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
const join = (name: string) =>
  scene.store.registerSession({ sessionId: `session-${name}`, info: info(name), former: null, graceMs: 600_000 });
const beat = (name: string, cpuRatio: number, running: number) =>
  scene.store.beat(`session-${name}`, { ...load, cpuRatio, memoryRatio: 0.5, running }, 600_000);

describe("the load of nodes", () => {
  it("is told for the last hour in buckets, with gaps where nothing was heard, and since when", async () => {
    await join("web-1");
    await beat("web-1", 0.2, 3);
    await scene.clock.advance(10_000);
    await beat("web-1", 0.4, 1);
    await scene.clock.advance(10_000);
    await join("web-2");
    await scene.clock.advance(100_000);
    const { body } = await scene.ask("GET", "/stats/nodes?node=web-1");
    expect(body).toMatchObject({ bucketMs: 60_000, since: "2026-01-05T12:00:00.000Z" });
    expect(Date.parse(body.to) - Date.parse(body.from)).toBe(3_600_000);
    expect(body.items).toHaveLength(1);
    const [{ node, cpu, memory, running }] = body.items;
    expect(node).toEqual({ id: "id-web-1", name: "web-1" });
    expect([cpu.length, memory.length, running.length]).toEqual([60, 60, 60]);
    expect([cpu.slice(-4), memory.slice(-4), running.slice(-4)]).toEqual([
      [null, 0.3, null, null],
      [null, 0.5, null, null],
      [null, 3, null, null],
    ]);
  });

  it("comes for a page of nodes, in the order of their list", async () => {
    for (const name of ["web-2", "web-1", "web-3"]) await join(name);
    const first = (await scene.ask("GET", "/stats/nodes?limit=2&bucket=10m")).body;
    expect(first.items.map((each: { node: { name: string } }) => each.node.name)).toEqual(["web-1", "web-2"]);
    expect(first.items[0].cpu).toEqual([null, null, null, null, null, null]);
    const next = await scene.ask("GET", `/stats/nodes?limit=2&bucket=10m&cursor=${first.nextCursor}`);
    expect(next.body.items).toHaveLength(1);
    expect(next.body.nextCursor).toBeNull();
    const found = await scene.ask("GET", "/stats/nodes?q=WEB-3&bucket=10m");
    expect(found.body.items.map((each: { node: { name: string } }) => each.node.name)).toEqual(["web-3"]);
    expect((await scene.ask("GET", "/nodes?q=web-3")).body.items).toMatchObject([{ name: "web-3" }]);
  });

  it.each(["bucket=1s", "bucket=1h", "bucket=soon"])("is refused with %s", async (query) => {
    expect((await scene.ask("GET", `/stats/nodes?${query}`)).body).toMatchObject({
      status: 422,
      errors: [{ path: "bucket" }],
    });
  });
  it("of a node that isn't there is a 404", async () => {
    expect((await scene.ask("GET", "/stats/nodes?node=absent")).status).toBe(404);
  });
});

describe("draining", () => {
  it("says since when and by whom, what went on there and what was taken back, until the node is resumed", async () => {
    await join("web-1");
    await beat("web-1", 0.1, 1);
    const job = await scene.addJob({ place: { node: "web-1" } });
    const state = async (id: string, to: "assigned" | "running") => {
      const at = scene.clock.now();
      const session = { sessionId: "session-web-1", nodeId: "id-web-1", nodeName: "web-1" };
      if (to === "running") {
        const [row] = await scene.store.openRunsByIds([id]);
        const event = { type: "started", attempt: 1, runId: id, fence: row!.fence, sessionId: "session-web-1", at };
        return scene.scheduler.reports.send([event as never]);
      }
      const assigned = { state: "assigned" as const, ...session, raiseFloor: false, rerun: false };
      await scene.store.transition(theTerm, [{ runId: id, ifState: ["planned"], ifFence: 0, to: assigned, at }]);
    };
    const runs = [];
    for (const requestedBy of ["a", "b", "c"]) runs.push(await putRun(scene, job, { requestedBy }));
    for (const { id } of runs) await state(id, "assigned");
    await state(runs[0]!.id, "running");
    await scene.clock.advance(1000);
    expect((await scene.ask("GET", "/nodes/web-1")).body.drain).toBeNull();

    await addUser(scene, "ann", { role: "operator" });
    const ann = await signIn(scene, "ann");
    const drained = await ann.ask("POST", "/nodes/web-1/drain");
    const drain = { since: new Date(scene.clock.now()).toISOString(), by: "user:ann", running: 1, moved: 2 };
    expect(drained.body).toMatchObject({ state: "draining", running: 1, assigned: 0, drain });
    await scene.clock.advance(5000);
    expect((await scene.ask("GET", "/nodes/web-1")).body.drain).toEqual(drain);
    const { items } = (await scene.ask("GET", "/audit?action=node.drain")).body;
    expect(items).toMatchObject([{ actor: "user:ann", after: { running: 1, moved: 2 } }]);

    expect((await ann.ask("POST", "/nodes/web-1/resume")).body).toMatchObject({ state: "live", drain: null });
  });
});

describe("schedulers", () => {
  it("are listed with who answers, who leads since when, what joins them, and how far they lag", async () => {
    const { body } = await scene.ask("GET", "/schedulers");
    expect(body).toMatchObject({
      items: [{ id: "sched-1", leader: true, self: true }],
      term: 1,
      leadingSince: "2026-01-05T12:00:00.000Z",
      lagMs: 0,
      coordinator: { kind: "in-process", endpoints: [] },
      store: "sqlite",
      paused: null,
    });
    await scene.ask("POST", "/scheduler/pause", { body: { reason: "move", until: "2026-01-05T12:01:00Z" } });
    expect((await scene.ask("GET", "/schedulers")).body.paused).toMatchObject({ reason: "move", by: "local" });
    await scene.clock.advance(60_000);
    expect((await scene.ask("GET", "/schedulers")).body.paused).toBeNull();
  });

  it("lag by as much as the oldest due run waits", async () => {
    const job = await scene.addJob({ place: { node: "nowhere" } });
    await putRun(scene, job);
    await scene.clock.advance(7000);
    expect((await scene.ask("GET", "/schedulers")).body.lagMs).toBe(7000);
  });

  it("have no term while the one that the others see leading hasn't taken it", async () => {
    await scene.store.takeTerm("another", "n");
    expect((await scene.ask("GET", "/schedulers")).body).toMatchObject({ term: null, leadingSince: null });
  });
});

describe("the configuration in force", () => {
  beforeEach(async () => {
    await scene.close();
    const env = {
      DISTCRON_STORE__URL: "postgres://distcron:geheim@db/distcron",
      DISTCRON_CLUSTER__TOKEN: "geheim",
      DISTCRON_NODE__CMD__ENV: "PASSWORD=geheim",
      DISTCRON_SCHEDULER__HORIZON: "30s",
    };
    scene = await openApiScene({ settings: { env } });
  });

  it("is told key by key with its origin, and nothing secret", async () => {
    const { body, text } = await scene.ask("GET", "/config");
    expect(text).not.toContain("geheim");
    expect(body).toMatchObject({ scheduler: "sched-1", version: "1.2.3" });
    expect(body.items.map((row: { key: string }) => row.key)).toEqual(Object.keys(keys));
    const row = (key: string) => body.items.find((each: { key: string }) => each.key === key);
    expect(row("store.url")).toMatchObject({
      value: "••••",
      origin: "environment DISTCRON_STORE__URL",
      secret: true,
    });
    expect(row("scheduler.horizon")).toMatchObject({ value: "30s", secret: false });
    expect(row("server.port")).toMatchObject({ value: 8470, origin: "default", about: keys["server.port"].about });
  });

  it("says what each key means in Chinese too", async () => {
    const { body } = await scene.ask("GET", "/config", { headers: { "accept-language": "zh-CN" } });
    for (const { key, about } of body.items)
      expect([key, about]).toEqual([key, expect.stringMatching(/\p{Script=Han}/u)]);
  });

  it.each(["viewer", "operator", "editor"] as const)("is nothing for a %s", async (role) => {
    const answer = await scene.ask("GET", "/config", { token: await scene.tokenOf(role) });
    expect([answer.status, answer.body.code]).toEqual([403, "forbidden"]);
  });
});
