import { expect, it } from "vitest";
import { createWorker } from "../../../src/lib/worker.ts";
import { ManualClock } from "../../support/manual-clock.ts";

it("tries again ever more rarely while it fails, yet is back within seconds when what it needs is", async () => {
  const clock = new ManualClock();
  const rounds: number[] = [];
  let broken = true;
  const worker = createWorker({
    clock,
    async work() {
      rounds.push(clock.monotonic());
      if (broken) throw new Error("the store is locked");
      return 60_000;
    },
    onError() {},
  });
  worker.start();
  await clock.advance(40_000);
  const pauses = rounds.slice(1).map((at, i) => at - (rounds[i] as number));
  expect(pauses.slice(0, 5)).toEqual([1000, 2000, 4000, 5000, 5000]);
  expect(Math.max(...pauses)).toBe(5000);
  broken = false;
  const tries = rounds.length;
  await clock.advance(5000);
  expect(rounds.length).toBe(tries + 1);
  const stop = worker.stop();
  await clock.advance(1);
  await stop;
});
