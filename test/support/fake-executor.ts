// An executor whose attempts end when the test says so. What it starts and how it is asked to end is on record.
import type { AttemptRequest, Executor, OutputPiece, RunningAttempt } from "../../src/execute/executor.ts";

type Result = Awaited<RunningAttempt["result"]>;
type End = Parameters<RunningAttempt["end"]>[0];

export interface FakeAttempt {
  request: AttemptRequest;
  /** As asked for by end(), in order. */
  ends: End[];
  over: boolean;
  output(text: string, piece?: Partial<OutputPiece>): void;
  /** Ends with success, or as given. */
  finish(result?: Partial<Result>): void;
}

export const succeeded: Result = {
  outcome: "succeeded",
  exitCode: 0,
  signal: null,
  httpStatus: null,
  error: null,
  reason: null,
  retryAfterMs: null,
  retryable: true,
  outputBytes: 0,
  outputTruncated: false,
};

export const failedWith = (exitCode: number): Partial<Result> => ({
  outcome: "failed",
  exitCode,
  reason: { code: "exit_code", message: `exit code ${exitCode}` },
});

export interface FakeExecutor extends Executor {
  attempts: FakeAttempt[];
  /** Those that run now. */
  running(): FakeAttempt[];
  of(runId: string): FakeAttempt[];
}

/** `obeys`: ends at once when asked to (default); else it takes finish(). */
export function createFakeExecutor(
  options: { obeys?: boolean; onStart?(attempt: FakeAttempt): void } = {},
): FakeExecutor {
  const { obeys = true } = options;
  const attempts: FakeAttempt[] = [];
  return {
    attempts,
    running: () => attempts.filter((attempt) => !attempt.over),
    of: (runId) => attempts.filter(({ request }) => request.assignment.runId === runId),
    start(request, on) {
      let resolve: (result: Result) => void = () => {};
      const result = new Promise<Result>((done) => {
        resolve = done;
      });
      let offset = 0;
      const attempt: FakeAttempt = {
        request,
        ends: [],
        over: false,
        output(text, piece) {
          const data = Buffer.from(text);
          on.output({ stream: "stdout", offset, gapBytes: 0, data, ...piece });
          offset += data.length;
        },
        finish(given = {}) {
          if (attempt.over) return;
          attempt.over = true;
          const ended = attempt.ends[0];
          const asked = ended && !given.outcome ? { outcome: ended.outcome, reason: ended.reason } : {};
          resolve({ ...succeeded, outputBytes: offset, ...asked, ...given });
        },
      };
      attempts.push(attempt);
      on.spawned?.({ pid: 1000 + attempts.length, startTime: `t${attempts.length}` });
      options.onStart?.(attempt);
      return {
        result,
        end(how) {
          attempt.ends.push(how);
          if (obeys) attempt.finish();
        },
      };
    },
    async close() {
      for (const attempt of attempts) attempt.finish({ outcome: "interrupted" });
    },
  };
}
