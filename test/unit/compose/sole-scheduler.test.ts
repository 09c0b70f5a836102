import { expect, it } from "vitest";
import { refuseOtherLeaderOnSqlite, refuseSecondOnSqlite } from "../../../src/compose/sole-scheduler.ts";
import { loadConfig } from "../../../src/config.ts";
import type { SchedulerView } from "../../../src/coordinator/coordinator.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const configOf = (url: string, etcd = "http://127.0.0.1:1") =>
  loadConfig({ env: { DISTCRON_STORE__URL: url, DISTCRON_COORDINATOR__ETCD__ENDPOINTS: etcd }, defaultFile: "/none" })
    .config;
const sqlite = configOf("sqlite:");
const scheduler = (id: string, leader = false): SchedulerView => ({
  id,
  url: `http://${id}`,
  version: "1",
  startedAt: 0,
  leader,
});

/** What becomes of it while others come and go. */
function begin(config = sqlite) {
  const clock = new ManualClock();
  const closing = new AbortController();
  const world = { list: [] as SchedulerView[], unreachable: false, leads: false };
  let outcome = "waits";
  refuseOtherLeaderOnSqlite(config, {
    coordinator: {
      schedulers: () => (world.unreachable ? Promise.reject(new Error("no etcd")) : Promise.resolve(world.list)),
    },
    clock,
    myId: "me",
    isLeader: () => world.leads,
    signal: closing.signal,
  }).then(
    () => {
      outcome = "goes on";
    },
    (err: Error & { code?: string }) => {
      outcome = `${err.code}: ${err.message}`;
    },
  );
  return {
    world,
    close: () => closing.abort(new Error("closing")),
    async after(ms: number) {
      await clock.advance(ms);
      return outcome;
    },
  };
}

it("on SQLite, who finds another one that is up doesn't begin", async () => {
  const among = (...list: SchedulerView[]) => refuseSecondOnSqlite(sqlite, { schedulers: async () => list }, "me");
  await expect(among(scheduler("me", true), scheduler("other"))).rejects.toThrow(/exactly one.*http:\/\/other/);
  await expect(among(scheduler("me", true)), "one's own ghost").resolves.toBeUndefined();
});

it("on SQLite, of two that begin at once the one that isn't elected goes", async () => {
  const { world, after } = begin();
  expect(await after(1000)).toBe("waits");
  world.list = [scheduler("me"), scheduler("other")];
  expect(await after(1000), "nobody leads yet").toBe("waits");
  world.list = [scheduler("me"), scheduler("other", true)];
  expect(await after(1000)).toMatch(/bad_config: .*exactly one.*http:\/\/other/);
});

it("on SQLite, who is elected goes on", async () => {
  const { world, after } = begin();
  world.list = [scheduler("me", true), scheduler("other")];
  expect(await after(1000), "led in a former life").toBe("waits");
  world.leads = true;
  expect(await after(1000)).toBe("goes on");
});

it("waits while nobody can be asked, and for no longer than it runs", async () => {
  const { world, after, close } = begin();
  world.unreachable = true;
  expect(await after(5000)).toBe("waits");
  close();
  expect(await after(0)).toMatch(/closing/);
});

it("says nothing against several on a database server, or outside of a cluster", async () => {
  const two = [scheduler("other", true)];
  for (const config of [configOf("postgres://db/x"), configOf("sqlite:", "")]) {
    await refuseSecondOnSqlite(config, { schedulers: async () => two }, "me");
    const { world, after } = begin(config);
    world.list = two;
    expect(await after(1000)).toBe("goes on");
  }
});
