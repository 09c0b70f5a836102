// What was taken back from one session for the good of another is handed out to that one, which by what it holds may not be
// the first choice. An invitation stands until it was taken, or for a few seconds.

/** `now`: monotonic ms. */
export interface Invitations {
  /** `key`: a run, or a job whose runs keep together: so many of them come. Once they have been taken back. */
  invite(key: string, sessionId: string, runs: number, now: number): void;
  /** It has been handed out, wherever it went; with the first run of a job whose runs keep together the others go. */
  taken(run: { runId: string; jobId: string }): void;
  /** Where it is to go. */
  of(run: { id: string; jobId: string }, now: number): string | undefined;
  /** How many runs are on their way to it. */
  onTheWay(sessionId: string, now: number): number;
}

/** What was taken back has been handed out again by then, or waits for something else. */
const standsMs = 5000;

export function createInvitations(): Invitations {
  const open = new Map<string, { sessionId: string; runs: number; until: number }>();
  return {
    invite: (key, sessionId, runs, now) => void open.set(key, { sessionId, runs, until: now + standsMs }),
    taken({ runId, jobId }) {
      open.delete(runId);
      open.delete(jobId);
    },
    of(run, now) {
      const found = open.get(run.id) ?? open.get(run.jobId);
      return found && now < found.until ? found.sessionId : undefined;
    },
    onTheWay(sessionId, now) {
      let sum = 0;
      for (const [key, each] of open)
        if (now >= each.until) open.delete(key);
        else if (each.sessionId === sessionId) sum += each.runs;
      return sum;
    },
  };
}
