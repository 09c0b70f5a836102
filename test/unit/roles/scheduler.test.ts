// A scheduler whose leadership ends, or which is asked to stop, while it still takes over.
import { afterEach, expect, it } from "vitest";
import { systemClock as clock } from "../../../src/clock.ts";
import type { Coordinator } from "../../../src/coordinator/coordinator.ts";
import { createInProcessCoordinator } from "../../../src/coordinator/in-process/in-process-coordinator.ts";
import { silentLog } from "../../../src/lib/log.ts";
import { systemRandom as random } from "../../../src/random.ts";
import { createScheduler } from "../../../src/roles/scheduler.ts";
import { openSqlite } from "../../../src/store/sqlite/open-sqlite.ts";
import { createEventBus } from "../../../src/telemetry/events.ts";
import { until } from "../../support/program.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (let close = closers.pop(); close; close = closers.pop()) await close();
});

/** A scheduler that has come as far as a question to the store before it is ready, and waits for the answer. */
async function takingOver() {
  const store = await openSqlite({ file: ":memory:", clock, random });
  closers.push(() => store.close());
  const coordinator = createInProcessCoordinator({ clock, random });
  closers.push(() => coordinator.close());
  let asked = 0;
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const campaigns: AbortController[] = [];
  const watched: Coordinator = {
    ...coordinator,
    async campaign(me, signal) {
      const leadership = await coordinator.campaign(me, signal);
      const loss = new AbortController();
      campaigns.push(loss);
      const lost = AbortSignal.any([loss.signal, leadership.lost]);
      return { ...leadership, lost, alive: () => leadership.alive() && !lost.aborted };
    },
  };
  const scheduler = createScheduler({
    store: {
      ...store,
      async parkedKeys() {
        if (++asked === 1) await answered;
        return store.parkedKeys();
      },
    },
    coordinator: watched,
    clock,
    random,
    me: { id: "s1", url: "", version: "1", startedAt: clock.now() },
    events: createEventBus(clock),
    horizonMs: 20_000,
    nodeGraceMs: 30_000,
    retention: { ageMs: 1e9, count: 10 },
    log: silentLog,
    metrics: { changed: () => {}, leader: () => {} },
  });
  scheduler.start();
  closers.push(() => scheduler.stop());
  await until("it asks", () => asked > 0);
  return { scheduler, campaigns, answer };
}

it("asked to stop meanwhile, it stops", async () => {
  const { scheduler, answer } = await takingOver();
  let stopped = false;
  void scheduler.stop().then(() => {
    stopped = true;
  });
  answer();
  await until("it has stopped", () => stopped, 5000);
  expect(scheduler.isReady()).toBe(false);
});

it("deposed meanwhile, it never says that it is ready, and stands for election again", async () => {
  const { scheduler, campaigns, answer } = await takingOver();
  campaigns[0]?.abort(new Error("another scheduler leads"));
  answer();
  await until("it leads again", () => campaigns.length === 2 && scheduler.isReady(), 5000);
});
