// A node's link to its schedulers, over real HTTP to schedulers that are gone, silent, busy or of another cluster.
import { afterEach, describe, expect, it } from "vitest";
import { createHttpLink, type HttpLink } from "../../../src/api/client/http-link.ts";
import { systemClock } from "../../../src/clock.ts";
import { silentLog } from "../../../src/lib/log.ts";
import type { NodeEvent } from "../../../src/model/assignment.ts";
import type { LastWill, SchedulerLink } from "../../../src/model/scheduler-link.ts";
import { createSender } from "../../../src/report/sender.ts";
import { nodeInfo } from "../../support/agent-world.ts";
import { type FakeScheduler, openFakeScheduler } from "../../support/fake-scheduler.ts";
import { load } from "../../support/scene.ts";

const token = "cluster-token";
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function schedulers(count: number, options: { now?: () => number; graceMs?: number } = {}) {
  const list: FakeScheduler[] = [];
  for (let i = 0; i < count; i++) {
    const scheduler = await openFakeScheduler({ token, now: () => Date.now(), ...options });
    // Each accepts what another has registered, as real ones do.
    if (list[0]) scheduler.state.sessions = list[0].state.sessions;
    list.push(scheduler);
    open.push(scheduler);
  }
  return list;
}
function linkTo(list: { url: string }[], more: Partial<Parameters<typeof createHttpLink>[0]> = {}): HttpLink {
  const link = createHttpLink({
    schedulers: async () => list.map(({ url }) => url),
    clusterToken: token,
    clock: systemClock,
    random: { next: () => 0 },
    log: silentLog,
    ...more,
  });
  open.push(link);
  return link;
}
const joined = async (link: SchedulerLink, sessionId = "s-1") =>
  link.register({ sessionId, info: nodeInfo("web-1", 4), former: null });
const released = (runId: string): NodeEvent => ({
  type: "released",
  runId,
  fence: 1,
  sessionId: "s-1",
  at: 5,
  reason: "test",
});
const output = (bytes: number): NodeEvent => ({
  type: "output",
  runId: "r1",
  fence: 1,
  sessionId: "s-1",
  at: 5,
  attempt: 1,
  seq: 0,
  stream: "stdout",
  offset: 0,
  gapBytes: 0,
  data: new Uint8Array(bytes).fill(7),
});

describe("a link to schedulers", () => {
  it("joins, beats, reports and leaves", async () => {
    const [one] = (await schedulers(1)) as [FakeScheduler];
    one.state.former = "s-0";
    one.state.drain = true;
    const link: SchedulerLink = linkTo([one]);
    expect(await link.formerSession("id-web-1")).toBe("s-0");
    expect(await joined(link)).toEqual({ graceMs: 30_000 });
    expect(await link.beat("s-1", load, false)).toEqual({ live: true, drain: true });
    one.state.drain = undefined;
    expect(await link.beat("s-1", load, false)).toEqual({ live: true, drain: null });
    await link.reports.send([released("r1"), output(3)]);
    expect(one.state.events).toEqual([released("r1"), output(3)]);
    await link.closeSession("s-1");
    expect(one.state.closed).toEqual(["s-1"]);
  });

  it("compresses reports beyond a kilobyte", async () => {
    const [one] = (await schedulers(1)) as [FakeScheduler];
    const link = linkTo([one]);
    await joined(link);
    await link.reports.send([released("r1")]);
    expect(one.state.gzipped).toBe(0);
    await link.reports.send([output(100_000)]);
    expect(one.state.gzipped).toBe(1);
    expect(one.state.events[1]).toEqual(output(100_000));
  });

  it("goes on to the next scheduler when one is gone, and stays there", async () => {
    const [one, two] = (await schedulers(2)) as [FakeScheduler, FakeScheduler];
    const link = linkTo([one, two]);
    await joined(link);
    await one.close();
    expect((await link.beat("s-1", load, false)).live).toBe(true);
    await one.reopen();
    const before = one.state.requests;
    await link.beat("s-1", load, false);
    expect(two.state.beats).toBe(2);
    expect(one.state.requests).toBe(before);
  });

  it("gives a silent scheduler up after a while", async () => {
    const [one, two] = (await schedulers(2, { graceMs: 3000 })) as [FakeScheduler, FakeScheduler];
    const link = linkTo([one, two]);
    await joined(link);
    one.state.silent = true;
    expect((await link.beat("s-1", load, false)).live).toBe(true);
    expect(two.state.beats).toBe(1);
  });

  it("says that nobody answers, with what each of them said, and asks who is there now", async () => {
    const [one] = (await schedulers(1)) as [FakeScheduler];
    const list = [{ url: "http://127.0.0.1:1" }];
    const link = linkTo(list);
    await expect(link.formerSession("n1")).rejects.toMatchObject({
      code: "no_scheduler",
      message: expect.stringContaining("http://127.0.0.1:1"),
    });
    list[0] = one;
    expect(await link.formerSession("n1")).toBe(null);
  });

  it("uses the schedulers it knows when their list can't be read", async () => {
    const [one] = (await schedulers(1)) as [FakeScheduler];
    let reads = 0;
    const link = linkTo([one], {
      schedulers: async () => {
        if (reads++ > 0) throw new Error("the coordinator is down");
        return [one.url];
      },
    });
    await joined(link);
    await one.close();
    await expect(link.beat("s-1", load, false)).rejects.toMatchObject({ code: "no_scheduler" });
    await one.reopen();
    expect((await link.beat("s-1", load, false)).live).toBe(true);
  });

  it("is told the refusals that stand, and asks nobody else then", async () => {
    const [one, two] = (await schedulers(2)) as [FakeScheduler, FakeScheduler];
    one.state.instead.set("/sessions", { status: 409, code: "node_name_taken" });
    const link = linkTo([one, two]);
    await expect(joined(link)).rejects.toMatchObject({ code: "node_name_taken" });
    expect(two.state.requests).toBe(0);
  });

  it("is refused only when no scheduler knows its token", async () => {
    const [one, two] = (await schedulers(2)) as [FakeScheduler, FakeScheduler];
    one.state.instead.set("/sessions", { status: 401, code: "unauthenticated" });
    await joined(linkTo([one, two]));
    two.state.instead.set("/sessions", { status: 401, code: "unauthenticated" });
    await expect(joined(linkTo([one, two]))).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("hears that its session has ended", async () => {
    const [one] = (await schedulers(1)) as [FakeScheduler];
    const link = linkTo([one]);
    await joined(link);
    one.state.ended.add("s-1");
    expect((await link.beat("s-1", load, false)).live).toBe(false);
    one.state.instead.set("/beat", { status: 410, code: "session_ended" });
    expect((await link.beat("s-1", load, false)).live).toBe(false);
  });
});

describe("reports", () => {
  it("of a session that has ended, or before there is one, go by the cluster's token", async () => {
    const [one] = (await schedulers(1)) as [FakeScheduler];
    const link = linkTo([one]);
    await link.reports.send([released("r0")]);
    await joined(link);
    await link.reports.send([released("r1")]);
    one.state.ended.add("s-1");
    await link.reports.send([released("r2")]);
    expect(one.state.events.map(({ runId }) => runId)).toEqual(["r0", "r1", "r2"]);
    expect(one.state.outside).toBe(2);
  });

  it("wait as long as a busy scheduler asks, while beats go on", async () => {
    const [one] = (await schedulers(1)) as [FakeScheduler];
    const link = linkTo([one]);
    await joined(link);
    one.state.instead.set("/events", { status: 429, code: "busy", headers: { "retry-after": "7" } });
    const refused = await link.reports.send([released("r1")]).catch((err) => err);
    expect(refused).toMatchObject({ code: "no_scheduler" });
    expect(refused.retryAfterMs).toBeGreaterThan(6000);
    one.state.instead.clear();
    await expect(link.reports.send([released("r1")])).rejects.toMatchObject({ code: "no_scheduler" });
    expect((await link.beat("s-1", load, false)).live).toBe(true);
    expect(one.state.events).toEqual([]);
  });

  it("leave behind the one event that can't be taken", async () => {
    const [one] = (await schedulers(1)) as [FakeScheduler];
    const link = linkTo([one]);
    await joined(link);
    const events = [released("r1"), { ...released("bad"), fence: "three" } as unknown as NodeEvent, released("r2")];
    let acked = 0;
    const sender = createSender({
      outbox: {
        take: async () => events.map((event, i) => ({ n: i + 1, event })).slice(acked),
        acknowledge: (through) => {
          acked = through;
        },
        onAvailable: () => {},
      },
      port: link.reports,
      clock: systemClock,
      log: silentLog,
    });
    sender.start();
    await sender.flush(AbortSignal.timeout(10_000));
    await sender.stop();
    expect(one.state.events.map(({ runId }) => runId)).toEqual(["r1", "r2"]);
  });
});

it("measures how far the schedulers' clock is ahead", async () => {
  const [one] = (await schedulers(1, { now: () => Date.now() + 5000 })) as [FakeScheduler];
  const link = linkTo([one]);
  expect(link.clockOffsetMs()).toBe(0);
  await joined(link);
  await link.beat("s-1", load, false);
  expect(Math.abs(link.clockOffsetMs() - 5000)).toBeLessThan(500);
});

it("keeps the last will up to date: with a session, with other schedulers, and none after a goodbye", async () => {
  const wills: (LastWill | null)[] = [];
  const [one, two] = (await schedulers(2)) as [FakeScheduler, FakeScheduler];
  const list = [one];
  const link = linkTo(list, { onLastWill: (will) => void wills.push(will) });
  await joined(link);
  expect(wills.at(-1)).toEqual({
    urls: [one.url],
    path: "/internal/v1/sessions/s-1/abandoned",
    credential: "credential-of-s-1",
    ca: null,
  });
  list[0] = two;
  await one.close();
  await link.beat("s-1", load, false);
  expect(wills.at(-1)?.urls).toEqual([two.url]);
  await link.closeSession("s-1");
  expect(wills.at(-1)).toBe(null);
});
