// What a scheduler tells nodes of their sessions: who may follow a live one (the process that had it, or another once that
// has been silent), and whether a node is wished to take nothing new.
import { afterEach, expect, it, vi } from "vitest";
import { createSessionDesk } from "../../../src/assign/session-desk.ts";
import type { NodeInfo } from "../../../src/model/node.ts";
import { seededRandom } from "../../../src/random.ts";
import { openSqlite } from "../../../src/store/sqlite/open-sqlite.ts";
import type { Store } from "../../../src/store/store.ts";
import { nodeInfo } from "../../support/agent-world.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { load } from "../../support/scene.ts";

let store: Store;
afterEach(() => store.close());

async function aDesk(cluster = true) {
  const clock = new ManualClock();
  const told: string[] = [];
  store = await openSqlite({ file: ":memory:", clock, random: seededRandom(1) });
  const desk = createSessionDesk({
    store,
    clock,
    nodeGraceMs: 30_000,
    cluster,
    onChanges: () => {},
    onNode: (_, state, sessionId) => told.push(`${sessionId} ${state}`),
  });
  const join = async (sessionId: string, over: Partial<NodeInfo>) => {
    const info = { ...nodeInfo("web-1", 4), ...over };
    return desk.register({ sessionId, info, former: await desk.former(info.nodeId) });
  };
  await join("s1", { host: "one", pid: 100 });
  await clock.advance(4000);
  expect(await desk.beat("s1", load)).toBe(true);
  await clock.advance(2000);
  return { clock, desk, join, told };
}

it("refuses a second process with a node's id, a copied data directory say, for as long as the first one beats", async () => {
  const { desk, join } = await aDesk();
  const refused = expect.objectContaining({
    code: "node_id_live",
    message: expect.stringMatching(/one \(process 100/),
  });
  await expect(join("s2", { host: "two", pid: 100 })).rejects.toEqual(refused);
  await expect(join("s2", { host: "one", pid: 101 })).rejects.toEqual(refused);
  expect(await desk.beat("s1", load)).toBe(true);
});

it("lets a process that was started again follow the one that was killed, once that has been silent for a moment", async () => {
  const { clock, desk, join } = await aDesk();
  await clock.advance(5000);
  await join("s2", { host: "one", pid: 101 });
  expect(await desk.beat("s1", load)).toBe(false);
});

it("lets a process follow its own session at once", async () => {
  const { desk, join } = await aDesk();
  await join("s2", { host: "one", pid: 100 });
  expect(await desk.beat("s1", load)).toBe(false);
});

it("lets a process follow at once where its lock on the data directory has said already that it is alone", async () => {
  const { desk, join } = await aDesk(false);
  await join("s2", { host: "one", pid: 101 });
  expect(await desk.beat("s1", load)).toBe(false);
});

it("tells of the end of a session that another follows, unless that was told before", async () => {
  const { clock, desk, join, told } = await aDesk();
  await clock.advance(5000);
  await join("s2", { host: "one", pid: 101 });
  expect(told).toEqual(["s1 up", "s1 down", "s2 up"]);
  await desk.close("s2");
  await join("s3", { host: "one", pid: 102 });
  expect(told.slice(3)).toEqual(["s2 down", "s3 up"]);
});

it("knows within seconds which nodes are wished to take nothing new, by one question for all that beat", async () => {
  const { clock, desk, join } = await aDesk();
  await join("s2", { nodeId: "id-web-2", name: "web-2", host: "two" });
  const asked = vi.spyOn(store, "drainingNodes");
  const seen = async () => [await desk.isDraining("s1"), await desk.isDraining("s2"), await desk.isDraining("unknown")];
  expect(await seen()).toEqual([false, false, null]);
  await store.setDraining("id-web-2", true);
  await clock.advance(3999);
  expect(await seen()).toEqual([false, false, null]);
  await clock.advance(1);
  expect(await seen()).toEqual([false, true, null]);
  expect(asked).toHaveBeenCalledTimes(2);
});
