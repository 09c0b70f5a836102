import { afterEach, describe, expect, it } from "vitest";
import { createInProcessCoordinator } from "../../../src/coordinator/in-process/in-process-coordinator.ts";
import { seededRandom } from "../../../src/random.ts";
import { createScheduler } from "../../../src/roles/scheduler.ts";
import { openSqlite } from "../../../src/store/sqlite/open-sqlite.ts";
import type { Store } from "../../../src/store/store.ts";
import { createEventBus } from "../../../src/telemetry/events.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { openScene, type Scene } from "../../support/scene.ts";

/** Time goes on while the process stands still: its timers are late by as much. */
class PausableClock extends ManualClock {
  #paused = 0;
  override now() {
    return super.now() + this.#paused;
  }
  override monotonic() {
    return super.monotonic() + this.#paused;
  }
  pause(ms: number) {
    this.#paused += ms;
  }
}

/** A store that can be made to answer nobody for a while; what it was asked it does afterwards, in order. */
function stallable(store: Store) {
  let gate: Promise<void> | null = null;
  let open = () => {};
  const proxy = new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return async (...args: unknown[]) => {
        if (gate !== null) await gate;
        return value.apply(target, args) as unknown;
      };
    },
  });
  return {
    proxy,
    stall() {
      gate = new Promise((resolve) => {
        open = resolve;
      });
    },
    release() {
      open();
      gate = null;
    },
  };
}

let scene: Scene;
afterEach(() => scene.close());

const graceMs = 30_000;
async function isLive(sessionId: string) {
  return (await scene.store.endedAmong([sessionId])).length === 0;
}

describe("a session is ended", () => {
  it("when its node was silent for the grace while others were heard", async () => {
    scene = await openScene({ graceMs });
    const silent = await scene.addNode("silent");
    const other = await scene.addNode("other");
    await scene.settle(60_000);
    silent.stopBeating();
    await scene.settle(graceMs - 5000);
    expect(await isLive(silent.sessionId)).toBe(true);
    await scene.settle(15_000);
    expect(await isLive(silent.sessionId)).toBe(false);
    expect(await isLive(other.sessionId)).toBe(true);
  });

  it("not when the store answered nobody for longer than the grace", async () => {
    const clock = new ManualClock(Date.UTC(2026, 0, 5, 12));
    const { proxy, stall, release } = stallable(await openSqlite({ file: ":memory:", clock, random: seededRandom(1) }));
    scene = await openScene({ graceMs, clock, store: proxy });
    // So that the node's beats and the scheduler's looks don't fall together.
    await scene.settle(700);
    const node = await scene.addNode("a");
    await scene.settle(60_000);
    // Stops at whatever it is about to do: any of these may be the one that is under way.
    for (const at of [0, 100, 700, 1300, 1900]) {
      await scene.settle(60_000 + at);
      stall();
      await scene.settle(graceMs + 15_000);
      release();
      await scene.settle(5000);
      expect(await isLive(node.sessionId), `stalled after ${at} ms`).toBe(true);
    }
    node.stopBeating();
    await scene.settle(graceMs + 15_000);
    expect(await isLive(node.sessionId)).toBe(false);
  });

  it("not when the only scheduler stood still for longer than the grace", async () => {
    const clock = new PausableClock(Date.UTC(2026, 0, 5, 12));
    scene = await openScene({ graceMs, clock });
    const node = await scene.addNode("a");
    await scene.settle(60_000);
    node.stopBeating();
    // The node's beats come through again three seconds after the scheduler goes on.
    clock.pause(graceMs + 15_000);
    await scene.settle(3000);
    expect(await isLive(node.sessionId)).toBe(true);
    await node.beat();
    await scene.settle(graceMs - 5000);
    expect(await isLive(node.sessionId)).toBe(true);
    await scene.settle(20_000);
    expect(await isLive(node.sessionId)).toBe(false);
  });

  it("not because a new scheduler leads, until that one has listened for the grace", async () => {
    scene = await openScene({ graceMs });
    const node = await scene.addNode("a");
    await scene.settle(60_000);
    node.stopBeating();
    await scene.settle(graceMs - 8000);
    await scene.restartScheduler();
    await scene.settle(15_000);
    // Silent for longer than the grace, but for how much of it could it have been heard?
    expect(await isLive(node.sessionId)).toBe(true);
    await scene.settle(graceMs);
    expect(await isLive(node.sessionId)).toBe(false);
  });

  it("not while its beats come through a scheduler that doesn't lead", async () => {
    scene = await openScene({ graceMs });
    const { clock, store, space } = scene;
    const random = seededRandom(9);
    const coordinator = createInProcessCoordinator({ clock, random, space });
    const standby = createScheduler({
      store,
      coordinator,
      clock,
      random,
      me: { id: "sched-b", url: "", version: "1", startedAt: clock.now() },
      events: createEventBus(clock),
      horizonMs: 20_000,
      nodeGraceMs: graceMs,
      retention: { ageMs: 1, count: 1 },
      log: { info() {}, warn() {}, error() {} },
      metrics: { changed() {}, leader() {} },
    });
    standby.start();
    const node = await scene.addNode("a");
    node.stopBeating();
    for (let i = 0; i < 40; i++) {
      await scene.settle(2000);
      expect(await standby.sessions.beat(node.sessionId, node.load)).toBe(true);
    }
    expect(standby.isLeader()).toBe(false);
    await scene.settle(graceMs + 15_000);
    expect(await standby.sessions.beat(node.sessionId, node.load)).toBe(false);
    const stopped = standby.stop();
    await scene.settle(5000);
    await stopped;
    await coordinator.close();
  });
});
