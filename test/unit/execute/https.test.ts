// HTTP jobs whose target speaks TLS with a certificate that this machine doesn't trust: refused with what to do, or taken
// where the job says so; by the executor itself and in its thread.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import type { Executor } from "../../../src/execute/executor.ts";
import { createHttpExecutor } from "../../../src/execute/executors/http.ts";
import { createHttpThread } from "../../../src/execute/executors/http-thread.ts";
import { silentLog } from "../../../src/lib/log.ts";
import type { HttpTask } from "../../../src/model/job.ts";
import { anAssignment } from "../../support/an-assignment.ts";
import { type BundledThread, bundleThread } from "../../support/bundle-thread.ts";
import { type Certificates, makeCertificates } from "../../support/certificates.ts";

let certificates: Certificates;
let server: https.Server;
let thread: BundledThread;
let port: number;
let asked = 0;
beforeAll(async () => {
  certificates = makeCertificates();
  thread = await bundleThread("src/execute/executors/http-worker.ts");
  const { cert, key } = certificates;
  server = https.createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
    asked++;
    if (request.url === "/hop") response.writeHead(302, { location: "/ok" }).end();
    else response.end(`secret answer to ${request.headers["distcron-run"]}`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server?.closeAllConnections();
  server?.close();
  thread?.dispose();
  certificates?.remove();
});

describe.each<[string, () => Executor]>([
  ["here", () => createHttpExecutor({ clock: systemClock, maxOutputBytes: 1000, deny: [] })],
  [
    "in its thread",
    () =>
      createHttpThread({ clock: systemClock, workerFile: thread.file, log: silentLog, maxOutputBytes: 1000, deny: [] }),
  ],
])("%s:", (_, create) => {
  let executor: Executor;
  beforeAll(() => {
    executor = create();
  });
  afterAll(() => executor.close());

  async function get(url: string, insecureTls: boolean) {
    const plain = anAssignment({ runId: "r1", sessionId: "s1" });
    const task: HttpTask = {
      ...{ kind: "http", url, method: "GET", headers: {}, body: null, expectStatus: [[200, 299]] },
      ...{ expectBody: null, followRedirects: true, insecureTls },
    };
    let text = "";
    const assignment = { ...plain, job: { ...plain.job, task } };
    const output = ({ stream, data }: { stream: string; data: Uint8Array }) => {
      if (stream === "stdout") text += Buffer.from(data).toString();
    };
    const result = await executor.start({ assignment, attempt: 1, nodeName: "n" }, { output }).result;
    return { result, text };
  }

  it("a certificate that nobody vouches for is refused, in words, before anything is sent", async () => {
    const before = asked;
    const { result, text } = await get(`https://localhost:${port}/ok`, false);
    expect(result).toMatchObject({ outcome: "failed", httpStatus: null, reason: { code: "http_error" } });
    expect(result.reason?.message).toMatch(/certificate.*(issuer is unknown|self-signed)/);
    expect([text, asked]).toEqual(["", before]);
  });

  it("with insecureTls it is taken, for another name and over a redirect too", async () => {
    for (const url of [
      `https://localhost:${port}/ok`,
      `https://127.0.0.1:${port}/ok`,
      `https://localhost:${port}/hop`,
    ]) {
      const { result, text } = await get(url, true);
      expect([url, result]).toEqual([url, expect.objectContaining({ outcome: "succeeded", httpStatus: 200 })]);
      expect(text).toContain("secret answer to r1");
    }
  });

  it("what one job takes is not taken for the next: connections that are kept alive are told apart", async () => {
    await get(`https://localhost:${port}/ok`, true);
    const { result } = await get(`https://localhost:${port}/ok`, false);
    expect(result).toMatchObject({ outcome: "failed", reason: { code: "http_error" } });
  });
});
