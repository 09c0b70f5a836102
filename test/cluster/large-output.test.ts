// A command that writes far more than is kept, in the real program: the record is true, and nobody holds all of it.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { residentBytes } from "../support/command-lab.ts";
import { createServer, type Server } from "../support/server.ts";

const mib = 1024 * 1024;
let server: Server;
beforeAll(async () => {
  server = await createServer();
});
afterAll(() => server?.dispose());

/** The server and the wardens that it has started. */
function family(): number[] {
  const pid = server.process.child.pid!;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
  return [pid, ...children.map(Number)];
}

it("64 MiB are counted to the byte, kept in their head and tail, and never held in memory", async () => {
  const fill = `head -c ${64 * mib} /dev/zero | tr '\\0' x`;
  await server.apply(
    { name: "small", schedule: "@manual", cmd: "echo small" },
    { name: "large", schedule: "@manual", cmd: `echo the first line; ${fill}; echo; echo the last line >&2` },
  );
  // The first run starts what all others need, too.
  await server.over(await server.trigger("small"));
  const before = new Map(family().map((pid) => [pid, residentBytes(pid)]));

  const run = await server.over(await server.trigger("large"), 100_000);
  expect(run).toMatchObject({ state: "succeeded", exitCode: 0, reason: null });
  const [first, last] = ["the first line\n", "the last line\n"];
  expect(run.output).toEqual({ bytes: first.length + 64 * mib + 1 + last.length, truncated: true });

  for (const [pid, bytes] of before)
    expect(residentBytes(pid, true) - bytes, "less than it wrote").toBeLessThan(56 * mib);

  const text = await server.output(run.id);
  expect(text.startsWith(`${first}xxxx`)).toBe(true);
  expect(text.endsWith(`xxxx\n${last}`)).toBe(true);
  const [, leftOut] = /\n… (\d+) bytes left out …\n/.exec(text) ?? [];
  const told = `\n… ${leftOut} bytes left out …\n`;
  expect(Buffer.byteLength(text) - Buffer.byteLength(told) + Number(leftOut)).toBe(run.output.bytes);
  expect(Buffer.byteLength(text)).toBeLessThan(1.1 * mib);
  expect(await server.output(run.id, "stderr")).toContain(last);
});
