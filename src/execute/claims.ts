// Asks the coordinator for claims, in batches. A claim whose answer is unknown is asked for again with the same
// arguments until it is certain: until then the run counts as claimed.
import type { Clock } from "../clock.ts";
import type { ClaimOutcome, NodeSession } from "../coordinator/coordinator.ts";
import type { Log } from "../lib/log.ts";
import type { NodeRun } from "./node-run.ts";

/**
 * - unasked: nothing was asked, for the session's lease was over; it may be asked again under the next.
 * - never: the session it was asked under is gone for good, so it will not be known.
 */
export type ClaimAnswer = "claimed" | "refused" | "unasked" | "never";

interface Asked {
  run: NodeRun;
  sessionId: string;
  revision: number;
  /** An earlier try may still take effect. */
  doubtful: boolean;
}

export interface Claims {
  claim(runs: NodeRun[]): void;
  /** Gives up on what isn't known; every run that is asked for is answered "never". */
  abandon(): void;
}

export function createClaims(options: {
  clock: Clock;
  session(): NodeSession;
  log: Log;
  /** Answers of one batch. `revision`: what was claimed at. */
  onAnswers(answers: { run: NodeRun; answer: ClaimAnswer; revision: number }[]): void;
  retryMs?: number;
  maxRetryMs?: number;
}): Claims {
  const { clock, session, log, onAnswers, retryMs = 100, maxRetryMs = 2000 } = options;
  let doubtful: Asked[] = [];
  let tries = 0;
  let cancelRetry: (() => void) | null = null;
  let abandoned = false;

  async function ask(asked: Asked[]) {
    const now = session();
    const gone = asked.filter(({ sessionId }) => sessionId !== now.sessionId);
    const here = asked.filter(({ sessionId }) => sessionId === now.sessionId);
    if (gone.length) onAnswers(gone.map(({ run, revision }) => ({ run, revision, answer: "never" })));
    if (here.length === 0) return;
    let outcomes: ClaimOutcome[];
    try {
      const items = here.map(({ run, revision }) => ({
        runId: run.assignment.runId,
        fence: run.assignment.fence,
        revision,
      }));
      outcomes = await now.claim(items);
    } catch (err) {
      log.debug({ err, runs: here.length }, "claims have no answer; they are asked for again");
      outcomes = here.map(() => "unknown");
    }
    if (abandoned) return onAnswers(here.map(({ run, revision }) => ({ run, revision, answer: "never" })));
    const known: { run: NodeRun; answer: ClaimAnswer; revision: number }[] = [];
    for (const [i, item] of here.entries()) {
      const outcome = outcomes[i] ?? "unknown";
      // A session that has lost its lease refuses everything: that says nothing of an earlier try that is still under way.
      const unheard = outcome === "refused" && (!now.alive() || now !== session());
      if (outcome === "unknown" || (unheard && item.doubtful)) doubtful.push({ ...item, doubtful: true });
      else known.push({ run: item.run, revision: item.revision, answer: unheard ? "unasked" : outcome });
    }
    if (doubtful.length) askAgainLater();
    else tries = 0;
    if (known.length) onAnswers(known);
  }

  function askAgainLater() {
    if (cancelRetry) return;
    cancelRetry = clock.after(Math.min(maxRetryMs, retryMs * 2 ** Math.min(tries++, 10)), () => {
      cancelRetry = null;
      const again = doubtful;
      doubtful = [];
      void ask(again);
    });
  }

  return {
    claim(runs) {
      const { sessionId } = session();
      void ask(runs.map((run) => ({ run, sessionId, revision: run.revision, doubtful: false })));
    },
    abandon() {
      abandoned = true;
      cancelRetry?.();
      const left = doubtful;
      doubtful = [];
      if (left.length) onAnswers(left.map(({ run, revision }) => ({ run, revision, answer: "never" })));
    },
  };
}
