// The in-process coordinator under the contract. Broken on purpose once, each of these made tests of the suite fail:
// a claim or a move that compares only that the assignment exists, instead of its revision ("C5", "C4", the late claim);
// writes without the guard of the leader key, or guarded by its nonce alone (old leaderships, "C3"); a group that applies
// what it can; a replaced claim that isn't compared; a watch that calls back at once, starts without what stands, or loses what follows a reader's mistake; a wipe that only its first leader hears of;
// resign() and close() that leave the key; a second opening of a session that the first may still close.

import type { Faults } from "../../../src/coordinator/in-process/faults.ts";
import {
  createCoordinatorSpace,
  createInProcessCoordinator,
} from "../../../src/coordinator/in-process/in-process-coordinator.ts";
import { leaderKey, type Tables } from "../../../src/coordinator/in-process/tables.ts";
import { seededRandom } from "../../../src/random.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import type { TestCluster } from "./cluster.ts";
import { describeCoordinator } from "./suite.ts";

const lateMs = 60_000;
const tables: (keyof Tables)[] = ["leader", "history", "candidates", "schedulers", "sessions", "assignments", "claims"];

async function openInProcess(): Promise<TestCluster> {
  const clock = new ManualClock();
  const random = seededRandom(1);
  const space = createCoordinatorSpace();
  const planned: { call: string; fault: "drop" | "hold" | "lose-answer" }[] = [];
  const faults: Faults = {
    before({ name }) {
      const i = planned.findIndex(({ call }) => call === name);
      const fault = i < 0 ? "pass" : planned.splice(i, 1)[0]!.fault;
      return fault === "hold" ? { delayMs: lateMs } : fault;
    },
  };
  const clients: ReturnType<typeof createInProcessCoordinator>[] = [];
  const drop = (table: keyof Tables, key: string) => space.commit([], [{ table, key, value: null }]);

  return {
    async connect() {
      const client = createInProcessCoordinator({ clock, random, faults, space, onError: () => {} });
      clients.push(client);
      return client;
    },
    next: (call, fault) => void planned.push({ call, fault }),
    releaseHeld: () => clock.advance(lateMs),
    endLeaderLease: async () => void drop("leader", leaderKey),
    endSessionLease: async (sessionId) => void drop("sessions", sessionId),
    async wipe() {
      for (const table of tables) for (const { key } of space.list(table)) drop(table, key);
    },
    async close() {
      for (const client of clients) await client.close();
    },
  };
}

describeCoordinator("in-process", openInProcess);
