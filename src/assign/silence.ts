// How long each session has been silent while it could have been heard: counted from looks that the store answered, and
// from nothing else. Where looks are missing (the store didn't answer, this process stood still) it is counted anew, for
// then the silence may be ours.
import type { Clock } from "../clock.ts";
import type { Session } from "../model/node.ts";

export interface Silence {
  /** What a look has just found. Answers the ids of sessions that said nothing for `graceMs` of steady looking. */
  look(live: Session[]): string[];
  /** Nothing could be recorded for a moment. */
  interrupted(): void;
}

export function createSilence(options: {
  clock: Pick<Clock, "monotonic">;
  graceMs: number;
  /** Looks that lie further apart than this weren't steady. Less than the grace. */
  gapMs: number;
}): Silence {
  const { clock, graceMs, gapMs } = options;
  /** By session: its last beat, and since when no other was seen. */
  let heard = new Map<string, { beatAt: number; since: number }>();
  let lookedAt = Number.NEGATIVE_INFINITY;

  return {
    look(live) {
      const now = clock.monotonic();
      if (now - lookedAt > gapMs) heard.clear();
      lookedAt = now;
      heard = new Map(
        live.map(({ sessionId, lastBeatAt: beatAt }) => {
          const before = heard.get(sessionId);
          return [sessionId, before?.beatAt === beatAt ? before : { beatAt, since: now }];
        }),
      );
      return [...heard].filter(([, { since }]) => now - since >= graceMs).map(([sessionId]) => sessionId);
    },
    interrupted: () => heard.clear(),
  };
}
