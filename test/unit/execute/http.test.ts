// HTTP jobs against a local server that answers, errs, hangs, floods and redirects: the executor itself, and the same in
// the thread that a node gives it.
import { once } from "node:events";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import type { Executor, OutputPiece } from "../../../src/execute/executor.ts";
import { createHttpExecutor, defaultDeny } from "../../../src/execute/executors/http.ts";
import { createDenies, guardLookup } from "../../../src/execute/executors/http-guard.ts";
import { createHttpThread } from "../../../src/execute/executors/http-thread.ts";
import { parseRetryAfter } from "../../../src/execute/executors/http-verdict.ts";
import { silentLog } from "../../../src/lib/log.ts";
import type { HttpTask } from "../../../src/model/job.ts";
import { anAssignment } from "../../support/an-assignment.ts";
import { type BundledThread, bundleThread } from "../../support/bundle-thread.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const clock = new ManualClock(Date.parse("2026-11-22T19:00:00Z"));
let base: string;
let seen: { method?: string; url?: string; headers: http.IncomingHttpHeaders; body: string }[] = [];
let connections = 0;
const open = new Map<string, Executor>();

interface Options {
  maxOutputBytes: number;
  deny: string[];
}
let thread: BundledThread;
/** The instant by the clock of whoever judges the answer. */
let now = () => clock.now();
const kinds: [string, (options: Options) => Executor, () => number][] = [
  ["here", (options) => createHttpExecutor({ clock, ...options }), () => clock.now()],
  [
    "in its thread",
    (options) => createHttpThread({ clock: systemClock, workerFile: thread.file, log: silentLog, ...options }),
    () => systemClock.now(),
  ],
];
let create = kinds[0]![1];

/** One of the kind for all tests that want the same. */
function shared(options: Options): Executor {
  const key = JSON.stringify([kinds.findIndex(([, make]) => make === create), options]);
  const executor = open.get(key) ?? create(options);
  open.set(key, executor);
  return executor;
}

const answers: Record<string, (req: http.IncomingMessage, res: http.ServerResponse) => void> = {
  "/ok": (_, res) => void res.end('{"ok":true}'),
  "/never": () => {},
  "/reset": (req) => void req.socket.destroy(),
  "/half": (req, res) => {
    res.writeHead(200, { "content-length": "1000" });
    res.write("half", () => req.socket.destroy());
  },
  "/500": (_, res) => void res.writeHead(500).end("broken"),
  "/404": (_, res) => void res.writeHead(404).end("gone"),
  "/408": (_, res) => void res.writeHead(408).end(),
  "/429": (_, res) => void res.writeHead(429, { "retry-after": "7" }).end(),
  "/503": (_, res) => void res.writeHead(503, { "retry-after": new Date(now() + 30_000).toUTCString() }).end(),
  "/gzip": (_, res) => void res.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync('{"ok":true}')),
  "/bomb": (_, res) =>
    void res.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(20_000_000, "b"))),
  "/big": (_, res) => void res.end(Buffer.alloc(5_000_000, "x")),
  "/hop": (_, res) => void res.writeHead(302, { location: "/ok" }).end(),
  "/loop": (_, res) => void res.writeHead(302, { location: "/loop" }).end(),
  "/metadata": (_, res) => void res.writeHead(302, { location: "http://169.254.169.254/latest/meta-data" }).end(),
  "/metadata-mapped": (_, res) => void res.writeHead(302, { location: "http://[::ffff:169.254.169.254]/" }).end(),
  "/metadata-decimal": (_, res) => void res.writeHead(302, { location: "http://2852039166/" }).end(),
  "/secret": (_, res) => void res.writeHead(200, { "set-cookie": "session=secret" }).end(),
};
const server = http.createServer((req, res) => {
  let body = "";
  req.on("data", (data) => {
    body += data;
  });
  req.on("end", () => {
    seen.push({ method: req.method, url: req.url, headers: req.headers, body });
    (answers[req.url!.split("?")[0]!] ?? answers["/404"]!)(req, res);
  });
});
server.on("connection", () => connections++);

beforeAll(async () => {
  thread = await bundleThread("src/execute/executors/http-worker.ts");
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  seen = [];
});
afterAll(async () => {
  await Promise.all([...open.values()].map((executor) => executor.close()));
  server.closeAllConnections();
  server.close();
  thread?.dispose();
});

function start(
  task: Partial<HttpTask>,
  options: { maxOutputBytes?: number; deny?: string[]; executor?: Executor; body?: string } = {},
) {
  const { maxOutputBytes = 1024 * 1024, deny = defaultDeny } = options;
  const executor = options.executor ?? shared({ maxOutputBytes, deny });
  const plain = anAssignment({ runId: "r1", sessionId: "s1", scheduledFor: 1_000 });
  const http: HttpTask = {
    ...{ kind: "http", url: `${base}/ok`, method: "GET", headers: {}, body: null, expectStatus: [[200, 299]] },
    ...{ expectBody: null, followRedirects: true, insecureTls: false, ...task },
  };
  const overrides = options.body === undefined ? null : { body: options.body };
  const assignment = { ...plain, overrides, fence: 4, job: { ...plain.job, task: http } };
  const pieces: OutputPiece[] = [];
  const attempt = executor.start(
    { assignment, attempt: 2, nodeName: "web-1" },
    { output: (piece) => void pieces.push(piece) },
  );
  const text = (stream: string) =>
    Buffer.concat(pieces.filter((piece) => piece.stream === stream).map(({ data }) => data)).toString();
  return { attempt, pieces, text, executor };
}
async function run(...args: Parameters<typeof start>) {
  const started = start(...args);
  return { ...started, result: await started.attempt.result };
}

describe.each(kinds)("%s:", (_, make, itsNow) => {
  beforeAll(() => {
    create = make;
    now = itsNow;
  });

  describe("a request", () => {
    it("carries the run, and its answer becomes the output", async () => {
      const { result, text } = await run({});
      expect(result).toMatchObject({
        outcome: "succeeded",
        httpStatus: 200,
        reason: null,
        exitCode: null,
        retryAfterMs: null,
      });
      expect(text("stdout")).toBe('{"ok":true}');
      expect(text("stderr")).toMatch(/^HTTP\/1\.1 200 OK\ncontent-length: 11\n/);
      expect(result.outputBytes).toBe(text("stdout").length + text("stderr").length);
      expect(seen[0]?.headers).toMatchObject({
        "idempotency-key": "r1",
        "distcron-run": "r1",
        "distcron-job": "clean-logs",
        "distcron-attempt": "2",
        "distcron-fence": "4",
        "distcron-scheduled-for": "1970-01-01T00:00:01.000Z",
      });
    });
    it("has its values filled in everywhere, and leaves unknown ones alone", async () => {
      await run({
        url: `${base}/ok?at={{run.scheduledFor}}&n={{ run.attempt }}`,
        method: "post",
        headers: { "X-Run": "{{run.id}}" },
        body: "{{job.name}} {{other}}",
      });
      expect(seen[0]).toMatchObject({
        method: "POST",
        url: "/ok?at=1970-01-01T00:00:01.000Z&n=2",
        body: "clean-logs {{other}}",
      });
      expect(seen[0]?.headers["x-run"]).toBe("r1");
    });
    it("takes the trigger's body, sends one even without any, and with GET", async () => {
      await run({ method: "PUT", body: "job's" }, { body: "trigger's" });
      await run({ method: "POST" });
      await run({ method: "GET", body: "q" });
      await run({ method: "DELETE" });
      expect(seen.map(({ method, body }) => [method, body])).toEqual([
        ["PUT", "trigger's"],
        ["POST", ""],
        ["GET", "q"],
        ["DELETE", ""],
      ]);
    });
    it("uses its connection again", async () => {
      const { executor } = await run({});
      const before = connections;
      await run({}, { executor });
      expect(connections).toBe(before);
    });
    it("that is answered before it was wholly sent is over, and so is its connection", async () => {
      const hasty = net.createServer((socket) => {
        socket.pause();
        socket.on("error", () => {});
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
      });
      hasty.listen(0, "127.0.0.1");
      await once(hasty, "listening");
      const connected = once(hasty, "connection") as Promise<[net.Socket]>;
      const url = `http://127.0.0.1:${(hasty.address() as AddressInfo).port}/`;
      const { result } = await run({ url, method: "POST" }, { body: "x".repeat(32_000_000) });
      expect(result.outcome).toBe("succeeded");
      const [socket] = await connected;
      const gone = once(socket, "close");
      socket.resume();
      await gone;
      expect(socket.bytesRead).toBeLessThan(32_000_000);
      hasty.close();
    });
    it("that can't be one is refused in words", async () => {
      expect((await run({ url: "ftp://x/" })).result).toMatchObject({
        reason: { code: "http_error" },
        retryable: false,
      });
      expect((await run({ headers: { bad: "a\nb" } })).result.reason?.message).toMatch(
        /could not be sent|Invalid character/,
      );
    });
  });

  describe("an answer", () => {
    it("of 500 fails, and may be tried again", async () => {
      const { result, text } = await run({ url: `${base}/500` });
      expect(result).toMatchObject({
        outcome: "failed",
        httpStatus: 500,
        retryable: true,
        reason: { code: "http_status" },
      });
      expect(result.reason?.message).toBe("answered 500 Internal Server Error, expected 200-299");
      expect(text("stdout")).toBe("broken");
    });
    it("of 404 is final, of 408 and 429 is not", async () => {
      expect((await run({ url: `${base}/404` })).result.retryable).toBe(false);
      expect((await run({ url: `${base}/408` })).result.retryable).toBe(true);
      expect((await run({ url: `${base}/429` })).result).toMatchObject({ retryable: true, retryAfterMs: 7_000 });
      const { result } = await run({ url: `${base}/503` });
      expect(result.retryable).toBe(true);
      // A header's date knows no milliseconds, and on the way time passes.
      expect(result.retryAfterMs).toBeGreaterThan(20_000);
      expect(result.retryAfterMs).toBeLessThanOrEqual(30_000);
    });
    it("is what the job expects, be it 404", async () => {
      expect(
        (
          await run({
            url: `${base}/404`,
            expectStatus: [
              [200, 200],
              [404, 404],
            ],
          })
        ).result.outcome,
      ).toBe("succeeded");
    });
    it("is searched for expectBody, unpacked", async () => {
      expect((await run({ url: `${base}/gzip`, expectBody: '"ok":true' })).result.outcome).toBe("succeeded");
      const { result } = await run({ expectBody: "^fine" });
      expect(result).toMatchObject({ outcome: "failed", httpStatus: 200, reason: { code: "http_body" } });
    });
    it("can't make an expression run for ever", async () => {
      const { result } = await run({ url: `${base}/big`, expectBody: "(x+x+)+y" });
      expect(result.reason?.message).toMatch(/took more than 100 ms/);
    });
    it("is kept in head and tail however big, or packed", async () => {
      for (const path of ["/big", "/bomb"]) {
        const { result, pieces } = await run({ url: base + path }, { maxOutputBytes: 10_000 });
        expect(result).toMatchObject({ outcome: "succeeded", outputTruncated: true });
        expect(result.outputBytes).toBeGreaterThan(5_000_000);
        expect(pieces.reduce((sum, { data }) => sum + data.length, 0)).toBeLessThanOrEqual(10_000);
      }
    });
    it("leaves no cookie in the output", async () => {
      const { text } = await run({ url: `${base}/secret` });
      expect(text("stderr")).not.toMatch(/secret/);
    });
  });

  describe("a connection that fails", () => {
    it("by a reset, before or in the answer, is an http_error", async () => {
      const { result } = await run({ url: `${base}/reset?token=secret` });
      expect(result).toMatchObject({
        outcome: "failed",
        httpStatus: null,
        retryable: true,
        reason: { code: "http_error" },
      });
      expect(result.reason?.message).toMatch(/^GET http:.*\/reset: .*reset before/);
      expect(result.reason?.message).not.toMatch(/secret/);
      const half = await run({ url: `${base}/half` });
      expect(half.result).toMatchObject({ outcome: "failed", httpStatus: 200, reason: { code: "http_error" } });
      expect(half.text("stdout")).toBe("half");
    });
    it("because nobody listens says so", async () => {
      const { result } = await run({ url: "http://127.0.0.1:1/" });
      expect(result.reason?.message).toMatch(/nothing listens there \(connection refused\) \(ECONNREFUSED\)/);
    });
    it("that never answers ends when the node says so, with its outcome", async () => {
      const { attempt } = start({ url: `${base}/never` });
      const reason = { code: "timeout", message: "took longer than 30 s" } as const;
      attempt.end({ outcome: "timed_out", reason, graceMs: 10_000 });
      attempt.end({ outcome: "cancelled", reason, graceMs: 0 });
      expect(await attempt.result).toMatchObject({ outcome: "timed_out", reason, retryable: true });
    });
    it("ends with the executor", async () => {
      const executor = create({ maxOutputBytes: 1000, deny: [] });
      const { attempt } = start({ url: `${base}/never` }, { executor });
      await executor.close();
      expect(await attempt.result).toMatchObject({ outcome: "interrupted" });
    });
  });

  describe("redirects", () => {
    it("are followed, or not", async () => {
      expect((await run({ url: `${base}/hop` })).text("stdout")).toBe('{"ok":true}');
      expect((await run({ url: `${base}/hop`, followRedirects: false })).result).toMatchObject({
        httpStatus: 302,
        outcome: "failed",
      });
    });
    it("end after ten", async () => {
      expect((await run({ url: `${base}/loop` })).result.reason?.message).toMatch(/more than 10 times/);
    });
    it.each(["/metadata", "/metadata-mapped", "/metadata-decimal"])(
      "to a denied address are refused: %s",
      async (path) => {
        const { result } = await run({ url: base + path });
        expect(result).toMatchObject({ outcome: "failed", retryable: false, reason: { code: "http_error" } });
        expect(result.reason?.message).toMatch(/address that this node denies \(node\.http\.deny\)/);
      },
    );
  });
});

describe("the thread", () => {
  beforeAll(() => {
    create = kinds[1]![1];
  });

  it("takes many attempts at once, and tells each its own answer, in order", async () => {
    const { executor } = await run({});
    const urls = Array.from({ length: 100 }, (_, i) => (i % 10 === 0 ? `${base}/500` : `${base}/ok`));
    const all = urls.map((url) => start({ url }, { executor }));
    const results = await Promise.all(all.map(({ attempt }) => attempt.result));
    expect(results.map(({ httpStatus }) => httpStatus)).toEqual(urls.map((url) => (url.endsWith("500") ? 500 : 200)));
    for (const { pieces } of all) {
      let bytes = 0;
      for (const { offset, data } of pieces) {
        expect(offset).toBe(bytes);
        bytes += data.length;
      }
    }
  });
  it("that dies interrupts what it had in hand, and is replaced", async () => {
    const mortal = await bundleThread(
      "src/execute/executors/http-worker.ts",
      "setTimeout(() => process.exit(9), 1500);",
    );
    const executor = createHttpThread({
      clock,
      workerFile: mortal.file,
      log: silentLog,
      maxOutputBytes: 1000,
      deny: [],
    });
    const { attempt } = start({ url: `${base}/never` }, { executor });
    expect(await attempt.result).toMatchObject({ outcome: "interrupted", reason: { code: "node_lost" } });
    expect((await run({}, { executor })).result.outcome).toBe("succeeded");
    await executor.close();
    mortal.dispose();
  });
  it("that no longer answers is ended all the same, and what it had in hand interrupted", async () => {
    const stuck = await bundleThread("src/execute/executors/http-worker.ts", "setTimeout(() => { for (;;); }, 500);");
    const executor = createHttpThread({
      clock,
      workerFile: stuck.file,
      log: silentLog,
      maxOutputBytes: 1000,
      deny: [],
    });
    const { attempt } = start({ url: `${base}/never` }, { executor });
    await systemClock.sleep(1000);
    const closed = executor.close();
    await clock.advance(5000);
    await closed;
    expect(await attempt.result).toMatchObject({ outcome: "interrupted", reason: { code: "node_lost" } });
    stuck.dispose();
  });
  it("is over after close, at once though it has died", async () => {
    const executor = create({ maxOutputBytes: 1000, deny: [] });
    await Promise.all([executor.close(), executor.close()]);
  });
});

describe("denied addresses", () => {
  beforeAll(() => {
    create = kinds[0]![1];
  });

  it("can't be reached by number, in any spelling, nor by name", async () => {
    for (const url of ["http://169.254.169.254/", "http://[fe80::1]/", "http://[fd00:ec2::254]/", "http://0xa9fea9fe/"])
      expect((await run({ url })).result.reason?.message).toMatch(/this node denies/);
    const port = new URL(base).port;
    const { result } = await run({ url: `http://localhost:${port}/ok` }, { deny: ["127.0.0.0/8", "::1"] });
    expect(result.reason?.message).toMatch(/localhost \((127\.0\.0\.1|::1)\) is an address that this node denies/);
    expect(seen).toEqual([]);
  });
  it("are told from allowed ones", () => {
    const denies = createDenies(["169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128"]);
    for (const address of [
      "169.254.0.1",
      "::ffff:169.254.1.2",
      "::ffff:a9fe:a9fe",
      "64:ff9b::a9fe:a9fe",
      "fe80::1%eth0",
      "febf::1",
    ])
      expect([address, denies(address)]).toEqual([address, true]);
    for (const address of ["127.0.0.1", "10.0.0.1", "::1", "fd00:ec2::253", "::ffff:10.0.0.1", "2001:db8::1"])
      expect([address, denies(address)]).toEqual([address, false]);
  });
  it("are dropped from a name's answers; with none left it is an error", async () => {
    const answer = (...list: string[]) =>
      guardLookup(createDenies(["10.0.0.0/8"]), ((_: string, __: object, done: (e: null, a: object) => void) =>
        done(
          null,
          list.map((address) => ({ address, family: 4 })),
        )) as never);
    const ask = (lookup: ReturnType<typeof answer>, all: boolean) =>
      new Promise((resolve) => lookup("x", { all }, (err, address) => resolve(err ?? address)));
    expect(await ask(answer("10.0.0.1", "192.0.2.1"), false)).toBe("192.0.2.1");
    expect(await ask(answer("10.0.0.1", "192.0.2.1"), true)).toEqual([{ address: "192.0.2.1", family: 4 }]);
    expect(await ask(answer("10.0.0.1"), true)).toMatchObject({ code: "ERR_DENIED_ADDRESS" });
  });
  it("that are none are refused when the node starts", () => {
    for (const bad of ["metadata", "10.0.0.0/33", "10.0.0.0/x", "1.2.3.4/8/9"])
      expect(() => createDenies([bad])).toThrow(/node\.http\.deny/);
  });
});

describe("Retry-After", () => {
  it("is seconds or a date, never negative, never for ever", () => {
    const now = Date.parse("2026-11-22T19:00:00Z");
    expect(parseRetryAfter("120", now)).toBe(120_000);
    expect(parseRetryAfter("Sun, 22 Nov 2026 19:01:00 GMT", now)).toBe(60_000);
    expect(parseRetryAfter("Sun, 22 Nov 2026 18:00:00 GMT", now)).toBe(0);
    expect(parseRetryAfter("99999999999", now)).toBe(86_400_000);
    for (const none of [undefined, "", "soon"]) expect(parseRetryAfter(none, now)).toBeNull();
  });
});
