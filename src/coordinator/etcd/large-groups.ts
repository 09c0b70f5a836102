// Moving more runs together than one transaction can hold. A gate keeps their sessions from claiming anything (a claim
// compares its absence); behind it what was read stays true until all is moved. The gate hangs on the leader's lease, so
// it can't outlive its leadership.
import type { Clock } from "../../clock.ts";
import { CoordinatorUnavailableError, type Leadership, type WriteOutcome } from "../coordinator.ts";
import type { EtcdClient } from "./client.ts";
import type { Keys } from "./keys.ts";
import { createLeaderItems } from "./leader-writes.ts";
import { getAll } from "./reads.ts";
import { holds, type Item, type ItemResult } from "./transactions.ts";

export interface LargeGroupDeps {
  client: EtcdClient;
  keys: Keys;
  clock: Clock;
  /** The leader's. */
  lease: string;
  alive(): boolean;
  refuseInFlight(): Promise<void>;
  /** Commits under the guard of leadership. */
  commit(items: Item[]): Promise<ItemResult[]>;
}

const againMs = 200;

export async function moveLargeGroup(
  deps: LargeGroupDeps,
  group: Parameters<Leadership["move"]>[0][number],
): Promise<WriteOutcome> {
  const { client, keys, commit, lease } = deps;
  const runIds = group.map(({ from }) => from.runId);
  const gates = [...new Set(group.map(({ from }) => keys.gate(from.sessionId)))];
  const parts = group.map((one) => createLeaderItems(keys).move([one]));

  const shut = gates.map((gate) => ({ put: gate, value: "a group of runs is being moved", lease }));
  const [gate] = await commit([{ runIds, expects: [], writes: shut }]);
  if (gate?.outcome === "refused") return "refused";
  try {
    if (gate?.outcome === "unknown") return "unknown";
    const expects = parts.flatMap((part) => part.expects);
    const { found } = await getAll(
      client,
      expects.map(({ key }) => key),
    );
    if (!expects.every((expect) => holds(expect, found))) return "refused";
    const results = await commit(parts);
    return results.every(({ outcome }) => outcome === "done") ? "done" : "unknown";
  } catch (err) {
    if (err instanceof CoordinatorUnavailableError) return "refused"; // Nothing was moved: the reading failed.
    throw err;
  } finally {
    const opened = gate?.outcome === "done" && (await open());
    if (!opened) void keepOpening();
  }

  async function open() {
    const [result] = await commit([{ runIds, expects: [], writes: gates.map((drop) => ({ drop })) }]);
    return result?.outcome === "done";
  }
  /** A gate whose put is still under way must not come after its deletion. */
  async function keepOpening() {
    while (deps.alive()) {
      await deps.clock.sleep(againMs);
      const certain = await deps.refuseInFlight().then(
        () => true,
        () => false,
      );
      if (certain && (await open())) return;
    }
  }
}
