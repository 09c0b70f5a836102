// Makes the requests of HTTP jobs in a thread of their own: neither a burst of answers nor an expression that is tried on
// a large body delays what decides about runs. This side only hands attempts over and waits for what becomes of them.
import { Worker } from "node:worker_threads";
import type { Clock } from "../../clock.ts";
import type { Log } from "../../lib/log.ts";
import type { Executor, OutputPiece, RunningAttempt } from "../executor.ts";
import { createPost, type HttpErrand, type HttpNews, type HttpOrder, type HttpThreadData } from "./http-wire.ts";

export interface HttpThreadOptions {
  clock: Pick<Clock, "after">;
  /** The thread's program: http-worker.js of the bundle. */
  workerFile: string;
  maxOutputBytes: number;
  /** node.http.deny */
  deny: string[];
  log: Log;
}

type Result = Awaited<RunningAttempt["result"]>;

interface Pending {
  output(piece: OutputPiece): void;
  settle(result: Result): void;
  /** Bytes of its output so far. */
  bytes: number;
}

/** A thread that doesn't answer for so long is ended without having told how its requests ended. */
const closeWithinMs = 5000;

/**
 * Starts the thread. Should it die, the attempts that it had in hand are interrupted (what their targets have received
 * isn't known) and the next attempt starts another thread.
 */
export function createHttpThread({ clock, workerFile, maxOutputBytes, deny, log }: HttpThreadOptions): Executor {
  let lastId = 0;
  let closing: Promise<void> | null = null;
  let thread: ReturnType<typeof startThread> | null = startThread();

  function startThread() {
    const pending = new Map<number, Pending>();
    let closed = () => {};
    const worker = new Worker(workerFile, {
      workerData: { maxOutputBytes, deny } satisfies HttpThreadData,
      name: "http",
      // Requests and answers are short-lived: a smaller nursery is collected all the time, the default costs tens of megabytes.
      resourceLimits: { maxYoungGenerationSizeMb: 32 },
    });
    const say = createPost<HttpOrder>((orders) => worker.postMessage(orders), queueMicrotask);
    worker.on("message", (news: HttpNews[]) => {
      for (const each of news) hear(each);
    });
    worker.on("error", (err) => log.error({ err }, "the thread of HTTP jobs failed"));
    worker.on("exit", (code) => {
      thread = null;
      closed();
      if (pending.size > 0)
        log.error({ code, runs: pending.size }, "the thread of HTTP jobs died with requests in hand");
      for (const { settle, bytes } of pending.values()) settle(interrupted(code, bytes));
      pending.clear();
    });

    function hear(news: HttpNews) {
      if (news.type === "closed") return closed();
      const attempt = pending.get(news.id);
      if (!attempt) return;
      if (news.type === "output") {
        attempt.bytes = news.piece.offset + news.piece.data.length;
        attempt.output(news.piece);
        return;
      }
      pending.delete(news.id);
      attempt.settle(news.result);
    }

    return {
      take(id: number, assignment: HttpErrand, attempt: number, on: Pick<Pending, "output">): Promise<Result> {
        say({ type: "start", id, assignment, attempt });
        return new Promise((settle) => pending.set(id, { output: on.output, settle, bytes: 0 }));
      },
      end: (id: number, how: Parameters<RunningAttempt["end"]>[0]) => say({ type: "end", id, how }),
      async close() {
        await new Promise<void>((resolve) => {
          const cancel = clock.after(closeWithinMs, resolve);
          closed = () => {
            cancel();
            resolve();
          };
          say({ type: "close" });
        });
        await worker.terminate();
      },
    };
  }

  return {
    start({ assignment, attempt }, on) {
      thread ??= startThread();
      const its = thread;
      const id = ++lastId;
      const result = its.take(id, errandOf(assignment), attempt, on);
      return { result, end: (how) => its.end(id, how) };
    },
    close() {
      closing ??= thread?.close() ?? Promise.resolve();
      return closing;
    },
  };
}

const errandOf = ({ runId, fence, jobName, scheduledFor, overrides, job: { task } }: HttpErrand): HttpErrand => ({
  ...{ runId, fence, jobName, scheduledFor, overrides },
  job: { task },
});

const interrupted = (code: number, outputBytes: number): Result => ({
  outcome: "interrupted",
  exitCode: null,
  signal: null,
  httpStatus: null,
  error: null,
  reason: { code: "node_lost", message: `the node's thread of HTTP jobs died (exit code ${code}) during the request` },
  retryAfterMs: null,
  retryable: true,
  outputBytes,
  outputTruncated: false,
});
