// What etcd and the network between do to the coordinator, and what must hold all the same: nobody acts on a lease that
// is over, a lost answer is "unknown" and never "refused", and a watch ends up with exactly what stands.
//
// Broken on purpose once, each of these made a test here fail: a lease without its local deadline; leader writes, or
// claims, without their guard; writes that are sent again; a claim or an election that doesn't recognise its own key; a
// feed that goes on from a header's revision, resumes after a compaction or a refusal, or trusts in silence; revisions
// that aren't compared; a settled backup that is believed; claims that pass a gate; a close() that waits; a client that
// stays with a dead member.
import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import {
  type Coordinator,
  CoordinatorUnavailableError,
  type Leadership,
} from "../../../src/coordinator/coordinator.ts";
import { createEtcdCoordinator, type EtcdOptions } from "../../../src/coordinator/etcd/etcd-coordinator.ts";
import type { Wire } from "../../../src/coordinator/etcd/wire.ts";
import { anAssignment } from "../../support/an-assignment.ts";
import { makeCertificates } from "../../support/certificates.ts";
import { type Etcd, startEtcd } from "../../support/etcd.ts";
import { startTcpProxy, type TcpProxy } from "../../support/tcp-proxy.ts";
import { eventually, follow, load, never, nodeInfo, placed, refOf, scheduler } from "./cluster.ts";
import { keysUnder, leaseOf, usualOptions } from "./etcd-cluster.ts";

const feedPace = { pingMs: 200, silenceMs: 1000, relistMs: 600_000 };
const runs = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `r${from + i}`);
const on = (sessionId: string, runId: string, fence = 1) => anAssignment({ runId, sessionId, fence });

let prefixes = 0;
let closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  closers = [];
});

/** A coordinator straight to etcd, and how to open others behind a network of their own. */
function scene(etcd: Etcd, given: Partial<EtcdOptions> = {}) {
  const prefix = `/faults-${prefixes++}`;
  function connect(more: Partial<EtcdOptions> = {}): Coordinator {
    const base = {
      ...usualOptions,
      endpoints: etcd.endpoints,
      prefix,
      feedPace,
      sessionTtlMs: 3000,
      leaderTtlMs: 3000,
    };
    const coordinator = createEtcdCoordinator({ ...base, ...given, ...more });
    closers.push(() => coordinator.close());
    return coordinator;
  }
  async function behindProxy(more: Partial<EtcdOptions> = {}): Promise<{ proxy: TcpProxy; coordinator: Coordinator }> {
    const proxy = await startTcpProxy(etcd.members[0]!.port);
    closers.push(() => proxy.close());
    return { proxy, coordinator: connect({ endpoints: [proxy.url], ...more }) };
  }
  return { prefix, connect, behindProxy };
}

const heal = async (proxy: TcpProxy) => {
  await proxy.set("pass");
  proxy.reset();
};

/** A node's picture of its assignments, checked against what stands in the end. */
function witness(session: Parameters<typeof follow>[0]) {
  const seen = follow(session);
  async function agreesWith(leader: Leadership) {
    const standing = new Map((await leader.snapshot()).assignments.map((view) => [view.assignment.runId, view]));
    await eventually(() => expect([...seen.views.keys()].sort()).toEqual([...standing.keys()].sort()));
    await eventually(() => expect(seen.views).toEqual(standing));
    const newest = new Map<string, number>();
    for (const change of seen.story) {
      const runId = change.type === "put" ? change.view.assignment.runId : change.runId;
      const revision = change.type === "put" ? change.view.revision : change.revision;
      expect(revision).toBeGreaterThan(newest.get(runId) ?? 0);
      newest.set(runId, revision);
    }
  }
  return { ...seen, agreesWith };
}

describe("one etcd", () => {
  let etcd: Etcd;
  beforeAll(async () => {
    etcd = await startEtcd();
  });
  afterAll(() => etcd.stop());

  describe("leases", () => {
    it("are over here before they are over in etcd, when nothing comes through", async () => {
      const { connect, behindProxy, prefix } = scene(etcd);
      const { proxy, coordinator } = await behindProxy({ sessionTtlMs: 2000, leaderTtlMs: 2000 });
      const leader = await coordinator.campaign(scheduler("s1"), never);
      const session = await coordinator.openSession("a", nodeInfo());
      await proxy.set("blackhole");
      const next = await connect().campaign(scheduler("s2"), never);
      expect([leader.alive(), leader.lost.aborted]).toEqual([false, true]);
      await eventually(async () => expect((await keysUnder(etcd, `${prefix}/nodes/`)).size).toBe(0));
      expect([session.alive(), session.lost.aborted]).toEqual([false, true]);
      expect(next.alive()).toBe(true);
      expect(await leader.assign([on("a", "r1")])).toEqual(["refused"]);
    });

    it("are kept over a short cut", async () => {
      const { behindProxy } = scene(etcd);
      const { proxy, coordinator } = await behindProxy({ sessionTtlMs: 5000, leaderTtlMs: 5000 });
      const leader = await coordinator.campaign(scheduler("s1"), never);
      const session = await coordinator.openSession("a", nodeInfo());
      await proxy.set("refuse");
      await new Promise((resolve) => setTimeout(resolve, 1000));
      await proxy.set("pass");
      await eventually(() => session.announce(load(1)));
      await eventually(() => leader.snapshot());
      expect([leader.alive(), session.alive()]).toEqual([true, true]);
    });

    const behindItsBack: [string, (key: string) => Promise<unknown>][] = [
      ["is revoked", async (key) => etcd.ctl("lease", "revoke", await leaseOf(etcd, key))],
      ["loses its key", (key) => etcd.ctl("del", key)],
    ];
    it.each(behindItsBack)(
      "that %s behind one's back: etcd refuses what its holder still believes in",
      async (_, cut) => {
        const { connect, behindProxy, prefix } = scene(etcd, { sessionTtlMs: 6000, leaderTtlMs: 6000 });
        const { proxy, coordinator } = await behindProxy();
        const other = connect();
        const leader = await coordinator.campaign(scheduler("s1"), never);
        const session = await coordinator.openSession("a", nodeInfo());
        await leader.assign([on("a", "r1")]);
        const view = await placed(leader, "r1");

        proxy.delayMs = 500; // The news takes half a second; the writes are sent before.
        await Promise.all([cut(`${prefix}/leader`), cut(`${prefix}/nodes/node-a`)]);
        expect([leader.alive(), session.alive()]).toEqual([true, true]);
        const [assigned, claimed] = await Promise.all([
          leader.assign([on("a", "r2")]),
          session.claim([{ runId: "r1", revision: view.revision, fence: 1 }]),
        ]);
        expect([assigned, claimed]).toEqual([["refused"], ["refused"]]);
        expect([leader.alive(), session.alive()]).toEqual([false, false]);
        const after = await (await other.campaign(scheduler("s2"), never)).snapshot();
        expect(after).toMatchObject({ assignments: [view], claims: [] });
      },
    );
  });

  describe("lost answers", () => {
    it("make a leader's write unknown; it was sent once, and what became of it can be found out", async () => {
      const { behindProxy, prefix } = scene(etcd, { leaderTtlMs: 10_000 });
      const { proxy, coordinator } = await behindProxy();
      const leader = await coordinator.campaign(scheduler("s1"), never);
      await proxy.set("swallow-replies");
      const outcome = leader.assign([on("a", "r1")]);
      await eventually(async () => expect((await keysUnder(etcd, `${prefix}/runs/`)).size).toBe(1));
      await heal(proxy); // Whoever sent it again would be told that the run has an assignment.
      expect(await outcome).toEqual(["unknown"]);
      await eventually(() => leader.refuseInFlight());
      expect((await leader.lookup(["r1"])).assignments).toHaveLength(1);
      expect(await leader.assign([on("a", "r2")])).toEqual(["done"]);
    });

    it("leave it unknown, too, when even the question what became of it has no answer", async () => {
      const { behindProxy } = scene(etcd, { leaderTtlMs: 10_000 });
      const { proxy, coordinator } = await behindProxy({ timeoutMs: 300 });
      const leader = await coordinator.campaign(scheduler("s1"), never);
      await leader.assign([on("a", "r1")]);
      const at = (await leader.lookup(["r1"])).assignments.map(refOf)[0]!;
      await proxy.set("swallow-requests");
      const stop = { kind: "cancel", reason: { code: "cancelled_by_user", message: "" } } as const;
      expect(await leader.assign([on("a", "r2")])).toEqual(["unknown"]);
      expect(await leader.stop([{ at, stop }])).toEqual(["unknown"]);
      expect(await leader.clean(["r1"])).toEqual(["unknown"]);
      await expect(leader.refuseInFlight()).rejects.toMatchObject({ code: "coordinator_unavailable" });
      await heal(proxy);
      await eventually(() => leader.refuseInFlight());
      expect(
        (await leader.snapshot()).assignments.map(({ assignment }) => [assignment.runId, assignment.stop]),
      ).toEqual([["r1", null]]);
    });

    it("make a claim unknown; asked again it is claimed", async () => {
      const { connect, behindProxy } = scene(etcd, { sessionTtlMs: 10_000, leaderTtlMs: 10_000 });
      const leader = await connect().campaign(scheduler("s1"), never);
      const { proxy, coordinator } = await behindProxy({ timeoutMs: 500 });
      const session = await coordinator.openSession("a", nodeInfo());
      await leader.assign([on("a", "r1")]);
      const items = [{ runId: "r1", revision: (await placed(leader, "r1")).revision, fence: 1 }];
      await proxy.set("swallow-replies");
      expect(await session.claim(items)).toEqual(["unknown"]);
      expect((await leader.lookup(["r1"])).claims).toHaveLength(1);
      await heal(proxy);
      await eventually(async () => expect(await session.claim(items)).toEqual(["claimed"]));
    });

    it("don't lose an election that was won, nor a session that was opened", async () => {
      const { connect, prefix } = scene(etcd);
      const kept: string[] = [];
      const lost = new Set<string>();
      const wire: Wire = async ({ name }, send) => {
        const answer = await send();
        if ((name !== "campaign" && name !== "openSession") || lost.has(name)) return answer;
        lost.add(name);
        const keys = name === "campaign" ? `${prefix}/leader` : `${prefix}/nodes/`;
        for (const key of (await keysUnder(etcd, keys)).keys()) kept.push(await leaseOf(etcd, key));
        throw new CoordinatorUnavailableError("lost by a test");
      };
      const coordinator = connect({ wire });
      const leader = await coordinator.campaign(scheduler("s1"), never);
      const session = await coordinator.openSession("a", nodeInfo());
      // What was written first is what is held, not a second try in its place.
      expect(kept).toEqual([await leaseOf(etcd, `${prefix}/leader`), await leaseOf(etcd, `${prefix}/nodes/node-a`)]);
      expect(await leader.assign([on("a", "r1")])).toEqual(["done"]);
      await session.announce(load(1));
    });
  });

  describe("watches", () => {
    async function stage(given: Partial<EtcdOptions> = {}) {
      const opened = scene(etcd, { sessionTtlMs: 20_000, leaderTtlMs: 20_000, ...given });
      const leader = await opened.connect().campaign(scheduler("s1"), never);
      const { proxy, coordinator } = await opened.behindProxy();
      const session = await coordinator.openSession("a", nodeInfo());
      return { ...opened, leader, proxy, session, seen: witness(session) };
    }

    it("miss nothing and repeat nothing while connections are reset, and reset again as soon as they stand", async () => {
      const { leader, proxy, seen } = await stage();
      await leader.assign(runs(0, 20).map((runId) => on("a", runId)));
      await eventually(() => expect(seen.views.size).toBe(20));
      for (let round = 1; round <= 6; round++) {
        const before = proxy.opened;
        proxy.reset();
        await leader.assign(runs(round * 20, round * 20 + 10).map((runId) => on("a", runId)));
        await eventually(() => expect(proxy.opened).toBeGreaterThan(before));
        if (round % 2) await new Promise((resolve) => setTimeout(resolve, round * 2));
        proxy.reset();
        await leader.assign(runs(round * 20 + 10, round * 20 + 20).map((runId) => on("a", runId)));
        await leader.clean(runs(round * 20 - 5, round * 20 + 5));
      }
      await seen.agreesWith(leader);
    });

    it("catch up over a backlog of thousands of changes, cut in the middle of it", async () => {
      const { leader, proxy, seen } = await stage();
      await leader.assign([on("a", "first")]);
      await eventually(() => expect(seen.views.size).toBe(1));
      await proxy.set("refuse");
      for (let i = 0; i < 6; i++) {
        const some = runs(i * 400, (i + 1) * 400);
        await leader.assign(some.map((runId) => on("a", runId)));
        await leader.clean(some.slice(0, 200));
      }
      const first = seen.story.length;
      await proxy.set("pass");
      await eventually(() => expect(seen.story.length).toBeGreaterThan(first));
      proxy.reset();
      await seen.agreesWith(leader);
    });

    it("list again when what they missed was compacted away", async () => {
      const { leader, proxy, seen } = await stage();
      await leader.assign(runs(0, 10).map((runId) => on("a", runId)));
      await eventually(() => expect(seen.views.size).toBe(10));
      await proxy.set("refuse");
      await leader.clean(runs(0, 5));
      await leader.assign(runs(20, 25).map((runId) => on("a", runId)));
      const { revision } = await leader.snapshot();
      await etcd.ctl("compaction", String(revision));
      await proxy.set("pass");
      await seen.agreesWith(leader);
      await leader.assign([on("a", "after")]);
      await seen.agreesWith(leader);
    });

    it("notice that nothing comes through any more, and come back", async () => {
      const { leader, proxy, seen } = await stage({ sessionTtlMs: 60_000 });
      await leader.assign([on("a", "before")]);
      await eventually(() => expect(seen.views.size).toBe(1));
      const { opened } = proxy;
      await proxy.set("blackhole");
      await leader.assign([on("a", "during")]);
      // Long before the connection's own keep-alive gives up, and with nothing else that is asked of etcd.
      await vi.waitFor(() => expect(proxy.opened).toBeGreaterThan(opened), { timeout: 5000, interval: 20 });
      await proxy.set("pass"); // What was opened before stays mute: it is the client who must let go of it.
      await seen.agreesWith(leader);
    });
  });

  describe("an etcd that forgets", () => {
    it("ends leadership and session at once, and the watch goes on with what comes after", async () => {
      const { connect } = scene(etcd, { sessionTtlMs: 20_000, leaderTtlMs: 20_000 });
      const [one, two] = [connect(), connect()];
      const leader = await one.campaign(scheduler("s1"), never);
      const session = await two.openSession("a", nodeInfo());
      const seen = follow(session);
      await leader.assign([on("a", "r1")]);
      await eventually(() => expect(seen.views.size).toBe(1));
      await leader.settled();
      await etcd.wipe();
      await eventually(() => expect([leader.lost.aborted, session.lost.aborted]).toEqual([true, true]));
      await eventually(() => expect(seen.views.size).toBe(0));
      const next = await two.campaign(scheduler("s2"), never);
      expect(next.fresh).toBe(true);
      expect(await next.assign([on("a", "r2", 2)])).toEqual(["done"]);
      await eventually(() => expect([...seen.views.keys()]).toEqual(["r2"]));
    });

    it("lets no write of before in, though the next leader's key has the same revision as the last one's (C10)", async () => {
      const { connect, prefix } = scene(etcd, { leaderTtlMs: 20_000 });
      const revisionOf = async () =>
        /"mod_revision":(\d+)/.exec(await etcd.ctl("get", `${prefix}/leader`, "-w", "json"))?.[1];
      let sendLate = () => Promise.resolve<unknown>(null);
      const wire: Wire = (operation, send) => {
        if (operation.name !== "assign") return send();
        sendLate = send;
        return Promise.reject(new CoordinatorUnavailableError("a test holds it back"));
      };
      const old = await connect({ wire }).campaign(scheduler("s1"), never);
      expect(await old.assign([on("a", "r1")])).toEqual(["unknown"]);
      const before = Number(await revisionOf());
      await etcd.wipe();
      // As if many had been faster: etcd counts anew, up to where it was.
      for (let at = 2; at < before; at++) await etcd.ctl("put", "/elsewhere", String(at));
      await etcd.ctl("put", `${prefix}/leader`, "the next one's nonce");
      expect(Number(await revisionOf())).toBeGreaterThanOrEqual(before);
      await sendLate();
      expect([...(await keysUnder(etcd, `${prefix}/assignments/`)).keys()]).toEqual([]);
    });

    it("is noticed when it comes back from a backup, in which all was settled", async () => {
      const { connect } = scene(etcd, { sessionTtlMs: 20_000, leaderTtlMs: 20_000 });
      const [one, two] = [connect(), connect()];
      const leader = await one.campaign(scheduler("s1"), never);
      await leader.settled();
      const session = await two.openSession("a", nodeInfo());
      await leader.assign([on("a", "r1"), on("a", "r2")]);
      const { assignments } = await leader.snapshot();
      const [first] = assignments.map(({ assignment, revision }) => ({ ...assignment, revision }));
      expect(await session.claim([first!])).toEqual(["claimed"]);
      const goBack = await etcd.backUp();
      for (const runId of runs(3, 20)) await leader.assign([on("a", runId)]);
      await goBack();
      await eventually(() => expect([leader.lost.aborted, session.lost.aborted]).toEqual([true, true]));
      const next = await one.campaign(scheduler("s1"), never);
      expect(next.fresh).toBe(true);
      // What the backup says of runs and sessions was true once: a session that stands there still wasn't heard.
      expect(await next.snapshot()).toMatchObject({ assignments: [], claims: [], sessions: [] });
    });
  });

  describe("a group that no single transaction can hold", () => {
    async function stage(given: Partial<EtcdOptions> = {}) {
      const { connect, prefix } = scene(etcd, { sessionTtlMs: 20_000, leaderTtlMs: 20_000 });
      const leader = await connect(given).campaign(scheduler("s1"), never);
      const session = await connect().openSession("a", nodeInfo());
      await leader.assign(runs(0, 200).map((runId) => on("a", runId)));
      const views = (await leader.lookup(runs(0, 200))).assignments;
      const group = views.map((view) => ({ from: refOf(view), to: null }));
      const claim = (i: number) => session.claim([{ runId: `r${i}`, revision: views[i]!.revision, fence: 1 }]);
      return { leader, group, claim, gates: () => keysUnder(etcd, `${prefix}/gates/`) };
    }

    it("is moved whole: nothing of it is claimed once all of it was found unclaimed", async () => {
      let moves = 0;
      let meanwhile = async () => {};
      const wire: Wire = async ({ name }, send) => {
        // The first shuts the gate, then all is looked at; the others move.
        if (name === "move" && ++moves === 2) await meanwhile();
        return send();
      };
      const { leader, group, claim, gates } = await stage({ wire });
      const outcomes: string[] = [];
      meanwhile = async () => void outcomes.push(...(await claim(0)), ...(await claim(199)));
      expect(await leader.move([group])).toEqual(["done"]);
      expect(outcomes).toEqual(["unknown", "unknown"]);
      expect(await claim(199)).toEqual(["refused"]);
      const { assignments, claims } = await leader.snapshot();
      expect([assignments, claims, (await gates()).size]).toEqual([[], [], 0]);
    });

    it("is not moved at all if one of it is claimed, and the others may be claimed as before", async () => {
      const { leader, group, claim, gates } = await stage();
      await claim(150);
      expect(await leader.move([group])).toEqual(["refused"]);
      expect((await leader.snapshot()).assignments).toHaveLength(200);
      expect([(await gates()).size, await claim(0)]).toEqual([0, ["claimed"]]);
    });

    it("leaves no gate behind when answers were lost", async () => {
      const lost = new Set([1, 3]);
      let moves = 0;
      const wire: Wire = async ({ name }, send) => {
        const answer = await send();
        if (name === "move" && lost.has(++moves)) throw new CoordinatorUnavailableError("lost by a test");
        return answer;
      };
      const { leader, group, claim, gates } = await stage({ wire });
      expect(await leader.move([group])).toEqual(["unknown"]);
      await eventually(async () => expect((await gates()).size).toBe(0));
      await eventually(async () => expect(await claim(0)).toEqual(["claimed"]));
    });
  });
});

describe("an etcd that stands still", () => {
  it("can't keep close() from ending within two seconds", async () => {
    const etcd = await startEtcd();
    closers.push(() => etcd.stop());
    const { connect } = scene(etcd);
    const coordinator = connect();
    const leader = await coordinator.campaign(scheduler("s1"), never);
    const session = await coordinator.openSession("a", nodeInfo());
    leader.watchSessions(() => {});
    session.watch(() => {});
    const waiting = coordinator.campaign(scheduler("s2"), never);
    const refusal = expect(waiting).rejects.toMatchObject({ code: "coordinator_unavailable" });
    await etcd.members[0]!.freeze();
    void leader.snapshot().catch(() => {});
    const started = performance.now();
    await coordinator.close();
    expect(performance.now() - started).toBeLessThan(2000);
    expect([leader.alive(), session.alive()]).toEqual([false, false]);
    await refusal;
    etcd.members[0]!.thaw();
  });
});

describe("three members", () => {
  it("go on without one; without two nobody leads, nothing is certain, and all comes back with them", async () => {
    const etcd = await startEtcd({ members: 3 });
    closers.push(() => etcd.stop());
    const { connect } = scene(etcd, { timeoutMs: 700, leaderTtlMs: 3000, sessionTtlMs: 20_000 });
    const leader = await connect().campaign(scheduler("s1"), never);
    const session = await connect().openSession("a", nodeInfo());
    const seen = witness(session);
    const assignSurely = async (lead: Leadership, runId: string) =>
      eventually(async () => {
        const [outcome] = await lead.assign([on("a", runId)]);
        if (outcome === "unknown") await lead.refuseInFlight();
        expect((await lead.lookup([runId])).assignments).toHaveLength(1);
      });
    await assignSurely(leader, "r1");
    await etcd.members[0]!.kill();
    await assignSurely(leader, "r2");
    await seen.agreesWith(leader);
    expect(leader.alive()).toBe(true);

    await etcd.members[1]!.freeze();
    expect(await leader.assign([on("a", "r3")])).toEqual(["unknown"]);
    await eventually(() => expect(leader.alive()).toBe(false));
    etcd.members[0]!.start();
    etcd.members[1]!.thaw();
    const next = await connect().campaign(scheduler("s2"), never);
    await assignSurely(next, "r4");
    await seen.agreesWith(next);
  });
});

describe("an etcd with users", () => {
  it("needs rights on the prefix alone, a node few of them, and an expired token is only a reason to ask for another", async () => {
    const etcd = await startEtcd({ flags: ["--auth-token-ttl", "1"] });
    closers.push(() => etcd.stop());
    const access = { username: "distcron", password: "pw" };
    const { connect, behindProxy, prefix } = scene(etcd, { ...access, sessionTtlMs: 20_000, leaderTtlMs: 20_000 });
    for (const command of [
      "user add root:pw",
      "user grant-role root root",
      "user add distcron:pw",
      "role add distcron",
      `role grant-permission distcron readwrite ${prefix}/ --prefix`,
      "user grant-role distcron distcron",
      "user add node:pw",
      "role add node",
      `role grant-permission node read ${prefix}/ --prefix`,
      ...["nodes", "names", "claims"].map((name) => `role grant-permission node readwrite ${prefix}/${name}/ --prefix`),
      "user grant-role node node",
      "auth enable",
    ])
      await etcd.ctl(...command.split(" "));
    const { proxy, coordinator } = await behindProxy({ username: "node" });
    const leader = await connect().campaign(scheduler("s1"), never);
    const session = await coordinator.openSession("a", nodeInfo());
    const seen = witness(session);
    await leader.assign([on("a", "r1")]);
    await seen.agreesWith(leader);
    await session.announce(load(1));
    const { revision } = await placed(leader, "r1");
    expect(await session.claim([{ runId: "r1", revision, fence: 1 }])).toEqual(["claimed"]);
    await new Promise((resolve) => setTimeout(resolve, 2200)); // Tokens are over.
    proxy.reset();
    await eventually(async () => expect(await leader.assign([on("a", "r2")])).toEqual(["done"]));
    await seen.agreesWith(leader);
    expect([leader.alive(), session.alive()]).toEqual([true, true]);
  });
});

describe("an etcd behind TLS", () => {
  it("is spoken to with a client certificate, and not at all with the wrong authority", async () => {
    const [ours, foreign] = [makeCertificates("distcron"), makeCertificates()];
    closers.push(async () => [ours, foreign].map((made) => made.remove()));
    const etcd = await startEtcd({ tls: ours });
    closers.push(() => etcd.stop());
    const { connect } = scene(etcd);
    const pem = (file: string) => readFileSync(file, "utf8");
    const client = { cert: pem(ours.clientCert), key: pem(ours.clientKey) };
    const coordinator = connect({ tls: { ca: pem(ours.ca), ...client } });
    const leader = await coordinator.campaign(scheduler("s1"), never);
    const seen = witness(await coordinator.openSession("a", nodeInfo()));
    expect(await leader.assign([on("a", "r1")])).toEqual(["done"]);
    await seen.agreesWith(leader);
    for (const tls of [{ ca: pem(foreign.ca), ...client }, { ca: pem(ours.ca) }])
      await expect(connect({ tls }).schedulers()).rejects.toMatchObject({ code: "coordinator_unavailable" });
  });
});
