// Evidence from outside DistCron: commands that say themselves when they start and end, each time with one line appended to
// one file (O_APPEND: lines of several commands don't mix).
import { existsSync, readFileSync } from "node:fs";

/** One start of a command, as it told itself. */
export interface Witnessed {
  runId: string;
  job: string;
  attempt: number;
  fence: number;
  /** Epoch ms. */
  scheduledFor: number;
  node: string;
  pid: number;
  /** Epoch ms, with fractions. */
  startedAt: number;
  /** null: it still runs, or was killed without a word. */
  endedAt: number | null;
  /** null as endedAt; 143: it was asked to end. */
  exitCode: number | null;
}

/**
 * A shell command that does `body` between its two lines. It ends with the body's exit code, or with 143 when asked to end.
 */
export function witness(file: string, body = ":"): string {
  return [
    // The signal may hit `date` too: it is asked until it answers.
    "now() { until date +%s%N; do :; done; }",
    `say() { at=$(now); echo "$1 $DISTCRON_RUN_ID $DISTCRON_JOB $DISTCRON_ATTEMPT $DISTCRON_FENCE` +
      ` $DISTCRON_SCHEDULED_FOR $DISTCRON_NODE $at $2" >> '${file}'; }`,
    "trap 'asked=1' TERM; say START $$",
    `trap "trap '' TERM; say END 143; exit 143" TERM; test -z "$asked" || kill -TERM $$`,
    `(${body})`,
    "code=$?; trap '' TERM; say END $code; exit $code",
  ].join("\n");
}

/** In the order in which they started. */
export function readEvidence(file: string): Witnessed[] {
  if (!existsSync(file)) return [];
  const starts = new Map<string, Witnessed>();
  const found: Witnessed[] = [];
  for (const line of readFileSync(file, "utf8").split("\n").slice(0, -1)) {
    const [what, runId, job, attempt, fence, scheduled, node, ns, last, ...more] = line.split(" ");
    if ((what !== "START" && what !== "END") || last === undefined || more.length > 0)
      throw new Error(`${file} holds a line that no command wrote: ${JSON.stringify(line)}`);
    const at = Number(BigInt(ns as string) / 1000n) / 1000;
    const key = `${runId} ${attempt} ${fence}`;
    if (what === "START") {
      const start: Witnessed = {
        runId: runId as string,
        job: job as string,
        attempt: Number(attempt),
        fence: Number(fence),
        scheduledFor: Date.parse(scheduled as string),
        node: node as string,
        pid: Number(last),
        startedAt: at,
        endedAt: null,
        exitCode: null,
      };
      starts.set(key, start);
      found.push(start);
    } else {
      const start = starts.get(key);
      if (!start) throw new Error(`${file}: an end without a start: ${line}`);
      start.endedAt = at;
      start.exitCode = Number(last);
    }
  }
  return found.sort((a, b) => a.startedAt - b.startedAt);
}
