// A store on PostgreSQL: opening it, and faults around it.
import { openPostgresStore } from "../../../src/store/postgres/open-postgres.ts";
import { createPostgresPool } from "../../../src/store/postgres/pool.ts";
import { postgresWords, readStoreUrl } from "../../../src/store/sql/store-url.ts";
import { postgresPassword, startPostgres } from "../../support/postgres.ts";
import { describeServerFaults } from "./server-faults.ts";
import { describeServerOpening } from "./server-opening.ts";
import type { ServerKind } from "./server-scene.ts";
import { describeServerTls } from "./server-tls.ts";

const kind: ServerKind = {
  dialect: "postgres",
  start: startPostgres,
  open: openPostgresStore,
  pool: (url) => createPostgresPool(readStoreUrl(url, postgresWords)),
  password: postgresPassword,
  now: "extract(epoch from clock_timestamp()) * 1000",
  lockWaits: "select 1 from pg_locks where not granted",
  lockTable: (name) => ["begin", `lock table ${name} in access exclusive mode`],
};

describeServerOpening("PostgreSQL", kind);
describeServerFaults("PostgreSQL", kind);
describeServerTls(
  "PostgreSQL",
  { ...kind, start: (tls) => startPostgres({ tls }) },
  { mode: "sslmode", ca: "sslrootcert", cert: "sslcert", key: "sslkey" },
);
