import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createApiClient } from "../../src/api/client.ts";
import { readEvents } from "../../src/lib/event-reader.ts";
import { localToken, openApiScene } from "../support/api-scene.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
async function serve(listener: RequestListener) {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("the client", () => {
  it("creates, reads and deletes, and says what was refused", async () => {
    const scene = await openApiScene();
    const api = createApiClient({ url: await scene.listen(), token: localToken, via: "cli" });
    const made = await api.send<{ name: string }>("POST", "/api/v1/jobs", {
      name: "a",
      schedule: "@manual",
      cmd: "true",
    });
    expect(made.name).toBe("a");
    expect((await api.get<{ items: unknown[] }>("/api/v1/jobs", { limit: 1, tag: undefined })).items).toHaveLength(1);
    await expect(api.get("/api/v1/jobs", { limt: 1 })).rejects.toMatchObject({
      name: "Error",
      status: 400,
      code: "unknown_parameter",
      errors: [{ path: "limt", message: expect.stringContaining("limit") }],
      requestId: expect.any(String),
    });
    const headers = { "if-match": "7" };
    await expect(api.send("PUT", "/api/v1/jobs/a", {}, { headers })).rejects.toMatchObject({
      status: 409,
      problem: { current: { version: 1 } },
    });
    await api.send("DELETE", "/api/v1/jobs/a");
    const { id } = await api.send<{ id: string }>("POST", "/api/v1/tokens", { name: "t" });
    expect(await api.send("DELETE", `/api/v1/tokens/${id}`)).toBeUndefined();
    await scene.close();
  });

  it("tells a server that isn't there from one that doesn't answer and one that isn't ours", async () => {
    const gone = createApiClient({ url: "http://127.0.0.1:1", token: null });
    await expect(gone.get("/x")).rejects.toMatchObject({
      code: "unreachable",
      message: expect.stringContaining("http://127.0.0.1:1"),
    });
    await expect(gone.events("/x")[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "unreachable" });
    const silent = createApiClient({ url: await serve(() => {}), token: null, timeoutMs: 100 });
    await expect(silent.get("/x")).rejects.toMatchObject({ code: "timeout" });
    const other = createApiClient({ url: await serve((_, res) => res.end("<html>hello")), token: null });
    await expect(other.get("/x")).rejects.toMatchObject({ code: "bad_answer" });
    const proxy = createApiClient({
      url: await serve((_, res) => res.writeHead(502).end("<html>bad gateway")),
      token: null,
    });
    await expect(proxy.get("/x")).rejects.toMatchObject({ code: "bad_answer", status: 502 });
  });

  it("never sends its token along a redirection", async () => {
    let asked = 0;
    const elsewhere = await serve((_, res) => {
      asked++;
      res.end("{}");
    });
    const url = await serve((_, res) => res.writeHead(302, { location: elsewhere }).end());
    await expect(createApiClient({ url, token: "dct_secret" }).get("/x")).rejects.toMatchObject({ code: "bad_answer" });
    expect(asked).toBe(0);
  });

  it("goes on after the last event when a stream breaks, and stops at what can't be helped", async () => {
    const lasts: (string | undefined)[] = [];
    const url = await serve((req, res) => {
      lasts.push(req.headers["last-event-id"] as string | undefined);
      if (lasts.length === 3)
        return void res.writeHead(403, { "content-type": "application/problem+json" }).end('{"code":"forbidden"}');
      res.writeHead(200, { "content-type": "text/event-stream" });
      res.write(`id: ${lasts.length}\nevent: run\ndata: {}\n\nevent: ru`);
      setTimeout(() => res.destroy(), 20);
    });
    const seen: (string | undefined)[] = [];
    const reading = (async () => {
      for await (const event of createApiClient({ url, token: null }).events("/x")) seen.push(event.id);
    })();
    await expect(reading).rejects.toMatchObject({ code: "forbidden", status: 403 });
    expect(seen).toEqual(["1", "2"]);
    expect(lasts).toEqual([undefined, "1", "2"]);
  });
});

describe("server-sent events", () => {
  async function parse(...pieces: string[]) {
    const found = [];
    for await (const event of readEvents(
      (async function* () {
        for (const piece of pieces) yield Buffer.from(piece, "latin1");
      })(),
    ))
      found.push(event);
    return found;
  }
  it("are read whatever the pieces and line ends", async () => {
    const expected = [
      { event: "run", data: "a\nb", id: "7" },
      { event: "message", data: "c", id: undefined },
    ];
    const text = ": hello\nretry: 5\n\nid: 7\nevent: run\ndata: a\ndata:b\n\ndata: c\n\ndata: cut off";
    expect(await parse(text)).toEqual(expected);
    expect(await parse(...text)).toEqual(expected);
    expect(await parse(...text.replaceAll("\n", "\r\n"))).toEqual(expected);
  });
});
