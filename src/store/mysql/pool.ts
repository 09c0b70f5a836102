// Connections to MySQL or MariaDB, kept apart by what they are set up for. How many there are is the transactions' doing,
// which let only so many through at once.
import type { Clock } from "../../clock.ts";
import { limits } from "../sql/limits.ts";
import type { StoreAddress } from "../sql/store-url.ts";
import type { Connection, Mode } from "../sql/transactions.ts";
import { connectError } from "./errors.ts";
import { openSession, type Session } from "./session.ts";

/** Below the time after which MySQL closes it from its side. */
const idleMs = limits.idleInTransactionMs / 2;

const begins: Record<Mode, string> = {
  read: "start transaction with consistent snapshot, read only",
  write: "start transaction read write",
  upkeep: "start transaction read write",
};

export interface MysqlPool {
  /** Throws StoreRefusedError or StoreUnavailableError. */
  acquire(mode: Mode): Promise<Connection>;
  end(): Promise<void>;
}

export function createMysqlPool(address: StoreAddress, clock: Pick<Clock, "monotonic">): MysqlPool {
  const idle: Record<Mode, { session: Session; since: number }[]> = { read: [], write: [], upkeep: [] };
  let ended = false;

  /** The one that was used last; those behind it that have idled for too long are closed. */
  function takeIdle(mode: Mode): Session | null {
    const tooOld = clock.monotonic() - idleMs;
    const [kept, closed] = [idle[mode].filter(isFit), idle[mode].filter((each) => !isFit(each))];
    for (const { session } of closed) session.destroy();
    const taken = kept.pop();
    idle[mode] = kept;
    return taken?.session ?? null;

    function isFit({ session, since }: { session: Session; since: number }) {
      return !session.isOver() && since > tooOld;
    }
  }

  return {
    async acquire(mode) {
      const session =
        takeIdle(mode) ??
        (await openSession(address, mode).catch((err: unknown) => {
          throw connectError(err, address.shown);
        }));
      return {
        db: session.db,
        begin: async () => void (await session.ask(begins[mode])),
        commit: async () => void (await session.ask("commit")),
        rollback: async () => void (await session.ask("rollback")),
        release(broken) {
          if (broken || ended || mode === "upkeep") session.destroy();
          else idle[mode].push({ session, since: clock.monotonic() });
        },
      };
    },
    async end() {
      ended = true;
      for (const { session } of Object.values(idle).flat()) session.destroy();
    },
  };
}
