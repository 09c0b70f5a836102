// A server whose store's thread dies: it must not go on without its ledger, answering "store unavailable" for ever.
import { spawn } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { cleanEnv } from "../support/program.ts";
import { root } from "../support/repository.ts";

/** A copy of the program whose store's thread dies three seconds after its start. */
function mortalProgram(): string {
  const folder = mkdtempSync(join(tmpdir(), "distcron-mortal-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ["dist", "bin"]) cpSync(join(root, name), join(folder, name), { recursive: true });
  cpSync(join(root, "package.json"), join(folder, "package.json"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  appendFileSync(join(folder, "dist/store-worker.js"), "\nsetTimeout(() => process.exit(9), 3000);\n");
  mkdirSync(join(folder, "data"));
  return folder;
}

it("ends with a failure and says why, so that whoever watches over it starts it again", async () => {
  const folder = mortalProgram();
  const args = [join(folder, "bin/distcron.js"), "serve", "--port", "0", "--data-dir", join(folder, "data")];
  const child = spawn(process.execPath, args, { env: cleanEnv(), stdio: ["ignore", "ignore", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (piece: string) => {
    words += piece;
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect(words).toContain('"level":"fatal"');
  expect(words).toContain("the store's thread died");
  expect(code).toBe(1);
});
