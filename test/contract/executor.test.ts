// What the node relies on of whatever runs an attempt: commands through a warden, requests here and in their thread, and
// the stand-in of other tests.
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import type { Executor, OutputPiece } from "../../src/execute/executor.ts";
import { createHttpExecutor } from "../../src/execute/executors/http.ts";
import { createHttpThread } from "../../src/execute/executors/http-thread.ts";
import { silentLog } from "../../src/lib/log.ts";
import type { EffectiveJob } from "../../src/model/job.ts";
import { anAssignment } from "../support/an-assignment.ts";
import { type BundledThread, bundleThread } from "../support/bundle-thread.ts";
import { openCommandLab } from "../support/command-lab.ts";
import { createFakeExecutor, failedWith } from "../support/fake-executor.ts";

/** Ends by itself, after some output; with more output than is kept; never; can't even begin. */
type Errand = "short" | "flood" | "endless" | "impossible";
const mostKept = 20_000;
const floodBytes = 300_000;

let thread: BundledThread;
let base: string;
const server = http.createServer((request, response) => {
  if (request.url === "/endless") return;
  if (request.url === "/flood") return void response.end(Buffer.alloc(floodBytes, "x"));
  response.write("one");
  setTimeout(() => response.end("two and three"), 100);
});
beforeAll(async () => {
  thread = await bundleThread("src/execute/executors/http-worker.ts");
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  thread?.dispose();
});

const commands: Record<Errand, string | string[]> = {
  short: "printf one; printf two >&2; sleep 0.1; printf three",
  flood: `head -c ${floodBytes} /dev/zero | tr '\\0' x`,
  endless: "sleep 600",
  impossible: ["no-such-program-here"],
};

interface Subject {
  executor: Executor;
  task(errand: Errand): EffectiveJob["task"];
  dispose(): Promise<void>;
}

const request = (errand: Errand): EffectiveJob["task"] => ({
  ...{ kind: "http", method: "GET", headers: {}, body: null, expectStatus: [[200, 299]], expectBody: null },
  url: errand === "impossible" ? "http://{{nothing}}:x/" : `${base}/${errand}`,
  ...{ followRedirects: true, insecureTls: false },
});

const subjects: [string, () => Promise<Subject>][] = [
  [
    "commands",
    async () => {
      const lab = await openCommandLab({ maxOutputBytes: mostKept });
      const plain = anAssignment({ runId: "r", sessionId: "s" }).job.task as Extract<
        EffectiveJob["task"],
        { kind: "cmd" }
      >;
      const task = (errand: Errand) => ({ ...plain, cwd: "/", command: commands[errand] });
      return { executor: lab.executor, task, dispose: () => lab.close() };
    },
  ],
  [
    "requests",
    async () => {
      const executor = createHttpExecutor({ clock: systemClock, maxOutputBytes: mostKept, deny: [] });
      return { executor, task: request, dispose: () => executor.close() };
    },
  ],
  [
    "requests in their thread",
    async () => {
      const options = {
        clock: systemClock,
        workerFile: thread.file,
        log: silentLog,
        maxOutputBytes: mostKept,
        deny: [],
      };
      const executor = createHttpThread(options);
      return { executor, task: request, dispose: () => executor.close() };
    },
  ],
  [
    "the stand-in",
    async () => {
      const executor = createFakeExecutor({
        onStart: (attempt) =>
          setImmediate(() => {
            const errand = attempt.request.assignment.jobName as Errand;
            if (errand === "impossible") attempt.finish(failedWith(127));
            if (errand !== "short") return;
            for (const text of ["one", "two", "three"]) attempt.output(text);
            attempt.finish();
          }),
      });
      return { executor, task: request, dispose: () => executor.close() };
    },
  ],
];

describe.each(subjects)("%s", (name, open) => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await open();
  });
  afterAll(() => subject?.dispose());
  const late: unknown[] = [];
  afterEach(() => expect(late, "output after the end").toEqual([]));

  let runs = 0;
  function start(errand: Errand, its = subject) {
    const plain = anAssignment({ runId: `contract-${process.pid}-${++runs}`, sessionId: "s" });
    const job = { ...plain.job, killGraceMs: 200, task: its.task(errand) };
    const pieces: OutputPiece[] = [];
    let isOver = false;
    const output = (piece: OutputPiece) => void (isOver ? late : pieces).push(piece);
    const assignment = { ...plain, jobName: errand, job };
    const attempt = its.executor.start({ assignment, attempt: 1, nodeName: "n" }, { output });
    const result = attempt.result.finally(() => {
      isOver = true;
    });
    return { attempt, pieces, result };
  }

  /** Every byte is in a piece or told as left out before one, in order. */
  function expectWhole(pieces: OutputPiece[], outputBytes: number) {
    let end = 0;
    for (const { offset, gapBytes, data } of pieces) {
      expect(offset).toBe(end + gapBytes);
      end = offset + data.length;
    }
    expect(end).toBe(outputBytes);
  }
  const cancelled = { code: "cancelled_by_user", message: "by ann" } as const;

  it("end by themselves, with all of their output before the result", async () => {
    const { pieces, result } = start("short");
    const { outcome, outputBytes, outputTruncated, reason } = await result;
    expect({ outcome, outputTruncated, reason }).toEqual({
      outcome: "succeeded",
      outputTruncated: false,
      reason: null,
    });
    expectWhole(pieces, outputBytes);
    const text = Buffer.concat(pieces.filter(({ stream }) => stream === "stdout").map(({ data }) => data)).toString();
    expect(text).toMatch(/^one.*three$/);
  });

  it.skipIf(name === "the stand-in")("keep a part of too much output, and tell how much was left out", async () => {
    const { pieces, result } = start("flood");
    const { outputBytes, outputTruncated } = await result;
    expect(outputTruncated).toBe(true);
    expect(outputBytes).toBeGreaterThanOrEqual(floodBytes);
    expectWhole(pieces, outputBytes);
    const kept = pieces.reduce((sum, { data }) => sum + data.length, 0);
    expect(kept).toBeLessThanOrEqual(mostKept);
  });

  it("that can't begin are a failure with a reason, not an exception", async () => {
    const { outcome, reason } = await start("impossible").result;
    expect(outcome).toBe("failed");
    expect(reason?.message).toBeTruthy();
  });

  it.each(["cancelled", "timed_out", "interrupted", "failed"] as const)("end as %s when asked to", async (outcome) => {
    const { attempt, pieces, result } = start("endless");
    await systemClock.sleep(50);
    attempt.end({ outcome, reason: cancelled, graceMs: 1000 });
    const ended = await result;
    expect(ended).toMatchObject({ outcome, reason: cancelled });
    expectWhole(pieces, ended.outputBytes);
  });

  it("end as they were asked first, however often and at whatever moment", async () => {
    const { attempt, result } = start("endless");
    attempt.end({ outcome: "cancelled", reason: cancelled, graceMs: 5000 });
    attempt.end({ outcome: "timed_out", reason: { code: "timeout", message: "" }, graceMs: 0 });
    attempt.end({ outcome: "failed", reason: null, graceMs: 100 });
    expect(await result).toMatchObject({ outcome: "cancelled", reason: cancelled });
    attempt.end({ outcome: "failed", reason: null, graceMs: 0 });
    expect(await attempt.result).toMatchObject({ outcome: "cancelled" });
  });

  it("that are over aren't changed by an end that comes late", async () => {
    const { attempt, result } = start("short");
    await result;
    attempt.end({ outcome: "cancelled", reason: cancelled, graceMs: 0 });
    expect(await attempt.result).toMatchObject({ outcome: "succeeded", reason: null });
  });

  it("all end with their executor, which may be closed twice", async () => {
    const its = await open();
    const started = [start("endless", its), start("endless", its), start("short", its)];
    const first = its.executor.close();
    await Promise.all([first, its.executor.close()]);
    for (const { attempt } of started) {
      const result = await Promise.race([attempt.result, systemClock.sleep(1000).then(() => null)]);
      expect(result?.outcome).toMatch(/^(interrupted|succeeded)$/);
    }
    await its.executor.close();
    await its.dispose();
  });
});
