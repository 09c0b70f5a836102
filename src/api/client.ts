// The API's client for the command line and for tests. Problems become ApiError; a server that can't be reached and one
// that doesn't answer in time have codes of their own. Nothing is tried twice but event streams, which resume.
import { got, RequestError, TimeoutError } from "got";
import { type Clock, systemClock } from "../clock.ts";
import { readEvents, type ServerEvent } from "../lib/event-reader.ts";
import { createPinnedAgent } from "./client/pinned-agent.ts";
import type { Problem } from "./contract/problem.ts";

/** `code`: the problem's, or unreachable, timeout, bad_answer. `status` is undefined where there was no answer. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number | undefined;
  readonly detail: string;
  readonly errors: { path: string; message: string }[];
  readonly requestId: string | undefined;
  /** The whole problem document: `current` of a conflict stands there. */
  readonly problem: Partial<Problem>;
  constructor(code: string, message: string, problem: Partial<Problem> = {}, options?: { cause: unknown }) {
    super(message, options);
    this.code = code;
    this.status = problem.status;
    this.detail = problem.detail ?? message;
    this.errors = problem.errors ?? [];
    this.requestId = problem.requestId;
    this.problem = problem;
  }
}

export type Query = Record<string, string | number | boolean | undefined>;
export interface SendOptions {
  headers?: Record<string, string>;
  query?: Query;
}
export interface EventOptions {
  query?: Query;
  signal?: AbortSignal;
  /** Goes on after this event. */
  lastEventId?: string;
}

/** Paths begin with /. Every method throws ApiError. */
export interface ApiClient {
  get<T>(path: string, query?: Query): Promise<T>;
  /** With a body of JSON if one is given. Resolves with undefined for an answer without content. */
  send<T = unknown>(
    method: "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    body?: unknown,
    options?: SendOptions,
  ): Promise<T>;
  text(path: string, query?: Query): Promise<string>;
  /**
   * Server-sent events, resumed after a break. Ends with the event `end`, or when the signal aborts; throws when the
   * server can't be reached again within some ten tries.
   */
  events(path: string, options?: EventOptions): AsyncIterable<ServerEvent>;
}

const answerWithinMs = 60_000;
const connectWithinMs = 10_000;
/** Four heartbeats: the line is dead. */
const silenceMs = 60_000;
const mostTries = 10;

export function createApiClient(options: {
  url: string;
  token: string | null;
  /** Who talks: cli or ui; stands in the audit. */
  via?: string;
  clock?: Clock;
  timeoutMs?: number;
  /** The server is known by its certificate's SHA-256 fingerprint, whatever name and authority stand in it. */
  fingerprint?: string | undefined;
}): ApiClient {
  const { token, via = "api", clock = systemClock } = options;
  const url = options.url.replace(/\/+$/, "");
  const timeout = { connect: connectWithinMs, request: options.timeoutMs ?? answerWithinMs };
  const base = {
    retry: { limit: 0 },
    throwHttpErrors: false,
    followRedirect: false,
    ...(options.fingerprint ? { agent: { https: createPinnedAgent(options.fingerprint) } } : {}),
    headers: {
      "distcron-client": via,
      "user-agent": "distcron",
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
  };
  const address = (path: string, query: Query = {}) => {
    const full = new URL(url + path);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) full.searchParams.set(name, String(value));
    return full;
  };

  async function ask(method: string, path: string, send: SendOptions & { body?: string; accept: string }) {
    const headers = {
      ...base.headers,
      accept: send.accept,
      ...(send.body === undefined ? {} : { "content-type": "application/json" }),
      ...send.headers,
    };
    const { body } = send;
    try {
      const response = await got(address(path, send.query), {
        ...base,
        method: method as "GET",
        timeout,
        headers,
        ...(body === undefined ? {} : { body }),
      });
      if (response.statusCode >= 400) throw refusal(response.statusCode, response.body);
      if (response.statusCode >= 300)
        throw new ApiError(
          "bad_answer",
          `${url} answered with a redirection (${response.statusCode}): is it a DistCron server?`,
        );
      return response.body;
    } catch (err) {
      throw failure(err);
    }
  }

  function failure(err: unknown): ApiError {
    if (err instanceof ApiError) return err;
    if (err instanceof TimeoutError && err.event !== "connect")
      return new ApiError("timeout", `${url} did not answer in time`, {}, { cause: err });
    if (err instanceof RequestError || err instanceof Error)
      return new ApiError(
        "unreachable",
        `cannot reach ${url}: ${err.message || (err as NodeJS.ErrnoException).code}`,
        {},
        { cause: err },
      );
    return new ApiError("unreachable", `cannot reach ${url}`, {}, { cause: err });
  }

  const parsed = <T>(text: string): T => {
    if (text === "") return undefined as T;
    try {
      return JSON.parse(text) as T;
    } catch (err) {
      throw new ApiError(
        "bad_answer",
        `${url} answered something that is not JSON: is it a DistCron server?`,
        {},
        { cause: err },
      );
    }
  };

  /** One connection's events. Returns when the server ends it, throws when it breaks. */
  async function* once(
    path: string,
    query: Query | undefined,
    last: string | undefined,
    signal: AbortSignal | undefined,
  ) {
    const headers = { ...base.headers, accept: "text/event-stream", ...(last ? { "last-event-id": last } : {}) };
    const stream = got.stream(address(path, query), {
      ...base,
      headers,
      timeout: { connect: connectWithinMs, response: answerWithinMs, socket: silenceMs },
    });
    const abort = () => stream.destroy();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      const status = await new Promise<number>((resolve, reject) => {
        stream.once("response", (response: { statusCode: number }) => resolve(response.statusCode));
        stream.once("error", reject);
        stream.once("close", () => reject(signal?.reason ?? new Error("the connection was closed")));
      });
      if (status !== 200) {
        let body = "";
        for await (const piece of stream) body += String(piece);
        throw refusal(status, body);
      }
      yield* readEvents(stream);
    } finally {
      signal?.removeEventListener("abort", abort);
      stream.destroy();
    }
  }

  return {
    get: async <T>(path: string, query?: Query) =>
      parsed<T>(await ask("GET", path, { accept: "application/json", ...(query ? { query } : {}) })),
    async send<T>(method: string, path: string, body?: unknown, sending: SendOptions = {}) {
      const text = body === undefined ? {} : { body: JSON.stringify(body) };
      return parsed<T>(await ask(method, path, { accept: "application/json", ...text, ...sending }));
    },
    text: (path, query) => ask("GET", path, { accept: "text/plain", ...(query ? { query } : {}) }),
    async *events(path, { query, signal, lastEventId } = {}) {
      let last = lastEventId;
      for (let failures = 0; !signal?.aborted; ) {
        try {
          for await (const event of once(path, query, last, signal)) {
            failures = 0;
            last = event.id ?? last;
            // A server that goes away says so; its successor goes on from the last id.
            if (event.event === "closing" || event.event === "cut") continue;
            yield event;
            if (event.event === "end") return;
          }
          failures++;
        } catch (err) {
          if (signal?.aborted) return;
          const problem = failure(err);
          const isFinal = problem.status !== undefined && problem.status < 500 && problem.status !== 429;
          if (
            isFinal ||
            ++failures >= mostTries ||
            (last === undefined && failures > 1 && problem.code === "unreachable")
          )
            throw problem;
        }
        await clock.sleep(Math.min(5000, 250 * 2 ** failures), signal).catch(() => undefined);
      }
    },
  };
}

function refusal(status: number, body: string): ApiError {
  try {
    const problem = JSON.parse(body) as Partial<Problem>;
    if (typeof problem.code === "string")
      return new ApiError(problem.code, problem.detail ?? problem.title ?? `answered ${status}`, {
        ...problem,
        status,
      });
  } catch {
    // Not ours: a proxy's page, perhaps. The status says enough.
  }
  return new ApiError("bad_answer", `the server answered ${status} without saying why`, { status });
}
