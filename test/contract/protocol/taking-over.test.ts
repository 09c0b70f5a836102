// Becoming the leader while something fails, and leading on what a wipe has left (R9, R10; C11, C20).
import { afterEach, describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/random.ts";
import { openSqlite } from "../../../src/store/sqlite/open-sqlite.ts";
import { type Store, StoreUnavailableError } from "../../../src/store/store.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { openScene, type Scene } from "../../support/scene.ts";

let scene: Scene;
afterEach(async () => {
  await scene?.close();
});

describe("a scheduler that wins the election", () => {
  it("while the store is away leads once it is back: it doesn't stay in its own way", async () => {
    const clock = new ManualClock(Date.UTC(2026, 0, 5, 12, 0, 0));
    const real = await openSqlite({ file: ":memory:", clock, random: seededRandom(1) });
    const backAt = clock.now() + 10_000;
    const takeTerm: Store["takeTerm"] = (...args) =>
      clock.now() < backAt ? Promise.reject(new StoreUnavailableError("the store is away")) : real.takeTerm(...args);
    scene = await openScene({ clock, store: { ...real, takeTerm } });
    await scene.settle(9000);
    expect(scene.scheduler.isReady()).toBe(false);
    await scene.settle(10_000);
    expect(scene.scheduler.isReady()).toBe(true);
  });
});
