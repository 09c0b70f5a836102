// A scheduler as nodes see it, over real HTTP: it checks what it gets against the contract, remembers it, and misbehaves
// when told to.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { BeatRequest, EventsRequest, internalPrefix, JoinRequest } from "../../src/api/internal-contract.ts";
import type { NodeEvent } from "../../src/model/assignment.ts";

export interface Misbehaviour {
  status: number;
  code?: string;
  headers?: Record<string, string>;
}

export async function openFakeScheduler(options: { token: string; now?: () => number; graceMs?: number }) {
  const { token, now = () => 0, graceMs = 30_000 } = options;
  const state = {
    sessions: new Map<string, string>(),
    ended: new Set<string>(),
    abandoned: [] as string[],
    closed: [] as string[],
    former: null as string | null,
    events: [] as NodeEvent[],
    /** Events that came by the cluster's token. */
    outside: 0,
    gzipped: 0,
    beats: 0,
    drain: false as boolean | undefined,
    requests: 0,
    /** Answers to requests whose path ends so. */
    instead: new Map<string, Misbehaviour>(),
    /** Takes requests and never answers. */
    silent: false,
  };

  async function bodyOf(request: IncomingMessage) {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    let body = Buffer.concat(pieces);
    if (request.headers["content-encoding"] === "gzip") {
      state.gzipped++;
      body = gunzipSync(body);
    }
    return body.length ? (JSON.parse(body.toString()) as unknown) : undefined;
  }
  const problem = (response: ServerResponse, { status, code = "problem", headers = {} }: Misbehaviour) =>
    response
      .writeHead(status, { "content-type": "application/problem+json", ...headers })
      .end(JSON.stringify({ type: "about:blank", title: "no", status, code, detail: `told to say ${status}` }));
  const answer = (response: ServerResponse, status: number, body?: object) =>
    response.writeHead(status, { "content-type": "application/json" }).end(body ? JSON.stringify(body) : "");

  async function serve(request: IncomingMessage, response: ServerResponse) {
    state.requests++;
    const body = await bodyOf(request);
    if (state.silent) return;
    const path = decodeURIComponent((request.url ?? "").slice(internalPrefix.length));
    for (const [end, misbehaviour] of state.instead) if (path.endsWith(end)) return problem(response, misbehaviour);
    const secret = request.headers.authorization?.replace("Bearer ", "");
    const [, group, id = "", verb] = path.split("/");
    const asMember = secret === token;
    const asSession = group === "sessions" && verb !== undefined && secret === state.sessions.get(id);
    if (!asMember && !asSession) return problem(response, { status: 401, code: "unauthenticated" });

    if (path === "/sessions") {
      const { sessionId } = JoinRequest.parse(body);
      state.sessions.set(sessionId, `credential-of-${sessionId}`);
      return answer(response, 201, { credential: `credential-of-${sessionId}`, graceMs, now: now() });
    }
    if (group === "nodes") return answer(response, 200, { sessionId: state.former });
    if (verb === "beat") {
      BeatRequest.parse(body);
      state.beats++;
      const live = !state.ended.has(id);
      return answer(response, 200, { live, now: now(), ...(state.drain === undefined ? {} : { drain: state.drain }) });
    }
    if (group === "events" || verb === "events") {
      if (state.ended.has(id)) return problem(response, { status: 410, code: "session_ended" });
      const { events } = EventsRequest.parse(body);
      state.events.push(...events);
      if (group === "events") state.outside += events.length;
      return answer(response, 200, { recorded: events.length, ignored: 0 });
    }
    if (verb === "close") state.closed.push(id);
    else if (verb === "abandoned") state.abandoned.push(id);
    else return problem(response, { status: 404, code: "not_found" });
    return answer(response, 204);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((err) => problem(response, { status: 422, code: String(err) }));
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { state, url: `http://127.0.0.1:${port}`, close, reopen: () => listen(port) };
}

export type FakeScheduler = Awaited<ReturnType<typeof openFakeScheduler>>;
