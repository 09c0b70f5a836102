import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Identity } from "../../src/api/access.ts";
import { assertIdentity, passedOnHeader } from "../../src/api/cluster-auth.ts";
import { type Cluster, clusterToken, openCluster, until } from "../support/cluster-scene.ts";

type Member = Awaited<ReturnType<Cluster["addScheduler"]>>;

let cluster: Cluster;
let leader: Member;
let standby: Member;
beforeEach(async () => {
  cluster = await openCluster();
  ({ leader, standby } = await cluster.two());
});
afterEach(() => cluster.close());

const jobNamed = (name: string) => ({ name, schedule: "@manual", cmd: "true" });
const admin: Identity = {
  kind: "token",
  actor: "token:mallory",
  name: "mallory",
  role: "admin",
  scopes: [],
  userId: null,
  sessionId: null,
  tokenId: "t",
  expiresAt: null,
};

describe("a standby", () => {
  it("passes a job's creation, changes and end on to the leader, as its caller asked", async () => {
    const created = await standby.client("POST", "/api/v1/jobs", jobNamed("backup"), { "distcron-client": "cli/1" });
    expect(created.status).toBe(201);
    expect(created.headers.get("location")).toBe("/api/v1/jobs/backup");
    expect(created.headers.get("etag")).toBe('"1"');
    expect(created.body).toMatchObject({ name: "backup", version: 1, enabled: true });
    expect((await leader.client("GET", "/api/v1/jobs/backup")).body.id).toBe(created.body.id);
    const { items } = await cluster.store.listAudit({ limit: 5 });
    expect(items[0]).toMatchObject({ action: "job.create", actor: "local", via: "cli" });

    const patch = { "content-type": "application/merge-patch+json", "if-match": '"1"' };
    const patched = await standby.client("PATCH", "/api/v1/jobs/backup", { description: "nightly" }, patch);
    expect([patched.status, patched.body.version]).toEqual([200, 2]);
    const stale = await standby.client("PATCH", "/api/v1/jobs/backup", { description: "weekly" }, patch);
    expect([stale.status, stale.body.code, stale.body.current.version]).toEqual([409, "version_conflict", 2]);
    expect(stale.headers.get("content-type")).toContain("application/problem+json");

    const until = new Date(Date.now() + 3_600_000).toISOString();
    const disabled = await standby.client("POST", "/api/v1/jobs/backup/disable", { until, reason: "moving" });
    expect([disabled.status, disabled.body.enabled]).toEqual([200, false]);
    expect((await standby.client("DELETE", "/api/v1/jobs/backup")).status).toBe(200);
    expect((await leader.client("GET", "/api/v1/jobs/backup")).status).toBe(404);
  });

  it("passes on running now, cancelling, draining and pausing", async () => {
    const node = await cluster.addNode("web-1", standby);
    await standby.client("POST", "/api/v1/jobs", jobNamed("backup"));
    const run = await standby.client("POST", "/api/v1/jobs/backup/run", { env: { A: "1" } });
    expect(run.status).toBe(202);
    const view = await node.takes(run.body.id);
    expect(view.assignment.overrides).toEqual({ env: { A: "1" } });
    expect(await node.claims(view)).toBe("claimed");
    await node.report(standby, node.started(view));
    const cancelled = await standby.client("POST", `/api/v1/runs/${run.body.id}/cancel`);
    expect([cancelled.status, cancelled.body.cancelRequested]).toEqual([202, true]);
    await until("the wish", () => node.given.get(run.body.id)?.assignment.stop?.kind === "cancel");

    expect((await standby.client("POST", "/api/v1/nodes/web-1/drain")).body.state).toBe("draining");
    expect((await node.beat(standby)).body.drain).toBe(true);
    const live = await standby.client("DELETE", "/api/v1/nodes/web-1");
    expect([live.status, live.body.code]).toEqual([409, "node_is_live"]);
    await node.call(standby, "/close");
    const deleted = await standby.client("DELETE", "/api/v1/nodes/web-1");
    expect([deleted.status, deleted.text]).toEqual([204, ""]);
    expect((await standby.client("POST", "/api/v1/scheduler/pause", { reason: "move" })).status).toBe(200);
    await until("the news", () => standby.heard.some(({ event }) => "state" in event && event.state === "paused"));
  });

  it("reads for itself, and refuses itself whoever may not", async () => {
    await leader.client("POST", "/api/v1/jobs", jobNamed("backup"));
    await leader.close();
    expect((await standby.client("GET", "/api/v1/jobs/backup")).status).toBe(200);
    const stranger = await standby.client("POST", "/api/v1/jobs", jobNamed("b"), { authorization: "Bearer nobody" });
    expect(stranger.status).toBe(401);
  });

  it("answers what the leader answers where it refuses", async () => {
    const { status, body } = await standby.client("POST", "/api/v1/jobs", { name: "x", cmd: "true", when: "now" });
    expect([status, body.code]).toEqual([422, "invalid"]);
    expect(body.errors.length).toBeGreaterThan(0);
    expect((await standby.client("POST", "/api/v1/jobs/none/run", {})).status).toBe(404);
  });

  it("says that there is no leader when none is known, and leads once it is elected", async () => {
    // Its key is gone; nobody has been elected yet.
    const { status, body, headers } = await (async () => {
      cluster.space.commit([], [{ table: "leader", key: "leader", value: { nonce: "n", schedulerId: "vanished" } }]);
      return standby.client("POST", "/api/v1/jobs", jobNamed("b"));
    })();
    expect([status, body.code]).toEqual([503, "no_leader"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    await leader.close();
    cluster.space.commit([], [{ table: "leader", key: "leader", value: null }]);
    await until("its election", () => standby.scheduler.isReady());
    expect((await standby.client("POST", "/api/v1/jobs", jobNamed("b"))).status).toBe(201);
  });

  it("says so when the leader's address answers nobody", async () => {
    leader.me.url = "http://127.0.0.1:1";
    cluster.space.commit([], [{ table: "schedulers", key: leader.id, value: { ...leader.me } }]);
    const { status, body, headers } = await standby.client("POST", "/api/v1/jobs", jobNamed("b"));
    expect([status, body.code]).toEqual([503, "no_leader"]);
    expect(headers.get("retry-after")).toBe("2");
  });

  it("says that it may have been done when the leader hangs up on it", async () => {
    const silent = createServer((request) => request.socket.destroy());
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    cluster.space.commit([], [{ table: "schedulers", key: leader.id, value: { ...leader.me, url } }]);
    const { status, body } = await standby.client("POST", "/api/v1/jobs", jobNamed("b"));
    expect([status, body.code]).toEqual([504, "leader_silent"]);
    silent.close();
  });

  it("passes nothing on twice", async () => {
    // Two that each believe the other leads.
    const { method, path } = { method: "POST", path: "/api/v1/jobs/backup/run" };
    const assertion = assertIdentity(clusterToken, { method, url: path }, admin, Date.now());
    const answer = await standby.client(method, path, {}, { [passedOnHeader]: assertion });
    expect([answer.status, answer.body.code]).toEqual([503, "not_leader"]);
    expect(answer.headers.get("retry-after")).toBe("2");
  });
});

describe("who asked, as another scheduler says", () => {
  const url = "/api/v1/jobs/none/run";
  const ask = (assertion: string, at = url, method = "POST") =>
    leader.client(method, at, method === "POST" ? {} : undefined, { authorization: "", [passedOnHeader]: assertion });
  const by = (token: string, over: { url?: string; at?: number; who?: Identity } = {}) =>
    assertIdentity(token, { method: "POST", url: over.url ?? url }, over.who ?? admin, over.at ?? Date.now());

  it("is believed when it is said under the cluster's token, for this request, lately", async () => {
    expect((await ask(by(clusterToken))).status).toBe(404);
    expect((await ask(by("another token"))).status).toBe(401);
    expect((await ask(by(clusterToken, { url: "/api/v1/jobs/other/run" }))).status).toBe(401);
    expect((await ask(by(clusterToken, { at: Date.now() - 120_000 }))).status).toBe(401);
    expect((await ask("nonsense")).status).toBe(401);
    expect((await ask("")).status).toBe(401);
  });

  it("gives nobody more than the role has", async () => {
    expect((await ask(by(clusterToken, { who: { ...admin, role: "viewer" } }))).status).toBe(403);
  });

  it("opens only what is passed on", async () => {
    const backup = assertIdentity(clusterToken, { method: "POST", url: "/api/v1/scheduler/backup" }, admin, Date.now());
    expect((await ask(backup, "/api/v1/scheduler/backup")).status).toBe(401);
    const list = assertIdentity(clusterToken, { method: "GET", url: "/api/v1/jobs" }, admin, Date.now());
    expect((await ask(list, "/api/v1/jobs", "GET")).status).toBe(401);
  });
});
