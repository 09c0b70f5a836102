// Whether an attempt that ended is followed by another, and after how long.
import type { AttemptResult } from "../model/assignment.ts";
import type { RetryRule } from "../model/job.ts";

/**
 * Milliseconds until the next attempt; null: the result is final. `retries`: how many the run has had.
 * `lot` in [0, 1) spreads the delay by up to ± jitterRatio, so that jobs that failed together don't come back together.
 */
export function nextDelayMs(rule: RetryRule, result: AttemptResult, retries: number, lot: number): number | null {
  const failed = result.outcome === "failed" || result.outcome === "timed_out";
  if (!failed || !result.retryable || retries >= rule.limit) return null;
  const factor = rule.backoff === "fixed" ? 1 : rule.backoff === "linear" ? retries + 1 : 2 ** Math.min(retries, 40);
  const delay = Math.min(rule.maxDelayMs, rule.delayMs * factor);
  const spread = Math.min(rule.maxDelayMs, delay * (1 + rule.jitterRatio * (2 * lot - 1)));
  // What the target asks for comes before our own rule, up to the longest delay that the owner allows.
  return Math.round(Math.max(spread, Math.min(result.retryAfterMs ?? 0, rule.maxDelayMs)));
}
