// A store on MariaDB: opening it, and faults around it.
import { systemClock } from "../../../src/clock.ts";
import { openMysqlStore } from "../../../src/store/mysql/open-mysql.ts";
import { createMysqlPool } from "../../../src/store/mysql/pool.ts";
import { mysqlWords, readStoreUrl } from "../../../src/store/sql/store-url.ts";
import { mariadbPassword, startMariadb } from "../../support/mariadb.ts";
import { describeServerFaults } from "./server-faults.ts";
import { describeServerOpening } from "./server-opening.ts";
import type { ServerKind } from "./server-scene.ts";
import { describeServerTls } from "./server-tls.ts";

const kind: ServerKind = {
  dialect: "mysql",
  start: startMariadb,
  open: openMysqlStore,
  pool: (url) => createMysqlPool(readStoreUrl(url, mysqlWords), systemClock),
  password: mariadbPassword,
  now: "unix_timestamp(now(3)) * 1000",
  lockWaits: // The tables of locks answer from a cache that asking often keeps alive.
    "select 1 from information_schema.global_status where variable_name = 'innodb_row_lock_current_waits' and variable_value > 0",
  lockTable: (name) => [`lock tables ${name} write`],
};

describeServerOpening("MariaDB", kind);
describeServerFaults("MariaDB", kind);
describeServerTls(
  "MariaDB",
  { ...kind, start: (tls) => startMariadb({ tls }) },
  { mode: "ssl-mode", ca: "ssl-ca", cert: "ssl-cert", key: "ssl-key" },
);
