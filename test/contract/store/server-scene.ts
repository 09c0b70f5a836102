// A database server for a test file, and stores that are opened on it.
import { afterAll, beforeAll } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { seededRandom } from "../../../src/random.ts";
import type { DialectName } from "../../../src/store/sql/context.ts";
import type { ServerStoreOptions } from "../../../src/store/sql/server-store.ts";
import type { Connection, Mode } from "../../../src/store/sql/transactions.ts";
import type { Store } from "../../../src/store/store.ts";
import { startDatabaseProxy } from "../../support/database-proxy.ts";
import type { DatabaseServer } from "../../support/database-server.ts";
import { until } from "../../support/program.ts";

export interface TestSession {
  query(text: string): Promise<Record<string, unknown>[]>;
  end(): Promise<void>;
}

export interface TestServer extends DatabaseServer {
  /** Answers its URL. */
  createDatabase(name: string): Promise<string>;
  urlOf(database: string, port?: number): string;
  session(database: string): Promise<TestSession>;
  query(text: string, database: string): Promise<Record<string, unknown>[]>;
}

export interface ServerKind {
  dialect: DialectName;
  start(): Promise<TestServer>;
  open(options: ServerStoreOptions): Promise<Store>;
  /** Its connections alone. */
  pool(url: string): { acquire(mode: Mode): Promise<Connection>; end(): Promise<void> };
  password: string;
  /** SQL for its clock in epoch milliseconds. */
  now: string;
  /** A query that answers rows while somebody waits for a lock. */
  lockWaits: string;
  /** Statements that lock a whole table until their session ends. */
  lockTable(name: string): string[];
}

export function setServerScene(kind: ServerKind) {
  const closers: (() => Promise<unknown>)[] = [];
  let databases = 0;
  const scene = {
    server: {} as TestServer,

    /** A new, empty database; answers its name. */
    async database() {
      const name = `faults${++databases}`;
      await scene.server.createDatabase(name);
      return name;
    },

    async open(url: string, given: Partial<ServerStoreOptions> = {}) {
      const store = await kind.open({ url, clock: systemClock, random: seededRandom(1), ...given });
      closers.push(() => store.close());
      return store;
    },

    async overProxy() {
      const db = await scene.database();
      const proxy = await startDatabaseProxy(scene.server.port);
      closers.push(() => proxy.close());
      const store = await scene.open(scene.server.urlOf(db, proxy.port));
      return { db, proxy, store, term: await store.takeTerm("s", "n") };
    },

    async someoneWaits(db: string) {
      const session = await scene.server.session(db);
      await until("somebody waits for a lock", async () => (await session.query(kind.lockWaits)).length > 0);
      await session.end();
    },
  };

  beforeAll(async () => {
    scene.server = await kind.start();
  });
  afterAll(async () => {
    // Stores before the proxies that they are open through.
    for (const close of closers.reverse()) await close();
    await scene.server.remove?.();
  });
  return scene;
}
