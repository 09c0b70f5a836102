// A clock whose wall time is put right by an offset that is measured elsewhere and may change at any time.
import type { Clock } from "../clock.ts";

/** Offsets smaller than this are the measurement's own, and a clock that is kept by NTP is better than that. */
const ignoredMs = 100;

export function correctedClock(clock: Clock, offsetMs: () => number): Clock {
  const correction = () => {
    const offset = offsetMs();
    return Math.abs(offset) < ignoredMs ? 0 : Math.round(offset);
  };
  return {
    now: () => clock.now() + correction(),
    monotonic: () => clock.monotonic(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    after: (ms, fn) => clock.after(ms, fn),
  };
}
