// A cluster over a real etcd: each under a prefix of its own, with faults put between the coordinator and etcd.

import { systemClock } from "../../../src/clock.ts";
import { CoordinatorUnavailableError } from "../../../src/coordinator/coordinator.ts";
import { createEtcdCoordinator, type EtcdOptions } from "../../../src/coordinator/etcd/etcd-coordinator.ts";
import type { Wire } from "../../../src/coordinator/etcd/wire.ts";
import { silentLog } from "../../../src/lib/log.ts";
import { systemRandom } from "../../../src/random.ts";
import type { Etcd } from "../../support/etcd.ts";
import type { FaultedCall, TestCluster } from "./cluster.ts";

export const usualOptions = {
  clock: systemClock,
  random: systemRandom,
  log: silentLog,
  sessionTtlMs: 5000,
  leaderTtlMs: 5000,
  compactEveryMs: null,
  onError: () => {},
} satisfies Partial<EtcdOptions>;

interface KeyValues {
  kvs?: { key: string; value: string; lease?: string | number }[];
}

/** The lease on a key, in hexadecimal, as etcdctl wants it. JSON's numbers are too small for one. */
export async function leaseOf(etcd: Etcd, key: string): Promise<string> {
  const json = await etcd.ctl("get", key, "-w", "json");
  const lease = /"lease":(\d+)/.exec(json)?.[1];
  if (!lease) throw new Error(`${key} has no lease: ${json}`);
  return BigInt(lease).toString(16);
}

/** Everything under a prefix, by key. */
export async function keysUnder(etcd: Etcd, prefix: string): Promise<Map<string, string>> {
  const { kvs = [] } = JSON.parse(await etcd.ctl("get", prefix, "--prefix", "-w", "json")) as KeyValues;
  const text = (base64: string) => Buffer.from(base64, "base64").toString();
  return new Map(kvs.map(({ key, value }) => [text(key), text(value)]));
}

let clusters = 0;

export function openEtcdCluster(etcd: Etcd, given: Partial<EtcdOptions> = {}): TestCluster {
  const prefix = `/test-${clusters++}`;
  const planned: { call: FaultedCall; fault: "drop" | "hold" | "lose-answer" }[] = [];
  const held: (() => Promise<unknown>)[] = [];
  const clients: ReturnType<typeof createEtcdCoordinator>[] = [];

  const wire: Wire = async (operation, send) => {
    const i = planned.findIndex(({ call }) => call === operation.name);
    if (i < 0) return send();
    const { fault } = planned.splice(i, 1)[0]!;
    if (fault === "hold") held.push(send);
    if (fault === "lose-answer") await send();
    throw new CoordinatorUnavailableError(`a test made the answer to ${operation.name} get lost (${fault})`);
  };
  const endLease = async (key: string) => void (await etcd.ctl("lease", "revoke", await leaseOf(etcd, key)));

  return {
    async connect() {
      const options = { ...usualOptions, endpoints: etcd.endpoints, prefix, wire, ...given };
      const client = createEtcdCoordinator(options);
      clients.push(client);
      return client;
    },
    next: (call, fault) => void planned.push({ call, fault }),
    async releaseHeld() {
      for (const send of held.splice(0)) await send();
    },
    endLeaderLease: () => endLease(`${prefix}/leader`),
    async endSessionLease(sessionId) {
      for (const [key, value] of await keysUnder(etcd, `${prefix}/nodes/`))
        if (JSON.parse(value).sessionId === sessionId) await endLease(key);
    },
    wipe: () => etcd.wipe(),
    async close() {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}
