// What a store on a database server promises beyond the contract while all is well, and what it says when it can't open.
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { StoreUnavailableError } from "../../../src/store/store.ts";
import { aNewJob, aNewRun } from "../../support/store-fixtures.ts";
import { aNodeInfo, reporter } from "./reports.ts";
import { toAssigned } from "./scene.ts";
import { type ServerKind, setServerScene } from "./server-scene.ts";

export function describeServerOpening(name: string, kind: ServerKind) {
  describe(`opening a store on ${name}`, () => {
    const scene = setServerScene(kind);

    it("is migrated once when several open it at the same moment", async () => {
      const db = await scene.database();
      const stores = await Promise.all([1, 2, 3, 4].map(() => scene.open(scene.server.urlOf(db))));
      expect(await stores[3]!.schemaVersion()).toEqual({ current: 1, known: 1 });
      expect(await scene.server.query("select version from migrations", db)).toHaveLength(1);
      expect(await stores[0]!.checkIntegrity()).toEqual([]);
    });

    it("refuses a schema of a newer program, naming both versions", async () => {
      const db = await scene.database();
      await (await scene.open(scene.server.urlOf(db))).close();
      await scene.server.query("insert into migrations values (99, 'from the future', 0)", db);
      const refusal = scene.open(scene.server.urlOf(db));
      await expect(refusal).rejects.toMatchObject({ code: "store_newer", message: expect.stringMatching(/99.*1/) });
    });

    it("doesn't touch another program's tables", async () => {
      const db = await scene.database();
      await scene.server.query("create table jobs (id integer)", db);
      const refusal = { code: "store_corrupt", message: expect.stringContaining("jobs") };
      await expect(scene.open(scene.server.urlOf(db))).rejects.toMatchObject(refusal);
      await scene.server.query("create table migrations (id integer, migration varchar(255))", db);
      await expect(scene.open(scene.server.urlOf(db))).rejects.toMatchObject(refusal);
    });

    it("says why it can't be opened, and never the password", async () => {
      const url = scene.server.urlOf(await scene.database());
      const password = encodeURIComponent(kind.password);
      const refusals: [string, string, RegExp][] = [
        [url.replace(password, "wrong%40secret"), "bad_config", /user and password/],
        [url.replace(/faults\d+/, "nowhere"), "bad_config", /nowhere.*no such database/],
        [url.replace(/:\d+\//, ":1/"), "store_unavailable", /127\.0\.0\.1:1\b/],
        [url.replace("127.0.0.1", "no-such-host.invalid"), "store_unavailable", /no-such-host\.invalid/],
        [`${url}?sslmode=require`, "bad_config", /TLS/],
        [`${url}?sslmode=prefer`, "bad_config", /sslmode|ssl-mode/],
        [`${url}?ssl=yes`, "bad_config", /unknown "ssl"/],
        [`${url}?sslmode=verify-full&sslrootcert=/none.pem`, "bad_config", /none\.pem/],
        [url.replace(/\/faults\d+/, ""), "bad_config", /no database/],
      ];
      for (const [bad, code, words] of refusals) {
        const err = await scene.open(bad).catch((reason: Error & { code?: string }) => reason);
        expect(err).toMatchObject({ code, message: expect.stringMatching(words) });
        expect((err as Error).message).not.toMatch(/secret|for%20tests|for tests/);
      }
    });

    it("lets sessions live by the database's clock", async () => {
      const db = await scene.database();
      const store = await scene.open(scene.server.urlOf(db), { clock: { ...systemClock, now: () => 0 } });
      await store.registerSession({ sessionId: "session-1", info: aNodeInfo(), former: null, graceMs: 30_000 });
      const { trustedUntil } = (await store.lastSession("node-1"))!;
      const [row] = await scene.server.query(`select ${kind.now} as ms`, db);
      expect(Math.abs(trustedUntil - Number(row!.ms) - 30_000)).toBeLessThan(10_000);
      expect(Number.isInteger(trustedUntil)).toBe(true);
    });

    it("takes what SQLite takes: a NUL in a command's words, fractions of milliseconds, any script", async () => {
      const store = await scene.open(scene.server.urlOf(await scene.database()));
      const term = await store.takeTerm("s", "n");
      const job = await store.createJob(term, aNewJob({ job: { title: "夜间备份 🚀", tags: ["a", "a ", "A"] } }));
      const { run } = await store.createRun(term, aNewRun({ jobId: job.id, nominal: null }));
      await store.transition(term, [{ runId: run.id, ifState: ["planned"], ifFence: 0, to: toAssigned(), at: 1 }]);
      const { started, interrupted } = reporter(run.id);
      await store.record([started({ at: 1000.5 }), interrupted({ at: 2000.25, reason: "it said \0 and 🚀" })]);
      expect((await store.getJob(job.id))!.effective.title).toBe("夜间备份 🚀");
      expect((await store.getRun(run.id))!.attempts[0]!.error).toMatch(/^it said .* and 🚀$/);
      expect((await store.getRun(run.id))!.startedAt).toBeCloseTo(1001);
      const other = await store.createJob(term, aNewJob({ effective: { ...job.effective, name: `${job.name}x` } }));
      expect((await store.listJobs({ limit: 10, tag: "a " })).items.map(({ id }) => id)).toEqual([job.id, other.id]);
    });

    it("refuses what is too long for its column, and never cuts it", async () => {
      const store = await scene.open(scene.server.urlOf(await scene.database()));
      const term = await store.takeTerm("s", "n");
      const job = await store.createJob(term, aNewJob());
      const long = aNewRun({ jobId: job.id, nominal: null, limitKey: "k".repeat(300) });
      await expect(store.createRun(term, long)).rejects.toThrow(/too long|truncated/i);
      // Nor when a row is there already, which alone would be no error.
      const there = aNewRun({ jobId: job.id, nominal: null });
      await store.createRun(term, there);
      await expect(store.createRun(term, { ...long, id: there.id })).rejects.toThrow(/too long|truncated/i);
      expect(await store.openRunsOfJob(job.id)).toHaveLength(1);
    });

    it("carries many calls at once, and closes when they are over", async () => {
      const store = await scene.open(scene.server.urlOf(await scene.database()));
      const term = await store.takeTerm("s", "n");
      const job = await store.createJob(term, aNewJob());
      const made = Array.from({ length: 100 }, () =>
        store.createRun(term, aNewRun({ jobId: job.id, nominal: null })).then(({ created }) => created),
      );
      const read = Array.from({ length: 100 }, () => store.getJob(job.id));
      const closed = store.close();
      expect((await Promise.all(made)).every(Boolean)).toBe(true);
      expect((await Promise.all(read)).every((found) => found?.id === job.id)).toBe(true);
      await closed;
      await store.close();
      await expect(store.getJob(job.id)).rejects.toBeInstanceOf(StoreUnavailableError);
    });

    it("lets many write at once as if one came after the other", async () => {
      const url = scene.server.urlOf(await scene.database());
      const [one, other] = [await scene.open(url), await scene.open(url)];
      const term = await one.takeTerm("s", "n");
      const job = await one.createJob(term, aNewJob());
      const runs = Array.from({ length: 20 }, () => aNewRun({ jobId: job.id, nominal: null }));
      const given = await Promise.all(runs.map((run) => one.createRun(term, run)));
      const step = { ifState: ["planned" as const], ifFence: 0, to: toAssigned(), at: 1 };
      // The same steps from both sides: each takes place once.
      const steps = runs.flatMap(({ id }) =>
        [one, other].map((store) => store.transition(term, [{ runId: id, ...step }])),
      );
      expect((await Promise.all(steps)).flat()).toHaveLength(given.length);
      const ends = runs.flatMap(({ id }) => [one, other].map((store) => store.record([reporter(id).finished()])));
      expect((await Promise.all(ends)).flat()).toHaveLength(given.length);
      const taken = await Promise.all(runs.flatMap(() => [one, other].map((store) => store.takeTerm("s", "m"))));
      expect(taken.sort((a, b) => a - b)).toEqual(taken.map((_, i) => term + 1 + i));
    });

    it("leaves backups to the server's own tools, in words", async () => {
      const store = await scene.open(scene.server.urlOf(await scene.database()));
      await expect(store.backup("/nowhere")).rejects.toMatchObject({ code: "backup_elsewhere" });
    });
  });
}
