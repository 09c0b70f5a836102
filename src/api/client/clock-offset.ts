// How far a server's clock is ahead of ours, at least, from the times it names in its answers. An answer that took long
// says little: of the latest ones the fastest counts, and half of what even that one took may all have been on one way.
import type { Clock } from "../../clock.ts";

export interface ClockOffset {
  /** Call it before asking; call what it answers with the time that the answer named. */
  asking(): (serverNow: number) => void;
  /** Milliseconds; 0 while nothing is known, or the clocks may agree for all that is known. */
  offsetMs(): number;
}

interface Sample {
  offsetMs: number;
  tookMs: number;
  at: number;
  /** Wall minus monotonic: changes when our clock is set, and with a suspended machine's sleep. */
  base: number;
}

const kept = 8;
const oldMs = 120_000;
const stepMs = 50;

export function createClockOffset(clock: Pick<Clock, "now" | "monotonic">): ClockOffset {
  let samples: Sample[] = [];
  const baseNow = () => clock.now() - clock.monotonic();

  return {
    asking() {
      const sentAt = clock.monotonic();
      const base = baseNow();
      return (serverNow) => {
        const receivedAt = clock.monotonic();
        if (Math.abs(baseNow() - base) > stepMs) return;
        const middle = base + (sentAt + receivedAt) / 2;
        const sample = { offsetMs: serverNow - middle, tookMs: receivedAt - sentAt, at: receivedAt, base };
        samples = [...samples.slice(1 - kept), sample];
      };
    },
    offsetMs() {
      const base = baseNow();
      const since = clock.monotonic() - oldMs;
      let best: Sample | null = null;
      for (const sample of samples) {
        if (sample.at < since || Math.abs(sample.base - base) > stepMs) continue;
        if (!best || sample.tookMs <= best.tookMs) best = sample;
      }
      if (!best) return 0;
      const certainMs = Math.abs(best.offsetMs) - best.tookMs / 2;
      return certainMs > 0 ? Math.sign(best.offsetMs) * certainMs : 0;
    },
  };
}
