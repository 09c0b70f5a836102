// SQLite is one machine's: a second scheduler would decide by another ledger, and nodes would report to either.
import type { Clock } from "../clock.ts";
import { type Config, ConfigError } from "../config.ts";
import type { Coordinator, SchedulerView } from "../coordinator/coordinator.ts";
import { isCluster, storeKind } from "./config-rules.ts";

type Listed = Pick<Coordinator, "schedulers">;

const mayBeOneOfMany = (config: Config) => storeKind(config) !== "sqlite" || !isCluster(config);
const lookMs = 200;

function second({ url, id }: SchedulerView): never {
  throw new ConfigError([
    `store.url: SQLite serves exactly one scheduler, and ${url || id} is up in this cluster; ` +
      "give all schedulers one PostgreSQL or MySQL store (distcron migrate --to URL copies what is there)",
  ]);
}

/** Throws ConfigError when another scheduler is up: before this one's store is opened. */
export async function refuseSecondOnSqlite(config: Config, coordinator: Listed, myId: string): Promise<void> {
  if (mayBeOneOfMany(config)) return;
  const other = (await coordinator.schedulers()).find(({ id }) => id !== myId);
  if (other) second(other);
}

/**
 * Of schedulers that begin at the same moment none sees another one at first, but only one is elected. Resolves when this
 * one was; rejects with ConfigError when another leads, and with the signal's reason.
 */
export async function refuseOtherLeaderOnSqlite(
  config: Config,
  given: { coordinator: Listed; clock: Clock; myId: string; isLeader(): boolean; signal: AbortSignal },
): Promise<void> {
  if (mayBeOneOfMany(config)) return;
  const { coordinator, clock, myId, isLeader, signal } = given;
  while (!isLeader()) {
    // Out of reach, it elects nobody either.
    const known = await coordinator.schedulers().catch(() => []);
    const leader = known.find((each) => each.leader && each.id !== myId);
    if (leader) second(leader);
    await clock.sleep(lookMs, signal);
  }
}
