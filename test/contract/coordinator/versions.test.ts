// While a cluster is upgraded, two versions speak through one etcd: what the older one wrote is understood, what the older
// one looks for is written, and what it doesn't know harms nobody.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEtcdCoordinator } from "../../../src/coordinator/etcd/etcd-coordinator.ts";
import { anAssignment } from "../../support/an-assignment.ts";
import { type Etcd, startEtcd } from "../../support/etcd.ts";
import { fromLater, missing, said01 } from "../../support/wire/versions.ts";
import { eventually, follow, load, never, nodeInfo, placed, scheduler } from "./cluster.ts";
import { keysUnder, usualOptions } from "./etcd-cluster.ts";

let etcd: Etcd;
const closers: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  etcd = await startEtcd();
});
afterAll(async () => {
  for (const close of closers) await close();
  await etcd?.stop();
});

function connect(prefix: string) {
  const coordinator = createEtcdCoordinator({ ...usualOptions, endpoints: etcd.endpoints, prefix });
  closers.push(() => coordinator.close());
  return coordinator;
}

/** Everything a cluster keeps in etcd, as this version writes it. */
async function allThatIsWritten(prefix: string) {
  const coordinator = connect(prefix);
  const leader = await coordinator.campaign(scheduler("s-1"), never);
  const session = await coordinator.openSession("session-1", nodeInfo());
  await session.announce(load(1));
  const at = { runId: "run-1", sessionId: "session-1", nodeId: "node-a" };
  await leader.assign([anAssignment({ ...at, retries: 0, exclusiveUntil: 60_000 })]);
  const { revision } = await placed(leader, "run-1");
  expect(await session.claim([{ runId: "run-1", revision, fence: 1 }])).toEqual(["claimed"]);
  await eventually(async () => expect(await coordinator.schedulers()).toHaveLength(1));
  const keys = await keysUnder(etcd, `${prefix}/`);
  return new Map([...keys].map(([key, value]) => [key.slice(prefix.length + 1), value]));
}

describe("what this version writes", () => {
  it("stands where version 0.1 looks for it, with all that it looks for", async () => {
    const written = await allThatIsWritten("/now");
    const parsed = (key: string) => JSON.parse(written.get(key) ?? "null");
    expect([...written.keys()]).toEqual(expect.arrayContaining(Object.keys(said01.etcd)));
    expect(written.get("runs/run-1")).toBe("/now/assignments/node-a/session-1/run-1");
    for (const [key, old] of Object.entries(said01.etcd)) expect(missing(old, parsed(key)), key).toEqual([]);
  });
});

describe.each([
  ["version 0.1", <T>(value: T) => value],
  ["a later version", fromLater],
])("what %s wrote", (name, as) => {
  const prefix = `/${name.replaceAll(" ", "-")}`;
  const put = (key: string) => etcd.ctl("put", `${prefix}/${key}`, JSON.stringify(as(said01.etcd[key])));

  it("is understood by nodes and schedulers", async () => {
    const coordinator = connect(prefix);
    const session = await coordinator.openSession("session-1", nodeInfo());
    const seen = follow(session);
    const assignment = "assignments/node-a/session-1/run-1";
    await put(assignment);
    await etcd.ctl("put", `${prefix}/runs/run-1`, `${prefix}/${assignment}`);
    await eventually(() => expect([...seen.views.keys()]).toEqual(["run-1"]));
    const view = seen.views.get("run-1");
    expect(view?.assignment).toMatchObject(said01.etcd[assignment] as object);
    const claim = { runId: "run-1", revision: view?.revision ?? 0, fence: 1 };
    expect(await session.claim([claim])).toEqual(["claimed"]);
    await put("claims/run-1");
    await put("schedulers/s-1");
    await put("leader");
    expect(await coordinator.schedulers()).toMatchObject([{ id: "s-1", leader: true, version: "1.0.0" }]);
    await etcd.ctl("del", `${prefix}/leader`);

    const leader = await connect(prefix).campaign(scheduler("s-2"), never);
    expect(await leader.snapshot()).toMatchObject({
      assignments: [{ assignment: { runId: "run-1", fence: 1 } }],
      claims: [{ runId: "run-1", sessionId: "session-1", fence: 1 }],
    });
    const up = new Promise((resolve) => leader.watchSessions((change) => change.type === "up" && resolve(change)));
    expect(await up).toMatchObject({ session: { info: { name: "web-1", slots: 8 } } });
    expect(await leader.clean(["run-1"])).toEqual(["done"]);
    await eventually(() => expect(seen.views.size).toBe(0));
  });

  it("keeps a session that it opened from being opened again by another process", async () => {
    await etcd.ctl("del", `${prefix}/nodes/`, "--prefix");
    await put("nodes/node-a");
    await put("names/web-1");
    const twice = connect(prefix).openSession("session-2", nodeInfo());
    await expect(twice).rejects.toMatchObject({ message: expect.stringContaining("session-1") });
  });
});
