// Is a response what the job expects? If not: why, whether another try can help, and when the target asked for it.
import { createContext, Script } from "node:vm";
import type { AttemptResult } from "../../model/assignment.ts";
import type { HttpTask } from "../../model/job.ts";

const regexMs = 100;
/** Longest that a target may make us wait; what it asks beyond that is taken as this. */
const longestRetryAfterMs = 24 * 60 * 60 * 1000;

export type Verdict = Pick<AttemptResult, "outcome" | "reason" | "retryable" | "retryAfterMs">;

export interface Answer {
  status: number;
  statusText: string;
  retryAfter: string | undefined;
  /** As far as it was kept. */
  body: string;
}

export function judgeAnswer(
  { expectStatus, expectBody }: Pick<HttpTask, "expectStatus" | "expectBody">,
  answer: Answer,
  nowMs: number,
): Verdict {
  const { status } = answer;
  const isExpected = expectStatus.some(([from, to]) => status >= from && status <= to);
  if (!isExpected) {
    const ranges = expectStatus.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(", ");
    const text = answer.statusText ? ` ${answer.statusText}` : "";
    return {
      outcome: "failed",
      reason: { code: "http_status", message: `answered ${status}${text}, expected ${ranges}` },
      retryable: status < 400 || status >= 500 || status === 408 || status === 429,
      retryAfterMs: status === 429 || status === 503 ? parseRetryAfter(answer.retryAfter, nowMs) : null,
    };
  }
  const mismatch = expectBody === null ? null : explainMismatch(expectBody, answer.body);
  if (mismatch === null) return { outcome: "succeeded", reason: null, retryable: true, retryAfterMs: null };
  const reason = { code: "http_body", message: mismatch } as const;
  return { outcome: "failed", reason, retryable: true, retryAfterMs: null };
}

/** Seconds, or an HTTP date (RFC 9110, section 10.2.3). null: neither. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | null {
  const text = value?.trim() ?? "";
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? null : Math.min(longestRetryAfterMs, Math.max(0, ms));
}

// An expression can take for ever on a body made for it, or by accident. Only a script with a time limit can be stopped
// in the midst of one, so it runs as such, in a context that holds nothing but the two strings.
const sandbox: { source: string; body: string } = createContext({ source: "", body: "" }) as never;
const search = new Script("new RegExp(source).test(body)");

/** null: it matches. */
function explainMismatch(source: string, body: string): string | null {
  Object.assign(sandbox, { source, body });
  try {
    const matches = search.runInContext(sandbox as never, { timeout: regexMs }) as boolean;
    return matches ? null : `the answer's body doesn't match ${source}${body === "" ? " (it is empty)" : ""}`;
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT")
      return `matching the answer's body against ${source} took more than ${regexMs} ms; simplify the expression`;
    return `${source} is no regular expression: ${(err as Error).message}`;
  } finally {
    Object.assign(sandbox, { source: "", body: "" });
  }
}
