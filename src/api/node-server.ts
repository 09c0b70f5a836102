// A node's own small server: whether the process lives, whether it takes work, its metrics. Nothing can be changed here.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Clock } from "../clock.ts";
import type { Log } from "../lib/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { listenFailure, localUrl } from "./listen-address.ts";
import type { MayRead } from "./metrics-readers.ts";
import { isLocal } from "./routes/health.ts";

export interface NodeServerOptions {
  /** node.host and node.port; 0: any port that is free. */
  host: string;
  port: number;
  /** Whether who shows this token from another machine may read /metrics. */
  mayRead(token: string): Promise<MayRead>;
  readiness(): { name: string; ready: boolean }[];
  metrics: Pick<Metrics, "scrape">;
  clock: Clock;
  log: Log;
}

export interface NodeServer {
  /** Throws ListenError: port_in_use, listen_failed. */
  listen(): Promise<{ url: string; port: number }>;
  /** Accepts nothing more; every connection is closed within two seconds. Safe to repeat, and before listen(). */
  close(): Promise<void>;
}

interface Answer {
  status: number;
  type?: string;
  body: string | object;
  headers?: Record<string, string>;
}

const closeWithinMs = 2000;

export function createNodeServer(options: NodeServerOptions): NodeServer {
  const { clock, log } = options;
  const server = createServer(
    { maxHeaderSize: 16_384, headersTimeout: 15_000, requestTimeout: 15_000, keepAliveTimeout: 30_000 },
    (request, response) => void serve(request, response),
  );
  server.maxConnections = 100;
  let closing: Promise<void> | null = null;

  async function serve(request: IncomingMessage, response: ServerResponse) {
    // Whatever stands in a body, nobody reads it.
    request.resume();
    try {
      write(response, await answer(request));
    } catch (err) {
      log.error({ err, url: request.url }, "a request to the node's own port failed");
      write(response, problem(500, "internal", "something went wrong here; the node's log says what"));
    }
  }

  async function answer(request: IncomingMessage): Promise<Answer> {
    const path = request.url?.split("?")[0];
    if (path !== "/livez" && path !== "/readyz" && path !== "/metrics")
      return problem(404, "not_found", `a node has no ${path}; it serves /livez, /readyz and /metrics`);
    if (request.method !== "GET" && request.method !== "HEAD")
      return problem(405, "method_not_allowed", `${path} is only read`, { allow: "GET, HEAD" });
    if (path === "/livez") return { status: 200, body: { status: "alive" } };
    if (path === "/readyz") return ready();
    const refusal = isLocal(request) ? null : await refuse(request);
    if (refusal) return refusal;
    const { contentType, body } = await options.metrics.scrape();
    return { status: 200, type: contentType, body };
  }

  function ready(): Answer {
    const components = options.readiness();
    const waiting = components.filter((each) => !each.ready).map(({ name }) => name);
    if (waiting.length === 0) return { status: 200, body: { ready: true, components } };
    const { body, ...rest } = problem(503, "not_ready", `not ready: ${waiting.join(", ")}`, { "retry-after": "2" });
    return { ...rest, body: { ...(body as object), ready: false, components } };
  }

  /** null: whoever asks from elsewhere may read the metrics. */
  async function refuse({ headers }: IncomingMessage): Promise<Answer | null> {
    const shown = /^Bearer +([\x21-\x7e]{1,512})$/i.exec(headers.authorization?.trim() ?? "")?.[1];
    const may: MayRead = shown
      ? await options.mayRead(shown)
      : {
          answer: "no",
          detail:
            "expected Authorization: Bearer <a token of scope metrics>; without one metrics are for this machine itself",
        };
    if (may.answer === "yes") return null;
    if (may.answer === "no")
      return problem(401, "unauthenticated", may.detail, { "www-authenticate": 'Bearer realm="distcron"' });
    const detail = `whether this token may read metrics can't be told now: ${may.detail}`;
    return problem(503, "not_ready", detail, { "retry-after": "5" });
  }

  return {
    async listen() {
      const { host, port } = options;
      try {
        await new Promise<void>((resolve, reject) => {
          server.once("error", reject);
          server.listen({ host, port }, () => {
            server.off("error", reject);
            resolve();
          });
        });
      } catch (err) {
        throw listenFailure(err, host, port, "node.port");
      }
      server.on("error", (err) => log.error({ err }, "the node's own port has trouble"));
      const address = server.address();
      const bound = typeof address === "object" && address ? address.port : port;
      const url = localUrl({ host, port: bound, tls: false });
      log.info({ url }, "the node's health and metrics are served");
      return { url, port: bound };
    },
    close() {
      closing ??= new Promise<void>((resolve) => {
        const stop = clock.after(closeWithinMs, () => server.closeAllConnections());
        server.close(() => {
          stop();
          resolve();
        });
        server.closeIdleConnections();
      });
      return closing;
    },
  };
}

function write(response: ServerResponse, { status, type = "application/json; charset=utf-8", body, headers }: Answer) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...headers,
  });
  response.end(text);
}

function problem(status: number, code: string, detail: string, headers: Record<string, string> = {}): Answer {
  const body = { type: "about:blank", title: code.replaceAll("_", " "), status, code, detail };
  return { status, type: "application/problem+json; charset=utf-8", body, headers };
}
