// distcron doctor where no server is to be asked: it looks at the store's file itself.
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { run } from "../support/program.ts";
import { createServer, type Server } from "../support/server.ts";

let server: Server;
let file: string;
beforeAll(async () => {
  server = await createServer();
  await server.apply({ name: "tick", schedule: "@manual", cmd: "true" });
  for (let i = 0; i < 3; i++) await server.over(await server.trigger("tick"));
  await server.end("SIGTERM");
  file = join(server.dataDir, "distcron.db");
});
afterAll(() => server?.dispose());

/** Without a server, which is a problem by itself: exit code 1 either way. */
async function doctor(env?: Record<string, string>) {
  const args = ["doctor", "--data-dir", server.dataDir];
  const { code, stdout, stderr } = await run([...args, "-o", "json"], env ? { env } : {});
  expect(code, stderr).toBe(1);
  expect(stderr, "words, not a stack trace").not.toMatch(/\n\s+at /);
  const { checks } = JSON.parse(stdout) as { checks: { check: string; ok: boolean; detail: string }[] };
  return Object.fromEntries(checks.map(({ check, ok, detail }) => [check, { ok, detail }]));
}

it("says that there is no server, and that the store is sound", async () => {
  const found = await doctor();
  expect(found.server).toEqual({ ok: false, detail: expect.stringContaining("no scheduler runs on this machine") });
  expect(found["database file"]).toEqual({ ok: true, detail: `${file} is sound` });
});

it("finds damage in the middle of the store, and says what to do", async () => {
  const whole = readFileSync(file);
  const pageBytes = 4096;
  const fd = openSync(file, "r+");
  for (let at = 4 * pageBytes; at < statSync(file).size; at += 2 * pageBytes)
    writeSync(fd, Buffer.alloc(pageBytes, 0xaa), 0, pageBytes, at);
  closeSync(fd);
  const found = (await doctor())["database file"];
  expect(found?.ok).toBe(false);
  expect(found?.detail).toContain(file);
  expect(found?.detail).toMatch(/backup/);
  restore(whole);
});

it("finds that the store is cut off or something else, and says what to do", async () => {
  const whole = readFileSync(file);
  for (const bytes of [whole.subarray(0, 10 * 4096), Buffer.from("this is a letter to my aunt ".repeat(500))]) {
    restore(bytes);
    const found = (await doctor())["database file"];
    expect(found?.ok).toBe(false);
    expect(found?.detail).toContain(file);
    expect(found?.detail).toMatch(/backup/);
  }
  restore(whole);
  expect((await doctor())["database file"]?.ok).toBe(true);
});

it("has a row of the report on standard output for people, and one sentence on the other", async () => {
  rmSync(`${file}-wal`, { force: true });
  const whole = readFileSync(file);
  restore(Buffer.from("nonsense ".repeat(1000)));
  const { code, stdout, stderr } = await run(["doctor", "--data-dir", server.dataDir]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/database file +PROBLEM/);
  expect(stderr).toContain("something is wrong");
  restore(whole);
});

function restore(bytes: Buffer) {
  for (const beside of [`${file}-wal`, `${file}-shm`]) if (existsSync(beside)) rmSync(beside);
  writeFileSync(file, bytes);
}

it("looks at the file too when a server that was killed has left its address behind", async () => {
  await server.up();
  await server.end("SIGKILL");
  const found = await doctor();
  expect(found.server?.ok).toBe(true);
  expect(found.ready).toEqual({ ok: false, detail: expect.stringContaining("cannot reach") });
  expect(found["database file"]).toEqual({ ok: true, detail: `${file} is sound` });
});
