// What a server refuses to start with, in words that say what to do, and always with exit code 78.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type RunOptions, run } from "../support/program.ts";
import { createServer, type Server } from "../support/server.ts";

const folder = mkdtempSync(join(tmpdir(), "distcron-refusals-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
const freshDir = () => {
  const dir = join(folder, `data-${++made}`);
  mkdirSync(dir);
  return dir;
};
const configFile = (text: string) => {
  const file = join(folder, `config-${++made}.yaml`);
  writeFileSync(file, text);
  return file;
};
const serve = (args: string[], options?: RunOptions) => run(["serve", "--port", "0", ...args], options);

/** Starts a server that must refuse; what it says. */
async function refused(args: string[], options?: RunOptions): Promise<string> {
  const { code, stderr } = await serve(args, options);
  expect(code, stderr).toBe(78);
  expect(stderr, "words, not a stack trace").not.toMatch(/\n\s+at /);
  return stderr;
}

describe("a server in use", () => {
  let server: Server;
  beforeAll(async () => {
    server = await createServer();
  });
  afterAll(() => server?.dispose());

  it("refuses a second process on its data directory and names the first one's pid", async () => {
    const words = await refused(["--data-dir", server.dataDir]);
    expect(words).toContain(`pid ${server.process.child.pid}`);
    expect(words).toContain("--data-dir");
    expect((await server.cli(["health", "--ready"])).code, "the first one is unharmed").toBe(0);
  });

  it("keeps its port, which a second one names as taken", async () => {
    const { port } = new URL(server.url);
    const words = await refused(["--port", port, "--data-dir", freshDir()]);
    expect(words).toContain(`127.0.0.1:${port}`);
    expect(words).toContain("--port");
  });
});

it("names a port that another program has", async () => {
  const other = createTcpServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = other.address() as { port: number };
    const dir = freshDir();
    const words = await refused(["--port", String(port), "--data-dir", dir]);
    expect(words).toContain(`127.0.0.1:${port} is in use`);
    expect((await serve(["--data-dir", dir, "--port", String(port)])).code, "the lock is free again").toBe(78);
  } finally {
    other.close();
  }
});

it("refuses to listen beyond loopback without TLS, and says the ways out", async () => {
  const words = await refused(["--host", "0.0.0.0", "--data-dir", freshDir()]);
  expect(words).toContain("0.0.0.0");
  expect(words).toMatch(/TLS/);
  expect(words).toContain("server.insecure");
});

describe("configuration", () => {
  it("with a mistyped key is refused with the nearest one", async () => {
    const words = await refused(["--config", configFile("node:\n  slotz: 3\n"), "--data-dir", freshDir()]);
    expect(words).toContain("slotz");
    expect(words).toContain("node.slots");
  });

  it("with a mistyped environment variable is refused with the nearest one", async () => {
    const words = await refused(["--data-dir", freshDir()], { env: { DISTCRON_NODE__SLOTZ: "3" } });
    expect(words).toContain("DISTCRON_NODE__SLOTZ");
    expect(words).toContain("DISTCRON_NODE__SLOTS");
  });

  it("with several mistakes names all of them", async () => {
    const file = configFile("node: { slots: many }\nscheduler: { horizon: soon }\n");
    const words = await refused(["--config", file, "--data-dir", freshDir()]);
    expect(words).toContain("node.slots");
    expect(words).toContain("scheduler.horizon");
  });

  it("that isn't there or isn't YAML is refused", async () => {
    const missing = join(folder, "nowhere.yaml");
    expect(await refused(["--config", missing, "--data-dir", freshDir()])).toContain(missing);
    await refused(["--config", configFile("node: [unclosed\n"), "--data-dir", freshDir()]);
  });
});

const etcd = ["--etcd", "http://127.0.0.1:2379"];
it.each<{ what: string; args: string[]; words: RegExp; env?: Record<string, string> }>([
  { what: "a node without etcd", args: ["--role", "node"], words: /etcd\.endpoints.*role node/ },
  { what: "a scheduler without etcd", args: ["--role", "scheduler"], words: /etcd\.endpoints.*role scheduler/ },
  { what: "a cluster without a token", args: etcd, words: /cluster\.token.*tokenFile/ },
  {
    what: "an etcd address that is none",
    args: ["--etcd", "10.0.0.1:2379"],
    words: /expected.*http:.*got 10\.0\.0\.1:2379/,
  },
  {
    what: "a store that is none of the three",
    args: ["--store", "oracle://u:geheim@h/d"],
    words: /store\.url: expected/,
  },
])("refuses $what, in words", async ({ args, words, env = {} }) => {
  const said = await refused([...args, "--data-dir", freshDir()], { env });
  expect(said).toMatch(words);
  expect(said, "no secret in it").not.toContain("geheim");
});

describe("a database", () => {
  it("that is none is refused and left as it is", async () => {
    const dir = freshDir();
    const file = join(dir, "distcron.db");
    const bytes = Buffer.from("this is no database, it is somebody's letter. ".repeat(200));
    writeFileSync(file, bytes);
    expect(await refused(["--data-dir", dir])).toContain(file);
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });

  it("that was damaged is refused and left as it is", async () => {
    const dir = freshDir();
    const file = join(dir, "distcron.db");
    const server = await createServer();
    onTestFinished(() => server.dispose());
    await server.apply({ name: "a", schedule: "@manual", cmd: "true" });
    await server.api("POST", "/scheduler/backup", { file });
    await server.dispose();
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 100, 8192);
    writeFileSync(file, bytes);
    expect(await refused(["--data-dir", dir])).toContain(file);
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });

  it("with a newer schema is refused with both versions", async () => {
    const server = await createServer();
    onTestFinished(() => server.dispose());
    const file = join(server.dataDir, "distcron.db");
    await server.end("SIGTERM");
    const sqlite = new SqliteDatabase(file);
    const known = sqlite.prepare("select max(version) from migrations").pluck().get() as number;
    sqlite
      .prepare("insert into migrations (version, name, applied_at) values (?, 'from the future', 0)")
      .run(known + 1);
    sqlite.close();
    const words = await refused(["--data-dir", server.dataDir]);
    expect(words).toContain(`up to ${known}.`);
    expect(words).toContain(`version ${known + 1};`);
  });
});
