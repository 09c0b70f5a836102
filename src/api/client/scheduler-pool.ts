// The schedulers as a node sees them: any of them will do. It stays with one that answers, and goes on to the next when
// that one is gone, silent or asks to be left alone. Each request asks each scheduler at most once (a broken connection
// apart), so it ends; who wants to try for longer paces himself.
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { got, RequestError, type Response } from "got";
import type { Clock } from "../../clock.ts";
import type { Log } from "../../lib/log.ts";
import type { Random } from "../../random.ts";

/** Nobody answered, or nobody wants to be asked now. What was asked for may have been done all the same. */
export class NoSchedulerError extends Error {
  readonly code = "no_scheduler";
  /** The least time after which one of them wants to be asked again; 0: any time. */
  readonly retryAfterMs: number;
  constructor(message: string, retryAfterMs: number, options?: { cause: unknown }) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
  }
}
/** A scheduler refused. `code` is the problem's. */
export class RefusedError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export interface PoolRequest {
  method: "GET" | "POST";
  path: string;
  body?: object;
  token: string;
  /** Of one try. */
  timeoutMs: number;
  /** Who is asked to wait (429, 503 with Retry-After) waits with what goes the same way, and with nothing else. */
  lane: string;
}

export interface SchedulerPool {
  /** The answer's JSON, undefined for none. Throws NoSchedulerError, RefusedError. All that is asked for may be repeated. */
  ask(request: PoolRequest): Promise<unknown>;
  urls(): string[];
  /** Lets connections go; what is under way ends by its own limit. */
  close(): void;
}

export interface SchedulerPoolOptions {
  /** Base URLs of those that are up, in any order. */
  schedulers(): Promise<string[]>;
  clock: Clock;
  random: Pick<Random, "next">;
  log: Log;
  /** PEM of the authorities that schedulers' certificates are checked against; the system's unless given. */
  ca?: string | undefined;
  /** The list has changed. */
  onUrls?(urls: string[]): void;
}

const connectMs = 2000;
const listMs = 3000;
const listEveryMs = 15_000;
const longestRestMs = 60_000;
const gzipFromBytes = 1024;
const zip = promisify(gzip);
/** A kept connection that the other side had closed already: the same request on a new one. */
const broken = new Set(["ECONNRESET", "EPIPE"]);
/** Of this scheduler, not of the request: another may answer. */
const tryAnother = new Set([401, 404, 408, 429, 500, 502, 503, 504]);

export function createSchedulerPool(options: SchedulerPoolOptions): SchedulerPool {
  const { clock, random, log } = options;
  const keep = { keepAlive: true, maxSockets: 8 };
  const agent = { http: new HttpAgent(keep), https: new HttpsAgent(keep) };
  let urls: string[] = [];
  let current: string | null = null;
  let listedAt = Number.NEGATIVE_INFINITY;
  let listing: Promise<void> | null = null;
  const restUntil = new Map<string, number>();

  function list(): Promise<void> {
    listing ??= (async () => {
      const late = new AbortController();
      try {
        const tooLate = clock.sleep(listMs, late.signal).then(() => {
          throw new Error(`the list of schedulers didn't come within ${listMs} ms`);
        });
        const found = await Promise.race([options.schedulers(), tooLate]);
        listedAt = clock.monotonic();
        take([...new Set(found.filter((url) => url !== "").map((url) => url.replace(/\/+$/, "")))]);
      } catch (err) {
        // Those that are known may be there all the same.
        log.debug({ err }, "the list of schedulers can't be read; the last one is used");
      } finally {
        late.abort();
        listing = null;
      }
    })();
    return listing;
  }

  function take(found: string[]) {
    // An empty list is a coordinator's that has just begun.
    if (found.length === 0 || (found.length === urls.length && found.every((url) => urls.includes(url)))) return;
    urls = found;
    options.onUrls?.([...urls]);
  }

  /** The one that answered last, then the others from a random one on. */
  function inOrder(): string[] {
    const others = urls.filter((url) => url !== current);
    const from = Math.floor(random.next() * others.length);
    const turned = [...others.slice(from), ...others.slice(0, from)];
    return current !== null && urls.includes(current) ? [current, ...turned] : turned;
  }

  async function once(url: string, request: PoolRequest, payload: Payload): Promise<Response<string>> {
    const { method, path, token, timeoutMs } = request;
    const send = () =>
      got(url + path, {
        method,
        headers: {
          accept: "application/json",
          "user-agent": "distcron",
          authorization: `Bearer ${token}`,
          ...payload.headers,
        },
        ...(payload.body === undefined ? {} : { body: payload.body }),
        agent,
        retry: { limit: 0 },
        throwHttpErrors: false,
        followRedirect: false,
        timeout: { connect: connectMs, request: timeoutMs },
        ...(options.ca === undefined ? {} : { https: { certificateAuthority: options.ca } }),
      });
    try {
      return await send();
    } catch (err) {
      if (err instanceof RequestError && broken.has(err.code)) return send();
      throw err;
    }
  }

  async function ask(request: PoolRequest): Promise<unknown> {
    if (urls.length === 0) await list();
    else if (clock.monotonic() - listedAt > listEveryMs) void list();
    const payload = await payloadOf(request.body);
    const asked = new Set<string>();
    const failures: string[] = [];
    let strangers = 0;
    let stranger: RefusedError | null = null;
    let cause: unknown;
    let restMs = Number.POSITIVE_INFINITY;

    for (let round = 0; round < 2; round++) {
      for (const url of inOrder()) {
        if (asked.has(url)) continue;
        asked.add(url);
        const rest = (restUntil.get(`${request.lane} ${url}`) ?? 0) - clock.monotonic();
        if (rest > 0) {
          restMs = Math.min(restMs, rest);
          failures.push(`${url} asked to be left alone for a while`);
          continue;
        }
        try {
          const response = await once(url, request, payload);
          if (response.statusCode < 300) {
            current = url;
            return parsed(response.body);
          }
          const problem = refusalOf(response);
          if (!tryAnother.has(response.statusCode)) {
            current = url;
            throw problem;
          }
          restMs = Math.min(restMs, rested(url, request.lane, response));
          if (problem.status === 401) {
            stranger = problem;
            strangers++;
          }
          failures.push(`${url}: ${problem.message}`);
        } catch (err) {
          if (err instanceof RefusedError) throw err;
          cause = err;
          failures.push(`${url}: ${(err as Error).message || (err as { code?: string }).code}`);
          restMs = 0;
        }
        if (current === url) current = null;
      }
      if (round === 0) await list();
    }
    // One alone may be of another cluster, or wrongly set up; all of them can't.
    if (stranger && strangers === asked.size) throw stranger;
    const why = failures.join("; ") || "none is known; are the schedulers up, and is the coordinator's address right?";
    throw new NoSchedulerError(`no scheduler answers: ${why}`, Number.isFinite(restMs) ? restMs : 0, { cause });
  }

  /** Milliseconds for which it asked to be left alone. */
  function rested(url: string, lane: string, { headers, statusCode }: Response<string>): number {
    if (statusCode !== 429 && statusCode !== 503) return 0;
    const seconds = Number(headers["retry-after"]);
    const ms = Math.min(longestRestMs, Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0);
    if (ms > 0) restUntil.set(`${lane} ${url}`, clock.monotonic() + ms);
    return ms;
  }

  return {
    ask,
    urls: () => [...urls],
    close() {
      agent.http.destroy();
      agent.https.destroy();
    },
  };
}

interface Payload {
  headers: Record<string, string>;
  body?: string | Buffer;
}

async function payloadOf(body: object | undefined): Promise<Payload> {
  if (body === undefined) return { headers: {} };
  const text = JSON.stringify(body);
  const headers = { "content-type": "application/json" };
  if (text.length <= gzipFromBytes) return { headers, body: text };
  return { headers: { ...headers, "content-encoding": "gzip" }, body: await zip(text) };
}

function parsed(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (err) {
    throw new Error("it answered something that isn't JSON: is it a DistCron scheduler?", { cause: err });
  }
}

function refusalOf({ statusCode, body }: Response<string>): RefusedError {
  try {
    const { code, detail, title } = JSON.parse(body) as Record<string, unknown>;
    if (typeof code === "string") return new RefusedError(code, statusCode, String(detail ?? title ?? statusCode));
  } catch {
    // Not ours: a proxy's page, perhaps. The status says enough.
  }
  return new RefusedError("bad_answer", statusCode, `it answered ${statusCode} without saying why`);
}
