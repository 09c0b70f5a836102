// What a node answers on its own port, and to whom.
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createNodeServer, type NodeServer, type NodeServerOptions } from "../../../src/api/node-server.ts";
import { systemClock } from "../../../src/clock.ts";
import { silentLog } from "../../../src/lib/log.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";

const open: NodeServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function listening(more: Partial<NodeServerOptions> = {}) {
  const metrics = createMetrics({
    clock: systemClock,
    version: "1",
    perJob: "off",
    node: () => ({ name: "web-1", up: true, slots: 4, running: 2, cpuRatio: 0.5, memoryRatio: 0.25, disks: [] }),
    spoolEvents: () => 7,
    onError: () => {},
    runtime: false,
  });
  const server = createNodeServer({
    host: "127.0.0.1",
    port: 0,
    mayRead: async (token) =>
      token === "good" ? { answer: "yes" } : { answer: token === "early" ? "unknown" : "no", detail: `of ${token}` },
    readiness: () => [{ name: "node", ready: true }],
    metrics,
    clock: systemClock,
    log: silentLog,
    ...more,
  });
  open.push(server);
  const { url, port } = await server.listen();
  const get = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(url + path, init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  return { server, url, port, get };
}
/** As a proxy on this machine passes it on: from anywhere. */
const fromElsewhere = (authorization?: string) => ({
  headers: { "x-forwarded-for": "10.0.0.9", ...(authorization ? { authorization } : {}) },
});

describe("a node's own port", () => {
  it("says that it lives", async () => {
    const { get } = await listening();
    expect(await get("/livez", fromElsewhere())).toMatchObject({ status: 200, text: '{"status":"alive"}' });
  });

  it("names what isn't ready", async () => {
    const components = [
      { name: "node", ready: true },
      { name: "schedulers", ready: false },
      { name: "coordinator", ready: false },
    ];
    const { get } = await listening({ readiness: () => components });
    const { status, text } = await get("/readyz");
    expect(status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({
      code: "not_ready",
      detail: "not ready: schedulers, coordinator",
      components,
    });
    for (const each of components) each.ready = true;
    expect((await get("/readyz")).status).toBe(200);
  });

  it("shows the node's metrics to this machine without a token, to others only with a token that may read them", async () => {
    const { get } = await listening();
    const { status, text, headers } = await get("/metrics");
    expect(status).toBe(200);
    expect(headers.get("content-type")).toMatch(/^text\/plain/);
    expect(text).toContain('distcron_node_slots_used{node="web-1"} 2');
    expect(text).toContain('distcron_node_up{node="web-1"} 1');
    expect(text).toContain("distcron_spool_events 7");
    expect((await get("/metrics", fromElsewhere())).status).toBe(401);
    expect((await get("/metrics", fromElsewhere("Bearer "))).status).toBe(401);
    const wrong = await get("/metrics", fromElsewhere("Bearer wrong"));
    expect([wrong.status, JSON.parse(wrong.text).detail]).toEqual([401, "of wrong"]);
    expect((await get("/metrics", fromElsewhere("Bearer good"))).status).toBe(200);
  });

  it("says so when nobody can tell whether a token may read them", async () => {
    const { get } = await listening();
    const early = await get("/metrics", fromElsewhere("Bearer early"));
    expect([early.status, early.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(JSON.parse(early.text).detail).toContain("of early");
  });

  it("serves nothing else and changes nothing", async () => {
    const { get } = await listening();
    expect((await get("/api/v1/jobs")).status).toBe(404);
    expect((await get("/livez", { method: "POST", body: "x" })).status).toBe(405);
  });

  it("says whose port it is that another process has", async () => {
    const { port } = await listening();
    await expect(listening({ port })).rejects.toMatchObject({
      code: "port_in_use",
      message: expect.stringContaining("node.port"),
    });
  });

  it("closes within its limit, whoever still holds a connection", async () => {
    const { server, port } = await listening();
    const socket = connect(port, "127.0.0.1");
    socket.write("GET /livez HTTP/1.1\r\n");
    await new Promise((resolve) => socket.once("connect", resolve));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => {});
    await Promise.all([server.close(), server.close(), closed]);
  });

  it("may be closed before it listens", async () => {
    const server = createNodeServer({
      host: "127.0.0.1",
      port: 0,
      mayRead: async () => ({ answer: "no", detail: "" }),
      readiness: () => [],
      metrics: { scrape: async () => ({ contentType: "text/plain", body: "" }) },
      clock: systemClock,
      log: silentLog,
    });
    await server.close();
  });
});
