// A run that may run again, on a node whose process is killed again and again: its attempts never overlap, their numbers
// and fences grow, and neither maxReruns nor the retries' limit is exceeded. What ran is told by the commands themselves.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../support/program.ts";
import { createServer, type RunRow, type Server } from "../support/server.ts";

const maxReruns = 2;

let server: Server;
/** Of each job: its run, and the lines `START attempt fence pid`, `END attempt`, `OVERLAP pid attempt` of its commands. */
const told: Record<string, { run: RunRow; lines: string[][] }> = {};

/** Says when it starts and ends, and of which earlier attempts a process is still there. */
const witness = (file: string, body: string) => `
  for pid in $(sed -n 's/^START .* //p' ${file} 2>/dev/null); do
    if kill -0 $pid 2>/dev/null; then echo "OVERLAP $pid $DISTCRON_ATTEMPT" >> ${file}; fi
  done
  echo "START $DISTCRON_ATTEMPT $DISTCRON_FENCE $$" >> ${file}
  ${body}
  echo "END $DISTCRON_ATTEMPT" >> ${file}
  exit $code`;

const jobs = {
  // Its second attempt is a retry; from then on each is killed midway.
  "killed-again": "if [ $DISTCRON_ATTEMPT = 1 ]; then code=1; else sleep 600; fi",
  // Its retry is killed midway; run again, it fails: the retry has been used up.
  "fails-again": "code=1; if [ $DISTCRON_ATTEMPT = 2 ]; then sleep 600; fi",
  // Killed midway once, then it succeeds.
  recovers: "code=0; if [ $DISTCRON_ATTEMPT = 1 ]; then sleep 600; fi",
};

beforeAll(async () => {
  server = await createServer();
  const fileOf = (name: string) => join(server.folder, name);
  const linesOf = (name: string) =>
    (existsSync(fileOf(name)) ? readFileSync(fileOf(name), "utf8").trim().split("\n") : []).map((line) =>
      line.split(" "),
    );
  const starts = (name: string) => linesOf(name).filter(([what]) => what === "START").length;
  const ids: Record<string, string> = {};
  for (const [name, body] of Object.entries(jobs)) {
    await server.apply({
      name,
      schedule: "@manual",
      onNodeLoss: "rerun",
      maxReruns,
      retry: { limit: 1, delay: "100ms", backoff: "fixed", jitterRatio: 0 },
      cmd: witness(fileOf(name), body),
    });
    ids[name] = await server.trigger(name);
  }
  await until("the first attempts have come to where they are killed", () =>
    Object.entries({ "killed-again": 2, "fails-again": 2, recovers: 1 }).every(([name, n]) => starts(name) === n),
  );
  for (let life = 1; life <= maxReruns + 1; life++) {
    await server.end("SIGKILL");
    await server.up();
    if (life <= maxReruns) await until(`rerun ${life} has started`, () => starts("killed-again") === 2 + life);
    // The others are killed once.
    for (const name of ["fails-again", "recovers"]) await server.over(ids[name] as string);
  }
  for (const name of Object.keys(jobs))
    told[name] = { run: await server.over(ids[name] as string), lines: linesOf(name) };
}, 90_000);
afterAll(() => server?.dispose());

const startsOf = (name: string) =>
  (told[name]?.lines ?? [])
    .filter(([what]) => what === "START")
    .map(([, attempt, fence]) => [Number(attempt), Number(fence)]);

describe("a run whose node is killed midway", () => {
  it.each(Object.keys(jobs))("never has two attempts at once: %s", (name) => {
    expect((told[name]?.lines ?? []).filter(([what]) => what === "OVERLAP")).toEqual([]);
  });

  it("counts its attempts over retries and reruns, under fences that grow with each rerun", () => {
    expect(startsOf("killed-again")).toEqual([
      [1, 1],
      [2, 1],
      [3, 2],
      [4, 3],
    ]);
    const { run } = told["killed-again"] as { run: RunRow };
    expect(run.attempts.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(run.attempts.map(({ outcome }) => outcome)).toEqual(["failed", "interrupted", "interrupted", "interrupted"]);
  });

  it("is lost once maxReruns are used up, and says why", () => {
    expect(told["killed-again"]?.run).toMatchObject({ state: "lost", attempt: 4, reason: { code: "node_lost" } });
  });

  it("has no more retries than its limit, reruns or not", () => {
    // It used to begin anew with every rerun.
    expect(startsOf("fails-again").map(([attempt]) => attempt)).toEqual([1, 2, 3]);
    expect(told["fails-again"]?.run).toMatchObject({ state: "failed", attempt: 3, exitCode: 1 });
  });

  it("ends as its last attempt does", () => {
    expect(startsOf("recovers")).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(told.recovers?.run).toMatchObject({ state: "succeeded", attempt: 2, exitCode: 0 });
    expect(told.recovers?.lines.at(-1)).toEqual(["END", "2"]);
  });
});
