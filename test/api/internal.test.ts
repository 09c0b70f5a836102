import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { credentialOf } from "../../src/api/cluster-auth.ts";
import { eventsBody } from "../../src/api/internal-contract.ts";
import type { NodeEvent } from "../../src/model/assignment.ts";
import { type Cluster, clusterToken, openCluster, until } from "../support/cluster-scene.ts";
import { load } from "../support/scene.ts";

type Member = Awaited<ReturnType<Cluster["addScheduler"]>>;
const token = { authorization: `Bearer ${clusterToken}` };

describe("what a node calls", () => {
  let cluster: Cluster;
  let one: Member;
  beforeAll(async () => {
    cluster = await openCluster();
    one = await cluster.addScheduler("sched-1");
    await until("a leader", () => one.scheduler.isReady());
  });
  afterAll(() => cluster.close());

  const join = (name: string, over: object = {}, secret: Record<string, string> = token) => {
    const request = { sessionId: `s-${name}`, info: cluster.nodeInfo(name), former: null, ...over };
    return one.client("POST", "/internal/v1/sessions", request, secret);
  };
  const aRun = async (name: string) => {
    const created = await one.client("POST", "/api/v1/jobs", {
      name,
      schedule: "@manual",
      cmd: "true",
      place: { node: name },
    });
    expect(created.status).toBe(201);
    const run = await one.client("POST", `/api/v1/jobs/${name}/run`, {});
    expect(run.status).toBe(202);
    return run.body.id as string;
  };

  it("joins with the cluster's token, and gets its session's credential, the grace and the time", async () => {
    const { status, body } = await join("joins");
    expect(status).toBe(201);
    expect(body).toMatchObject({ credential: credentialOf(clusterToken, "s-joins"), graceMs: 30_000 });
    expect(Math.abs(body.now - Date.now())).toBeLessThan(60_000);
    expect((await cluster.store.getNode("joins"))?.session).toMatchObject({ sessionId: "s-joins", state: "live" });
  });

  it("ignores what a later version may add, in the request and in what a node says of itself", async () => {
    const info = { ...cluster.nodeInfo("later"), executors: ["cmd", "wasm"], colour: "blue" };
    expect((await join("later", { info, wish: 1 })).status).toBe(201);
    expect((await cluster.store.getNode("later"))?.session?.info.executors).toEqual(["cmd"]);
  });

  it("is told in words what is wrong with what it sent", async () => {
    const { status, body } = await join("wrong", { info: { name: "wrong" } });
    expect([status, body.code]).toEqual([422, "invalid"]);
    expect(body.errors.map((each: { path: string }) => each.path)).toContain("info.nodeId");
  });

  it("is refused under a name that another live node has, and under an id that is live", async () => {
    await join("taken");
    const name = await join("taken", { sessionId: "s-2", info: cluster.nodeInfo("taken", { nodeId: "another" }) });
    expect([name.status, name.body.code]).toEqual([409, "node_name_taken"]);
    const id = await join("taken", { sessionId: "s-3" });
    expect([id.status, id.body.code]).toEqual([409, "node_id_live"]);
    expect(name.headers.get("content-type")).toContain("application/problem+json");
  });

  it("asks for its former session, and ends that by joining again", async () => {
    const former = () => one.client("GET", "/internal/v1/nodes/id-again/former-session", undefined, token);
    expect((await former()).body).toEqual({ sessionId: null });
    await join("again");
    expect((await former()).body).toEqual({ sessionId: "s-again" });
    expect((await join("again", { sessionId: "s-again-2", former: "s-again" })).status).toBe(201);
    expect(await cluster.store.endedAmong(["s-again", "s-again-2"])).toEqual(["s-again"]);
  });

  it("beats while its session lives, and is told when it doesn't", async () => {
    const node = await cluster.addNode("beats", one);
    const before = (await cluster.store.getNode("beats"))?.session?.trustedUntil ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 5));
    const { status, body } = await node.beat(one);
    expect(status).toBe(200);
    expect(body.live).toBe(true);
    expect(body.now).toBeGreaterThan(0);
    const trusted = (await cluster.store.getNode("beats"))?.session?.trustedUntil;
    expect(trusted).toBeGreaterThan(before);
    expect((await node.call(one, "/beat", { load, onlyAsks: true })).body.live).toBe(true);
    expect((await cluster.store.getNode("beats"))?.session?.trustedUntil, "that was a question").toBe(trusted);
    expect((await cluster.store.getNode("beats"))?.session?.load).toEqual(load);
    expect((await node.call(one, "/close")).status).toBe(204);
    expect((await node.beat(one)).body.live).toBe(false);
  });

  it("reports, gzipped or not, and what it reports is in the ledger when it is answered", async () => {
    const node = await cluster.addNode("reports", one);
    const id = await aRun("reports");
    const view = await node.takes(id);
    expect(await node.claims(view)).toBe("claimed");
    expect((await node.report(one, node.started(view))).body).toEqual({ recorded: 1, ignored: 0 });
    expect((await cluster.store.getRun(id))?.state).toBe("running");

    const { fence, firstAttempt: attempt } = view.assignment;
    const about = { runId: id, fence, sessionId: node.sessionId, at: Date.now(), attempt };
    const data = new Uint8Array([0, 255, 10, 128]);
    const said: NodeEvent = { type: "output", ...about, seq: 0, stream: "stderr", offset: 0, gapBytes: 0, data };
    const response = await fetch(`${one.url}/internal/v1/sessions/${node.sessionId}/events`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${node.credential}`,
        "content-type": "application/json",
        "content-encoding": "gzip",
      },
      body: gzipSync(JSON.stringify(eventsBody([said, node.finished(view)]))),
    });
    expect(await response.json()).toEqual({ recorded: 2, ignored: 0 });
    expect((await cluster.store.getRun(id))?.state).toBe("succeeded");
    const [chunk] = await cluster.store.readOutput(id, null, 10);
    expect(Buffer.from(chunk?.data ?? [])).toEqual(Buffer.from(data));
  });

  it("may send kinds of events that this version doesn't know: they are left out and counted", async () => {
    const node = await cluster.addNode("future", one);
    const answer = await node.call(one, "/events", { events: [{ type: "checkpoint", runId: "r", at: 1 }] });
    expect([answer.status, answer.body]).toEqual([200, { recorded: 0, ignored: 1 }]);
  });

  it("is refused a body that is no gzip, too large when unpacked, or packed in another way", async () => {
    const node = await cluster.addNode("packs", one);
    const send = async (encoding: string, body: Uint8Array) => {
      const response = await fetch(`${one.url}/internal/v1/sessions/${node.sessionId}/events`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${node.credential}`,
          "content-type": "application/json",
          "content-encoding": encoding,
        },
        body,
      });
      return [response.status, ((await response.json()) as { code: string }).code];
    };
    expect(await send("gzip", Buffer.from("{}"))).toEqual([400, "unreadable"]);
    expect(await send("gzip", gzipSync(Buffer.alloc(20_000_000, " ")))).toEqual([413, "body_too_large"]);
    expect(await send("br", Buffer.from("{}"))).toEqual([415, "unsupported_encoding"]);
  });

  it("can't report under a session that has ended; what is left is told with the cluster's token", async () => {
    const node = await cluster.addNode("left", one);
    const id = await aRun("left");
    const view = await node.takes(id);
    await node.claims(view);
    await node.report(one, node.started(view));
    await node.call(one, "/close");
    const refused = await node.report(one, node.finished(view));
    expect([refused.status, refused.body.code]).toEqual([410, "session_ended"]);
    const told = await one.client("POST", "/internal/v1/events", eventsBody([node.finished(view)]), token);
    expect([told.status, told.body.recorded]).toEqual([200, 1]);
    expect((await cluster.store.getRun(id))?.state).toBe("succeeded");
  });

  it("is settled at once when its warden says that it is gone", async () => {
    const node = await cluster.addNode("gone", one);
    const id = await aRun("gone");
    const view = await node.takes(id);
    await node.claims(view);
    await node.report(one, node.started(view));
    expect((await node.call(one, "/abandoned")).status).toBe(204);
    // Its lease in the coordinator still lives, and its trust would have for half a minute.
    await until("the verdict", async () => (await cluster.store.getRun(id))?.state === "lost");
    expect((await node.call(one, "/abandoned")).status).toBe(204);
    expect(one.heard.map(({ event }) => event)).toContainEqual(
      expect.objectContaining({ type: "node", nodeName: "gone", state: "down" }),
    );
  });

  it("needs the right secret for each thing", async () => {
    const node = await cluster.addNode("secrets", one);
    const other = await cluster.addNode("secrets-2", one);
    const as = (secret: string | null, method: string, path: string) =>
      one
        .client(method, `/internal/v1${path}`, method === "GET" ? undefined : { load }, {
          authorization: secret === null ? "" : `Bearer ${secret}`,
        })
        .then(({ status, body }) => [status, body?.code]);
    const refused = [401, "unauthenticated"];
    const beat = `/sessions/${node.sessionId}/beat`;
    expect(await as(node.credential, "POST", beat)).toEqual([200, undefined]);
    expect(await as(other.credential, "POST", beat)).toEqual(refused);
    expect(await as(clusterToken, "POST", beat)).toEqual(refused);
    expect(await as(one.localToken, "POST", beat)).toEqual(refused);
    expect(await as(null, "POST", beat)).toEqual(refused);
    expect(await as(node.credential, "GET", "/nodes/x/former-session")).toEqual(refused);
    expect(await as(one.localToken, "GET", "/nodes/x/former-session")).toEqual(refused);
    for (const path of ["/sessions", "/events", "/changes"]) expect(await as("guess", "POST", path)).toEqual(refused);
    const publicly = await one.client("GET", "/api/v1/jobs", undefined, token);
    expect(publicly.status).toBe(401);
  });

  it("isn't in the public document", async () => {
    const { text } = await one.client("GET", "/api/v1/openapi.json");
    expect(text).not.toContain("internal");
  });

  describe("to know whether somebody may read its metrics", () => {
    const ask = (shown: string, secret: Record<string, string> = token) =>
      one.client("POST", "/internal/v1/metrics-reader", { token: shown }, secret);
    const newToken = async (name: string, scopes: string[]) => {
      const { status, body } = await one.client("POST", "/api/v1/tokens", { name, role: "viewer", scopes });
      expect(status).toBe(201);
      return body as { id: string; token: string };
    };

    it("whose token has the scope, or may read everything, may", async () => {
      const { id, token: scraper } = await newToken("prometheus", ["metrics"]);
      expect((await ask(scraper)).body).toEqual({ mayRead: true });
      expect((await ask((await newToken("viewer", [])).token)).body).toEqual({ mayRead: true });
      expect((await one.client("DELETE", `/api/v1/tokens/${id}`)).status).toBe(204);
      expect((await ask(scraper)).body).toEqual({ mayRead: false, detail: "this token was revoked" });
    });

    it("whose isn't known may not; nor this machine's own, nor the cluster's", async () => {
      for (const shown of ["dct_guess", one.localToken, clusterToken])
        expect((await ask(shown)).body).toEqual({ mayRead: false, detail: "this token is not known here" });
    });

    it("guesses at a node don't shut out who is known there, nor the node", async () => {
      const { token: scraper } = await newToken("steady", ["metrics"]);
      await ask(scraper);
      for (let i = 0; i < 30; i++) await ask(`guess-${i}`);
      expect((await ask("guess-31")).body.detail).toContain("too many");
      expect((await ask(scraper)).body).toEqual({ mayRead: true });
      expect((await one.client("GET", "/internal/v1/nodes/x/former-session", undefined, token)).status).toBe(200);
    });

    it("only members of the cluster may ask", async () => {
      expect((await ask("x", { authorization: "Bearer guess" })).status).toBe(401);
    });
  });
});

describe("guessing", () => {
  it("is stopped after a while, for those too who guess right in the end", async () => {
    const cluster = await openCluster();
    const one = await cluster.addScheduler("sched-1");
    const former = (secret: string) =>
      one.client("GET", "/internal/v1/nodes/x/former-session", undefined, { authorization: `Bearer ${secret}` });
    for (let i = 0; i < 20; i++) expect((await former(`guess-${i}`)).status).toBe(401);
    const { status, body, headers } = await former("guess-21");
    expect([status, body.code]).toEqual([429, "too_many_failures"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await former(clusterToken)).status).toBe(429);
    await cluster.close();
  });
});
