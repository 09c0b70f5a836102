import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PeerRequest } from "../../src/api/client/peer.ts";
import { createPeers } from "../../src/api/client/peers.ts";
import { News } from "../../src/api/internal-contract.ts";
import { silentLog } from "../../src/lib/log.ts";
import { createEventBus } from "../../src/telemetry/events.ts";
import { aChange } from "../support/api-scene.ts";
import { type Cluster, clusterToken, openCluster, until } from "../support/cluster-scene.ts";
import { ManualClock } from "../support/manual-clock.ts";

type Member = Awaited<ReturnType<Cluster["addScheduler"]>>;

describe("what one scheduler recorded", () => {
  let cluster: Cluster;
  let leader: Member;
  let standby: Member;
  beforeEach(async () => {
    cluster = await openCluster();
    ({ leader, standby } = await cluster.two());
  });
  afterEach(() => cluster.close());

  /** Reads the other's live view until it says so. */
  async function sees(member: Member, wanted: (data: Record<string, unknown>) => boolean) {
    const over = new AbortController();
    const response = await fetch(`${member.url}/api/v1/events`, {
      headers: { authorization: `Bearer ${member.localToken}` },
      signal: over.signal,
    });
    const seen = (async () => {
      let text = "";
      for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
        text += Buffer.from(piece).toString();
        const found = text
          .split("\n")
          .filter((line) => line.startsWith("data: ") && line.endsWith("}"))
          .map((line) => JSON.parse(line.slice(6)) as Record<string, unknown>)
          .find(wanted);
        if (found) return found;
      }
      throw new Error("the stream ended");
    })();
    return { seen: seen.finally(() => over.abort()) };
  }

  it("is seen on the live view of the other, and the leader acts on it", async () => {
    const node = await cluster.addNode("web-1", standby);
    await leader.client("POST", "/api/v1/jobs", {
      name: "one-at-a-time",
      schedule: "@manual",
      cmd: "true",
      limit: { key: "db", max: 1 },
    });
    const first = (await leader.client("POST", "/api/v1/jobs/one-at-a-time/run", {})).body.id as string;
    const second = (await leader.client("POST", "/api/v1/jobs/one-at-a-time/run", {})).body.id as string;
    const view = await node.takes(first);
    await node.claims(view);
    const { seen } = await sees(leader, (data) => data.id === first && data.state === "succeeded");
    await node.report(standby, node.started(view), node.finished(view));
    expect(await seen).toMatchObject({ id: first });
    // The limit's slot is free: the leader was told, and hands the second one out without waiting for its next look.
    await node.takes(second);
    expect(leader.counted).not.toContain(`${first} succeeded`);
    expect(standby.counted).toContain(`${first} succeeded`);
  });

  it("isn't told on and on", async () => {
    const node = await cluster.addNode("web-1", standby);
    await leader.client("POST", "/api/v1/jobs", { name: "once", schedule: "@manual", cmd: "true" });
    const run = (await leader.client("POST", "/api/v1/jobs/once/run", {})).body.id as string;
    const view = await node.takes(run);
    await node.claims(view);
    await node.report(standby, node.started(view), node.finished(view));
    const of = (member: Member) =>
      member.heard.filter(
        ({ event }) => event.type === "run" && event.change.runId === run && event.change.to === "succeeded",
      );
    await until("the news", () => of(leader).length > 0);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect([of(leader).length, of(standby).length]).toEqual([1, 1]);
    expect(of(leader)[0]?.from).toBe("sched-2");
    expect(of(standby)[0]?.from).toBeNull();
  });

  it("tells of jobs, nodes and output too", async () => {
    await cluster.addNode("web-1", standby);
    await leader.client("POST", "/api/v1/jobs", { name: "told", schedule: "@manual", cmd: "true" });
    standby.events.publish({ type: "output", runId: "r-1" });
    const types = (member: Member) => member.heard.filter(({ from }) => from !== null).map(({ event }) => event.type);
    await until("the leader's", () => types(leader).includes("node") && types(leader).includes("output"));
    await until("the standby's", () => types(standby).includes("job"));
    expect(types(leader)).not.toContain("scheduler");
  });

  it("ends a session through the standby: the leader settles what it ran at once", async () => {
    const node = await cluster.addNode("web-1", standby);
    await leader.client("POST", "/api/v1/jobs", { name: "cut", schedule: "@manual", cmd: "true" });
    const run = (await leader.client("POST", "/api/v1/jobs/cut/run", {})).body.id as string;
    const view = await node.takes(run);
    await node.claims(view);
    await node.report(standby, node.started(view));
    await node.call(standby, "/abandoned");
    await until("the verdict", async () => (await cluster.store.getRun(run))?.state === "lost");
  });

  it("of kinds that this version doesn't know is left out, and the rest taken", async () => {
    const change = aChange({ runId: "r-9", consecutiveFailures: null });
    const body = { from: "x", changes: [change, { runId: 1 }], events: [{ type: "weather" }], more: 1 };
    const headers = { authorization: `Bearer ${clusterToken}` };
    expect((await leader.client("POST", "/internal/v1/changes", body, headers)).status).toBe(204);
    expect(leader.heard.at(-1)?.event).toEqual({ type: "run", change });
  });
});

describe("telling", () => {
  const open = (over: { most?: number } = {}) => {
    const clock = new ManualClock();
    const events = createEventBus(clock);
    const asked: { url: string; news: ReturnType<typeof News.parse> }[] = [];
    let answers: () => Promise<number> = async () => 204;
    let there = [
      { id: "me", url: "http://me" },
      { id: "b", url: "http://b/" },
    ];
    const peers = createPeers({
      me: "me",
      token: "t",
      events,
      schedulers: async () => there,
      clock,
      log: silentLog,
      async ask({ url, body }: PeerRequest) {
        asked.push({ url, news: News.parse(JSON.parse(body ?? "")) });
        return { status: await answers(), headers: {}, body: "" };
      },
      ...over,
    });
    peers.start();
    return {
      clock,
      events,
      asked,
      peers,
      answer: (by: () => Promise<number>) => {
        answers = by;
      },
      list: (next: typeof there) => {
        there = next;
      },
      async close() {
        const stopped = peers.stop();
        await clock.advance(10_000);
        await stopped;
      },
    };
  };
  const change = (runId: string) => ({ type: "run" as const, change: aChange({ runId }) });

  it("gathers what comes within a moment, and output of a run once", async () => {
    const { clock, events, asked, close } = open();
    await clock.advance(10);
    for (let i = 0; i < 5; i++) {
      events.publish(change(`r-${i}`));
      events.publish({ type: "output", runId: "r-1" });
    }
    await clock.advance(200);
    expect(asked.map(({ url }) => url)).toEqual(["http://b"]);
    expect(asked[0]?.news.changes.map(({ runId }) => runId)).toEqual(["r-0", "r-1", "r-2", "r-3", "r-4"]);
    expect(asked[0]?.news.events).toEqual([{ type: "output", runId: "r-1" }]);
    await close();
  });

  it("is tried again while a peer fails, in order, and forgets the oldest beyond a bound", async () => {
    const { clock, events, asked, peers, answer, close } = open({ most: 3 });
    await clock.advance(10);
    answer(() => Promise.reject(new Error("refused")));
    for (let i = 0; i < 5; i++) events.publish(change(`r-${i}`));
    await clock.advance(5000);
    expect(peers.dropped()).toBe(2);
    answer(async () => 204);
    asked.length = 0;
    await clock.advance(20_000);
    expect(asked.map(({ news }) => news.changes.map(({ runId }) => runId))).toEqual([["r-2", "r-3", "r-4"]]);
    await close();
  });

  it("doesn't hold up one peer for another, nor whoever publishes", async () => {
    const { clock, events, asked, answer, list, close } = open();
    list([
      { id: "b", url: "http://b" },
      { id: "c", url: "http://c" },
    ]);
    await clock.advance(4000);
    answer(() => new Promise<number>((resolve) => void clock.after(5000, () => resolve(504))));
    events.publish(change("r-1"));
    await clock.advance(200);
    expect(asked.map(({ url }) => url).sort()).toEqual(["http://b", "http://c"]);
    await close();
  });

  it("stops for a peer that is gone, and begins for one that has come", async () => {
    const { clock, events, asked, list, close } = open();
    await clock.advance(10);
    list([{ id: "c", url: "http://c" }]);
    await clock.advance(4000);
    events.publish(change("r-1"));
    await clock.advance(200);
    expect(asked.map(({ url }) => url)).toEqual(["http://c"]);
    await close();
  });
});
