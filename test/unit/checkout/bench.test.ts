import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test("the measurements load, and one that there isn't is refused with those that there are", () => {
  const { status, stderr } = spawnSync(process.execPath, ["test/bench/run.mjs", "nope"], { encoding: "utf8" });
  expect(stderr).toBe("unknown: nope; there are startup, idle, jobs, burst, http, lateness, now, steady, log, scale\n");
  expect(status).toBe(64);
});
