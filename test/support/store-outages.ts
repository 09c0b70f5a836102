// What happens to the database of a busy cluster, and what its schedulers do and say meanwhile.
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { type BusyCluster, type Fault, pause } from "./busy-cluster.ts";
import { outage, works } from "./outages.ts";
import { ApiError, type Member } from "./real-cluster.ts";
import { tables } from "./store-tables.ts";

/** As after a power cut; it neither answers nor hangs up; every table is locked by somebody else. */
export type StoreTrouble = "down" | "silent" | "locked";

export function createStoreOutages(busy: BusyCluster) {
  const { cluster } = busy;
  const { database } = cluster;
  if (!database) throw new Error("a database server is needed");
  const { server, url } = database;
  const isPostgres = url.startsWith("postgres");

  /** Locks all at once or nothing: transactions under way may stand in the way. Resolves to how to let go. */
  async function lockAll() {
    const statement = isPostgres
      ? `begin; lock table ${tables.join(", ")} in access exclusive mode`
      : `lock tables ${tables.map((table) => `${table} write`).join(", ")}`;
    for (let tries = 0; ; tries++) {
      const holder = await server.session("distcron");
      try {
        await holder.query(statement);
        return () => holder.end();
      } catch (err) {
        await holder.end();
        if (tries === 20) throw err;
      }
    }
  }
  const begin: Record<StoreTrouble, () => Promise<() => unknown>> = {
    async down() {
      await server.crash();
      return server.start;
    },
    async silent() {
      const set = (mode: "blackhole" | "pass") =>
        Promise.all(cluster.schedulers.map(({ proxies }) => proxies.store?.set(mode)));
      await set("blackhole");
      return () => set("pass");
    },
    locked: lockAll,
  };

  /** What it costs to be without a store: of each process, as shares of a core, and connections tried a second. */
  async function costs(ms: number) {
    const [before, opened, from] = [members().map(cpuSeconds), tried(), performance.now()];
    await pause(ms);
    const seconds = (performance.now() - from) / 1000;
    const shares = members().map((each, i) => [each.name, (cpuSeconds(each) - (before[i] as number)) / seconds]);
    return { shares: Object.fromEntries(shares) as Record<string, number>, tries: (tried() - opened) / seconds };
  }
  const members = () => cluster.members.filter((each) => each.isUp());
  const tried = () => cluster.schedulers.reduce((sum, { proxies }) => sum + (proxies.store?.opened ?? 0), 0);

  return {
    costs,
    async away(trouble: StoreTrouble, forMs: number, meanwhile?: () => Promise<unknown>): Promise<Fault> {
      let end: () => unknown = () => {};
      return outage(
        busy,
        { what: `store ${trouble} for ${forMs} ms`, forMs, ...(meanwhile && { meanwhile }) },
        {
          async fail() {
            end = await begin[trouble]();
          },
          async mend() {
            await end();
            await works(busy, 60_000);
          },
        },
      );
    },

    /** Every scheduler says that it is the store, to whoever asks for whatever, and doesn't leave him waiting for ever. */
    expectItIsSaid: () => Promise.all(cluster.schedulers.map(expectSaidBy)),
  };

  async function expectSaidBy(via: Member) {
    const answer = await cluster.eventually(`${via.name} isn't ready`, async () => {
      const readyz = await via.readyz();
      return readyz?.ready === false ? readyz : null;
    });
    expect(answer.components).toContainEqual({ name: "store", ready: false });
    const ask = (method: string, path: string, body?: object) =>
      cluster.api(method, path, body, { via, timeoutMs: 40_000 }).then(
        () => expect.fail(`${method} ${path} through ${via.name} was answered without a store`),
        (err: unknown) => {
          expect(err, `${method} ${path} through ${via.name}: ${String(err)}`).toBeInstanceOf(ApiError);
          const { status, body } = err as ApiError;
          const { code, detail } = JSON.parse(body) as { code: string; detail: string };
          expect(detail).not.toContain("for%20tests");
          return { status, code, detail };
        },
      );
    const [jobs, runs, change] = await Promise.all([
      ask("GET", "/jobs"),
      ask("GET", "/runs?limit=1"),
      ask("POST", "/jobs/by-hand/run", {}),
    ]);
    for (const read of [jobs, runs]) {
      expect(read).toMatchObject({ status: 503, code: "store_unavailable" });
      expect(read.detail, "what is away").toMatch(/database|127\.0\.0\.1/);
    }
    // The leader may be the one that waits, or have been given up meanwhile.
    expect(["store_unavailable", "no_leader", "not_leader", "leader_silent"]).toContain(change.code);
    expect(change.status).toBe(change.code === "leader_silent" ? 504 : 503);
  }
}

/** Of the process itself, without its children: user and system time. */
function cpuSeconds({ pid }: Member): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
