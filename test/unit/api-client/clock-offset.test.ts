// What a node makes of the times that schedulers name: never more than is certain.
import { expect, it } from "vitest";
import { createClockOffset } from "../../../src/api/client/clock-offset.ts";
import { ManualClock } from "../../support/manual-clock.ts";

/** A server whose clock is `aheadMs` ahead, asked over a way that takes so long there and back. */
async function asked(aheadMs: number, ways: [thereMs: number, backMs: number][]) {
  const clock = new ManualClock(1_000_000);
  const offset = createClockOffset(clock);
  for (const [thereMs, backMs] of ways) {
    const answered = offset.asking();
    await clock.advance(thereMs);
    const said = clock.now() + aheadMs;
    await clock.advance(backMs);
    answered(said);
  }
  return offset.offsetMs();
}

it("knows nothing before the first answer", async () => {
  expect(await asked(5000, [])).toBe(0);
});

it("tells an hour to the millisecond or two, either way", async () => {
  expect(await asked(3_600_000, [[1, 1]])).toBeCloseTo(3_600_000, -1);
  expect(await asked(-3_600_000, [[1, 1]])).toBeCloseTo(-3_600_000, -1);
});

it("takes clocks that agree for what they are, though an answer took long on one of the ways", async () => {
  // Half of what it took was once believed to be the clock's: runs started by so much too early.
  expect(await asked(0, [[300, 0]])).toBe(0);
  expect(await asked(0, [[0, 300]])).toBe(0);
  expect(await asked(20, [[300, 0]])).toBeLessThanOrEqual(20);
});

it("goes by the fastest of the latest answers", async () => {
  const slow: [number, number] = [900, 0];
  expect(await asked(500, [slow, [2, 2], slow, slow])).toBeCloseTo(500, -1);
});
