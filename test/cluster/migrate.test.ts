// `distcron migrate` with the real program: a server's SQLite goes into a database server, and the server goes on there.
import { appendFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEtcd } from "../support/etcd.ts";
import { startMariadb } from "../support/mariadb.ts";
import { startPostgres } from "../support/postgres.ts";
import { run } from "../support/program.ts";
import { createServer, type Server } from "../support/server.ts";

const kinds = [
  { name: "PostgreSQL", start: startPostgres, password: "for%20tests" },
  { name: "MariaDB", start: startMariadb, password: "for%20tests" },
] as const;

describe.each(kinds)("migrate to $name", ({ start, password }) => {
  let database: Awaited<ReturnType<typeof startPostgres>> | Awaited<ReturnType<typeof startMariadb>>;
  let server: Server;
  beforeAll(async () => {
    database = await start();
    server = await createServer();
  });
  afterAll(async () => {
    await server?.dispose();
    await database?.remove();
  });

  const migrate = (...args: string[]) => server.cli(["migrate", "--config", server.configFile, ...args]);

  it("is refused while the server runs", async () => {
    const url = await database.createDatabase("refused");
    const { code, stderr } = await migrate("--to", url);
    expect(code).toBe(78);
    expect(stderr).toMatch(/is in use by another DistCron process \(pid \d+\)/);
    expect((await migrate()).code).toBe(78);
  });

  it("copies everything, and the server works on with the copy", async () => {
    await server.apply({ name: "kept", schedule: "* * * * * *", overlap: "allow", cmd: "echo from the job" });
    const before = await server.trigger("kept");
    await server.over(before);
    await server.end("SIGTERM");

    const url = await database.createDatabase("whole");
    const file = join(server.folder, "url");
    writeFileSync(file, `${url}\n`);
    const { code, stdout, stderr } = await migrate("--to-file", file);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(
      /^copied \d+ rows from .*distcron\.db to (postgres|mysql):\/\/.*\/whole; counts and checksums/,
    );
    expect(stderr).toMatch(/^runs: (\d+) of \1 rows$/m);
    expect(stderr).toContain("set store.url");
    expect(stdout + stderr).not.toContain(password);

    appendFileSync(server.configFile, `store:\n  urlFile: ${file}\n`);
    await server.up();
    expect(await server.getRun(before)).toMatchObject({ id: before, state: "succeeded" });
    expect(await server.output(before)).toBe("from the job\n");
    await server.over(await server.trigger("kept"));
    const ticks = (await server.runsOf("kept")).filter(({ trigger }) => trigger !== "manual");
    expect(new Set(ticks.map(({ scheduledFor }) => scheduledFor)).size, "no tick has two rows").toBe(ticks.length);
    await server.end("SIGTERM");
  });

  it("says that the schema is current", async () => {
    expect((await migrate()).stdout).toMatch(/\/whole: the schema is current \(version \d+\)/);
  });

  it("refuses a target that isn't empty with 5, and an empty one gets its schema", async () => {
    const { code, stderr } = await migrate("--store", "sqlite:", "--to", database.urlOf("whole"));
    expect(stderr).toMatch(/the target has rows already \(in jobs/);
    expect(code).toBe(5);
    const fresh = await database.createDatabase("fresh");
    expect((await migrate("--store", fresh)).stdout).toMatch(/\/fresh: the schema was made \(version \d+\)/);
  });

  it("copies back into a file", async () => {
    const file = join(server.folder, "back.db");
    const { code, stdout } = await migrate("--to", `sqlite:${file}`, "-o", "json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ to: file, rows: { jobs: 1 } });
  });
});

describe("migrate", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "distcron-migrate-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("names what is missing or can't be", async () => {
    const data = ["--data-dir", join(folder, "none")];
    const nothing = await run(["migrate", ...data, "--to", "sqlite:/tmp/x.db"]);
    expect(nothing.code).toBe(78);
    expect(nothing.stderr).toMatch(/there is no database at .*none\/distcron\.db/);
    expect(existsSync(join(folder, "none"))).toBe(false);
    expect((await run(["migrate", ...data, "--to", "oracle://a"])).code).toBe(78);
    expect((await run(["migrate", ...data, "--to", "sqlite:a", "--to-file", "b"])).code).toBe(2);
  });

  it("asks etcd whether schedulers are up, and says so when it can't answer", async () => {
    const data = ["--data-dir", folder];
    const etcd = await startEtcd();
    const env = {
      DISTCRON_COORDINATOR__ETCD__ENDPOINTS: etcd.endpoints.join(","),
      DISTCRON_CLUSTER__TOKEN: "a token of this test",
    };
    try {
      await etcd.ctl("put", "/distcron/schedulers/one", JSON.stringify({ id: "one", url: "http://10.0.0.1:8470" }));
      const up = await run(["migrate", ...data, "--to", `sqlite:${join(folder, "to.db")}`], { env });
      expect(up.stderr).toMatch(/schedulers are up/);
      expect(up.code).toBe(78);
    } finally {
      await etcd.stop();
    }
    const down = await run(["migrate", ...data, "--to", `sqlite:${join(folder, "to.db")}`], { env });
    expect(down.stderr).toMatch(/etcd can't say whether schedulers are up/);
    expect(down.code).toBe(78);
  });
});
