import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { root } from "../../support/repository.ts";

test("the measurements load, and one that there isn't is refused with those that there are", () => {
  const { status, stderr } = spawnSync(process.execPath, ["test/bench/run.mjs", "nope"], {
    cwd: root,
    encoding: "utf8",
    timeout: 15_000,
  });
  expect(stderr).toBe("unknown: nope; there are startup, idle, jobs, burst, http, lateness, now, steady, log, scale\n");
  expect(status).toBe(64);
});
