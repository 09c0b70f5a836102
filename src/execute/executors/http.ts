// Makes the request of an HTTP job: one attempt, no retries of its own. The answer's body becomes the attempt's stdout,
// status line and telling headers its stderr; what is kept of them is bounded as a command's output is.
import type { IncomingMessage } from "node:http";
import got, { type Method, type OptionsInit, type Request } from "got";
import type { Clock } from "../../clock.ts";
import type { HttpTask } from "../../model/job.ts";
import type { Executor, RunningAttempt } from "../executor.ts";
import { OutputWindow } from "../output-window.ts";
import { createDenies, createGuardedAgents, DeniedAddressError } from "./http-guard.ts";
import { describeTarget, type PlannedRequest, planRequest } from "./http-request.ts";
import { judgeAnswer, type Verdict } from "./http-verdict.ts";
import type { HttpErrand } from "./http-wire.ts";

/** Cloud metadata, whose answers are credentials. */
export const defaultDeny = ["169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128"];
const tellingHeaders = ["content-type", "content-length", "location", "retry-after", "server", "date"];
const mostRedirects = 10;
/** Output is shown this much later at most: that of a quick answer then travels in one piece with its end. */
const flushAfterMs = 50;

export interface HttpExecutorOptions {
  clock: Clock;
  maxOutputBytes: number;
  /** node.http.deny */
  deny?: string[];
}

type Result = Awaited<RunningAttempt["result"]>;

/** An Executor that asks for no more of an assignment than it needs. */
export interface HttpExecutor extends Omit<Executor, "start"> {
  start(request: HttpRequest, on: Pick<Parameters<Executor["start"]>[1], "output">): RunningAttempt;
}
interface HttpRequest {
  assignment: HttpErrand;
  attempt: number;
}

export function createHttpExecutor({ clock, maxOutputBytes, deny = defaultDeny }: HttpExecutorOptions): HttpExecutor {
  const agent = createGuardedAgents(createDenies(deny));
  const running = new Set<RunningAttempt>();
  return {
    start(request, on) {
      const attempt = startRequest(request, on, { clock, maxOutputBytes, agent });
      running.add(attempt);
      void attempt.result.then(() => running.delete(attempt));
      return attempt;
    },
    async close() {
      const reason = { code: "node_lost", message: "the node stopped" } as const;
      for (const attempt of running) attempt.end({ outcome: "interrupted", reason, graceMs: 0 });
      await Promise.all([...running].map((attempt) => attempt.result));
      agent.http.destroy();
      agent.https.destroy();
    },
  };
}

interface Surroundings {
  clock: Clock;
  maxOutputBytes: number;
  agent: ReturnType<typeof createGuardedAgents>;
}

function startRequest(
  { assignment, attempt }: HttpRequest,
  on: Parameters<HttpExecutor["start"]>[1],
  { clock, maxOutputBytes, agent }: Surroundings,
): RunningAttempt {
  const task = assignment.job.task as HttpTask;
  const output = new OutputWindow({
    maxBytes: maxOutputBytes,
    memory: { left: maxOutputBytes },
    canForward: () => true,
    forward: (piece) => on.output(piece),
  });
  let settle!: (result: Result) => void;
  const result = new Promise<Result>((resolve) => {
    settle = resolve;
  });
  let cancelFlush: (() => void) | null = null;
  const flushSoon = () => {
    cancelFlush ??= clock.after(flushAfterMs, () => {
      cancelFlush = null;
      output.flush();
    });
  };
  let isOver = false;
  let stream: Request | null = null;
  let httpStatus: number | null = null;

  function finish(verdict: Verdict) {
    if (isOver) return;
    isOver = true;
    cancelFlush?.();
    const { totalBytes: outputBytes, truncated: outputTruncated } = output;
    output.finish();
    stream?.destroy();
    const error = verdict.reason?.code === "http_error" ? verdict.reason.message : null;
    settle({ exitCode: null, signal: null, httpStatus, error, outputBytes, outputTruncated, ...verdict });
  }
  const fail = (message: string, retryable: boolean) =>
    finish({ outcome: "failed", reason: { code: "http_error", message }, retryable, retryAfterMs: null });

  const planned = planRequest(assignment, attempt);
  if (!planned) fail(`"${task.url}" is no http or https URL once its values are filled in`, false);
  else {
    try {
      stream = send(planned, task, agent);
      listen(stream, planned);
    } catch (err) {
      fail(`${describeTarget(planned)} could not be sent: ${(err as Error).message}`, false);
    }
  }

  function listen(request: Request, target: PlannedRequest) {
    // Only as much of the body as an expression will be tried on.
    const body: Buffer[] = [];
    let bodyBytes = 0;
    let answer: IncomingMessage | null = null;
    request.on("response", (response: IncomingMessage) => {
      answer = response;
      httpStatus = response.statusCode ?? null;
      output.push("stderr", Buffer.from(describeAnswer(response)));
      flushSoon();
    });
    request.on("data", (data: Buffer) => {
      output.push("stdout", data);
      flushSoon();
      if (task.expectBody === null || bodyBytes >= maxOutputBytes) return;
      body.push(data.subarray(0, maxOutputBytes - bodyBytes));
      bodyBytes += data.length;
    });
    request.on("end", () => {
      if (!answer) return;
      const { statusCode = 0, statusMessage = "", headers } = answer;
      const text = Buffer.concat(body).toString("utf8");
      const seen = { status: statusCode, statusText: statusMessage, retryAfter: headers["retry-after"], body: text };
      // Destroyed after its end it would outlive the next collections of young objects, and all that it refers to. What
      // has a body may be answered before that is sent, and goes on sending it.
      if (target.body === null) stream = null;
      finish(judgeAnswer(task, seen, clock.now()));
    });
    request.on("error", (err) => {
      const { message, retryable } = explain(err, target);
      fail(message, retryable);
    });
    // A stream that is closed without an end or an error would leave the attempt open for ever.
    request.on("close", () =>
      fail(`${describeTarget(target)}: the connection was closed before the answer's end`, true),
    );
  }

  return {
    result,
    end: ({ outcome, reason }) => finish({ outcome, reason, retryable: true, retryAfterMs: null }),
  };
}

/** What all requests have in common. */
const client = got.extend({
  retry: { limit: 0 },
  throwHttpErrors: false,
  maxRedirects: mostRedirects,
  mutableDefaults: true,
});
// got adds to copies of these for each request, and what is added to a copy of an empty object is cheap (decisions/0022).
client.defaults.options.cacheOptions = {};
client.defaults.options.headers = {};

function send(planned: PlannedRequest, task: HttpTask, agent: Surroundings["agent"]): Request {
  const { url, method, headers, body } = planned;
  const takesNoBody = method === "GET" || method === "HEAD" || method === "OPTIONS" || method === "TRACE";
  const options: OptionsInit & { isStream: true } = {
    isStream: true,
    method: method as Method,
    headers,
    agent,
    ...(task.followRedirects ? {} : { followRedirect: false }),
    ...(task.insecureTls ? { https: { rejectUnauthorized: false } } : {}),
    // Without any body at all got waits for one to be piped in.
    ...(body !== null ? { body, allowGetBody: true } : takesNoBody ? {} : { body: "" }),
  };
  return client.stream(url, options);
}

function describeAnswer(response: IncomingMessage): string {
  const lines = [`HTTP/${response.httpVersion} ${response.statusCode} ${response.statusMessage ?? ""}`.trimEnd()];
  for (const name of tellingHeaders) if (response.headers[name]) lines.push(`${name}: ${response.headers[name]}`);
  return `${lines.join("\n")}\n`;
}

const hints: Record<string, string> = {
  ENOTFOUND: "its name can't be resolved; check the URL and the node's DNS",
  EAI_AGAIN: "the node's DNS doesn't answer",
  ECONNREFUSED: "nothing listens there (connection refused)",
  ECONNRESET: "the connection was reset before the answer's end",
  ETIMEDOUT: "the connection timed out",
  EHOSTUNREACH: "the host can't be reached from this node",
  ENETUNREACH: "the network can't be reached from this node",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is self-signed (http.insecureTls accepts it)",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate chain is self-signed (http.insecureTls accepts it)",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate's issuer is unknown to this node",
  CERT_HAS_EXPIRED: "its certificate has expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
  ERR_TOO_MANY_REDIRECTS: `it redirected more than ${mostRedirects} times`,
};

function explain(err: Error & { code?: string }, target: PlannedRequest): { message: string; retryable: boolean } {
  const cause = [err, err.cause].find((each) => each instanceof DeniedAddressError);
  if (cause) return { message: `${describeTarget(target)}: ${(cause as Error).message}`, retryable: false };
  const code = err.code && err.code !== "ERR_GOT_REQUEST_ERROR" ? err.code : "";
  const why = hints[code] ?? (err.message || "failed");
  return { message: `${describeTarget(target)}: ${why}${code ? ` (${code})` : ""}`, retryable: true };
}
