// What a database server says of a transaction, and what is made of it. At our isolation levels neither server refuses to
// serialise one by itself (PostgreSQL does on a standby and where somebody sets another level, MariaDB with
// innodb_snapshot_isolation), so those refusals are made up here.
import pg from "pg";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/random.ts";
import { mysqlErrors, ServerError } from "../../../src/store/mysql/errors.ts";
import { postgresErrors } from "../../../src/store/postgres/errors.ts";
import type { Db } from "../../../src/store/sql/context.ts";
import { createTransactions, type DatabaseErrors } from "../../../src/store/sql/transactions.ts";
import { StoreUnavailableError } from "../../../src/store/store.ts";

function postgresError(code: string): Error {
  const err = new pg.DatabaseError("could not serialize access due to concurrent update", 1, "error");
  err.code = code;
  return err;
}
const mysqlError = (errno: number) =>
  new ServerError(
    Object.assign(new Error("Record has changed since last read in table 'runs'"), { errno, code: "ER_CHECKREAD" }),
  );

const servers: [string, DatabaseErrors, Error][] = [
  ["PostgreSQL: 40001", postgresErrors("postgres://db"), postgresError("40001")],
  ["PostgreSQL: 40P01", postgresErrors("postgres://db"), postgresError("40P01")],
  ["MariaDB: 1020", mysqlErrors("mysql://db"), mysqlError(1020)],
  ["MySQL: 1213", mysqlErrors("mysql://db"), mysqlError(1213)],
];

describe.each(servers)("%s", (_, errors, refusal) => {
  /** `fails`: where each try does, in order. */
  function open(fails: ("statement" | "commit")[]) {
    const log: string[] = [];
    const pauses: number[] = [];
    const transactions = createTransactions({
      errors,
      random: seededRandom(1),
      sizes: { reads: 1, writes: 1 },
      clock: {
        async sleep(ms) {
          pauses.push(ms);
        },
        after: () => () => {},
      },
      async acquire() {
        const fault = fails.shift();
        return {
          db: { fault } as unknown as Db,
          begin: async () => void log.push("begin"),
          async commit() {
            log.push("commit");
            if (fault === "commit") throw refusal;
          },
          rollback: async () => void log.push("rollback"),
          release: (broken) => void log.push(broken ? "throw away" : "release"),
        };
      },
    });
    let called = 0;
    const work = async (db: Db) => {
      called++;
      if ((db as unknown as { fault?: string }).fault === "statement") throw refusal;
      return `answer ${called}`;
    };
    return { transactions, work, log, pauses };
  }

  it("is repeated from the start, on a connection that is good for more", async () => {
    const { transactions, work, log, pauses } = open(["statement", "statement"]);
    expect(await transactions.write(work)).toBe("answer 3");
    const undone = ["begin", "rollback", "release"];
    expect(log).toEqual([...undone, ...undone, "begin", "commit", "release"]);
    expect(pauses).toHaveLength(2);
    expect(pauses[1]).toBeGreaterThan(pauses[0]! / 1.5);
  });

  it("is repeated when the commit itself was refused: nothing is unknown then", async () => {
    const { transactions, work, log } = open(["commit"]);
    expect(await transactions.write(work)).toBe("answer 2");
    expect(log).toEqual(["begin", "commit", "release", "begin", "commit", "release"]);
  });

  it.each(["read", "write", "upkeep"] as const)("is given up after six tries, in words (%s)", async (mode) => {
    const { transactions, work, log } = open(Array(10).fill("statement"));
    const err = await transactions[mode](work).catch((reason: unknown) => reason);
    expect(err).toBeInstanceOf(StoreUnavailableError);
    expect((err as Error).message).toMatch(/again and again, nothing was written/);
    expect((err as Error).cause).toBe(refusal);
    expect(log.filter((word) => word === "begin")).toHaveLength(6);
  });
});
