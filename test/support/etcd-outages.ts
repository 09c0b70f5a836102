// What happens to the etcd of a busy cluster. Each outage proves that it has bitten.
import { expect } from "vitest";
import { type BusyCluster, type Fault, pause } from "./busy-cluster.ts";
import { outage, works } from "./outages.ts";
import type { Member } from "./real-cluster.ts";

/** A claim that is under way with the member that dies is asked again when its time is up, once or twice. */
export const memberLostMs = 3000;

type Meanwhile = () => Promise<unknown>;

interface Status {
  Endpoint: string;
  Status: { header: { member_id: number; revision: number }; leader: number; raftTerm: number };
}

export function createEtcdOutages(busy: BusyCluster) {
  const { cluster } = busy;
  const { etcd } = cluster;

  /** Of a whole etcd: which member leads, under which term of etcd's own, and the revision. */
  async function status() {
    const all = JSON.parse(await etcd.ctl("endpoint", "status", "-w", "json")) as Status[];
    const leads = all.findIndex(({ Status }) => Status.header.member_id === Status.leader);
    return {
      leads: etcd.members.findIndex(({ url }) => url === all[leads]?.Endpoint),
      term: Math.max(...all.map(({ Status }) => Status.raftTerm)),
      revision: Math.max(...all.map(({ Status }) => Status.header.revision)),
    };
  }

  return {
    /** One of three members is killed, and comes back on what it had on disk. */
    async killMember(which: "leader" | "follower", forMs: number): Promise<Fault> {
      const before = await status();
      const victim = etcd.members[(before.leads + (which === "leader" ? 0 : 1)) % etcd.members.length];
      if (!victim || before.leads < 0) throw new Error("no etcd member leads");
      const fault = await outage(
        busy,
        { what: `etcd's ${which} killed for ${forMs} ms`, forMs },
        {
          async fail() {
            await victim.kill();
            await expect(fetch(`${victim.url}/health`), "nobody listens there").rejects.toThrow();
          },
          async mend() {
            victim.start();
            await etcd.healthy();
          },
        },
      );
      if (which === "leader") expect((await status()).term, "etcd's own election").toBeGreaterThan(before.term);
      return fault;
    },

    /** All members are killed, and come back on what they had on disk. */
    async down(forMs: number, meanwhile?: Meanwhile): Promise<Fault> {
      const term = await cluster.term();
      const leader = await cluster.leader();
      const log = leader.logText().length;
      const fault = await outage(
        busy,
        { what: `etcd down for ${forMs} ms`, forMs, ...(meanwhile && { meanwhile }) },
        {
          async fail() {
            await Promise.all(etcd.members.map((member) => member.kill()));
            await expect(etcd.ctl("get", "anything")).rejects.toThrow();
          },
          async mend() {
            for (const member of etcd.members) member.start();
            await etcd.healthy();
            await works(busy);
          },
        },
      );
      expect(leader.logged("leadership is over", log), "nobody leads under a lease that is over").toHaveLength(1);
      expect(await cluster.term(), "another leadership").toBeGreaterThan(term);
      return fault;
    },

    /** A node can't reach etcd, whose history is compacted meanwhile: nobody can tell the node what it has missed. */
    async compactedWhileCutOff(node: Member, forMs: number): Promise<Fault> {
      const log = node.logText().length;
      const set = (mode: "refuse" | "pass") => Promise.all(node.proxies.etcd.map((proxy) => proxy.set(mode)));
      return outage(
        busy,
        { what: `etcd compacted while ${node.name} was cut off for ${forMs} ms`, forMs },
        {
          async fail() {
            const { revision } = await status();
            await set("refuse");
            await cluster.eventually(`${node.name} is cut off`, () => node.logged("lease is lost", log)[0]);
            await pause(1000);
            const now = await status();
            expect(now.revision, "things happened meanwhile").toBeGreaterThan(revision);
            await etcd.ctl("compaction", String(now.revision));
            await expect(etcd.ctl("get", "anything", "--rev", String(revision + 1))).rejects.toThrow(/compacted/);
          },
          async mend() {
            await set("pass");
            await cluster.eventually(`${node.name} has its lease`, () => node.logged("lease is open again", log)[0]);
          },
        },
      );
    },

    /** Etcd loses all it had. */
    async wiped(): Promise<Fault> {
      const term = await cluster.term();
      const { revision } = await status();
      const logs = new Map(cluster.schedulers.map((each) => [each, each.logText().length]));
      const fault = await outage(
        busy,
        { what: "etcd wiped", forMs: 1500 },
        {
          async fail() {
            await etcd.wipe();
            expect((await status()).revision, "etcd counts anew").toBeLessThan(revision);
          },
          mend: () => works(busy),
        },
      );
      expect(await cluster.term(), "another leadership").toBeGreaterThan(term);
      const noticed = [...logs].filter(([each, from]) => each.logged("etcd has forgotten", from).length > 0);
      expect(noticed.length, "schedulers that have noticed").toBeGreaterThan(0);
      return fault;
    },
  };
}
