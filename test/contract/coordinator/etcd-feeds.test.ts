// What etcd forgets, and what a stream forgets to say.
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { createEtcdClient, type EtcdClient } from "../../../src/coordinator/etcd/client.ts";
import { type FeedChange, openFeed } from "../../../src/coordinator/etcd/feed.ts";
import { systemRandom } from "../../../src/random.ts";
import { type Etcd, startEtcd } from "../../support/etcd.ts";
import { eventually, never, scheduler } from "./cluster.ts";
import { openEtcdCluster } from "./etcd-cluster.ts";

let etcd: Etcd;
let closers: (() => unknown)[] = [];
beforeAll(async () => {
  etcd = await startEtcd();
});
afterAll(() => etcd.stop());
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  closers = [];
});

function connect(): EtcdClient {
  const access = { endpoints: etcd.endpoints };
  const client = createEtcdClient(access, {
    clock: systemClock,
    random: systemRandom,
    timeoutMs: 2000,
    probeKey: "/probe",
  });
  closers.push(() => client.close());
  return client;
}

/** Its watches are alive and answer, and say nothing of what changes. */
function withoutEvents(client: EtcdClient): EtcdClient {
  type Opened = Awaited<ReturnType<EtcdClient["openWatch"]>>;
  async function openWatch(): Promise<Opened> {
    const { stream, distrust } = await client.openWatch();
    const on = (event: string, hear: (answer: object) => void) =>
      (stream.on as (event: string, hear: (answer: object) => void) => unknown)(
        event,
        event === "data" ? (answer) => hear({ ...answer, events: [] }) : hear,
      );
    const mute = new Proxy(stream, {
      get(target, name) {
        if (name === "on") return on;
        const value = Reflect.get(target, name) as unknown;
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    return { stream: mute, distrust };
  }
  return Object.create(client, { openWatch: { value: openWatch } }) as EtcdClient;
}

function feed(client: EtcdClient, prefix: string, relistMs: number) {
  const seen = new Map<string, string>();
  const story: FeedChange[] = [];
  const errors: unknown[] = [];
  const deps = { client, clock: systemClock, random: systemRandom, onError: (err: unknown) => errors.push(err) };
  const on = (change: FeedChange) => {
    story.push(change);
    if (change.kv) seen.set(change.key, change.kv.value.toString());
    else seen.delete(change.key);
  };
  const pace = { pingMs: 100, silenceMs: 5000, relistMs };
  closers.push(openFeed(deps, { start: `${prefix}/`, end: `${prefix}0` }, on, { pace }));
  return { seen, story, errors };
}

it("a feed lists again now and then, and so comes to know what its stream never told", async () => {
  await etcd.ctl("put", "/now-and-then/a", "1");
  await etcd.ctl("put", "/now-and-then/b", "1");
  const { seen, story, errors } = feed(withoutEvents(connect()), "/now-and-then", 200);
  await eventually(() =>
    expect([...seen]).toEqual([
      ["/now-and-then/a", "1"],
      ["/now-and-then/b", "1"],
    ]),
  );
  await etcd.ctl("put", "/now-and-then/a", "2");
  await etcd.ctl("del", "/now-and-then/b");
  await etcd.ctl("put", "/now-and-then/c", "1");
  await eventually(() => expect(Object.fromEntries(seen)).toEqual({ "/now-and-then/a": "2", "/now-and-then/c": "1" }));
  // What stood and stands is told once.
  const told = story.map(({ key, kv }) => `${key.at(-1)}=${kv ? kv.value.toString() : "gone"}`);
  expect(new Set(told).size).toBe(told.length);
  expect(errors).toEqual([]);
});

it("a leader makes etcd forget its history but for the last interval of it, and a member that doesn't lead nothing", async () => {
  await etcd.ctl("put", "/history", "first");
  const [, first] = /"revision":(\d+)/.exec(await etcd.ctl("get", "/history", "-w", "json")) ?? [];
  const read = (revision: number | string) =>
    etcd.ctl("get", "/history", "--rev", String(revision), "--print-value-only");
  const cluster = openEtcdCluster(etcd, { compactEveryMs: 400 });
  closers.push(() => cluster.close());
  const [leading, waiting] = [await cluster.connect(), await cluster.connect()];
  for (let i = 0; i < 30; i++) {
    await etcd.ctl("put", "/history", "nobody leads");
    await waiting.schedulers();
  }
  expect(await read(first!)).toBe("first");
  const leadership = await leading.campaign(scheduler("s1"), never);
  let last = 0;
  await eventually(async () => {
    await etcd.ctl("put", "/history", `change ${++last}`);
    // The leader hears of revisions by what it asks.
    await leadership.snapshot();
    await expect(read(first!)).rejects.toThrow(/compacted/);
  });
  const { revision } = await leadership.snapshot();
  expect(await read(revision)).toBe(`change ${last}`);
});
