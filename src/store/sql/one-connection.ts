// Kysely over one connection, to compile statements and run them there. Whoever owns the connection begins and ends its
// transactions; here is no pool and no lock.
import { type DatabaseConnection, type Dialect, type Driver, Kysely } from "kysely";
import type { Db } from "./context.ts";
import type { Database } from "./schema.ts";

export function kyselyOn(connection: DatabaseConnection, dialect: Omit<Dialect, "createDriver">): Db {
  const notHere = async () => {
    throw new Error("transactions are begun and ended by the owner of the connection");
  };
  const driver: Driver = {
    init: async () => {},
    acquireConnection: async () => connection,
    releaseConnection: async () => {},
    beginTransaction: notHere,
    commitTransaction: notHere,
    rollbackTransaction: notHere,
    destroy: async () => {},
  };
  return new Kysely<Database>({ dialect: { ...dialect, createDriver: () => driver } });
}

export const noStreams: DatabaseConnection["streamQuery"] = () => {
  throw new Error("answers are never streamed: every list has a limit");
};
