import { readFileSync } from "node:fs";
import { createServer as createPlain, type Server } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createAskPeer } from "../../src/api/client/peer.ts";
import { makeCertificates } from "../support/certificates.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
const asking = (url: string) => ({ url, path: "/x?a=1", method: "POST", headers: {}, body: "{}", timeoutMs: 2000 });

describe("asking another scheduler", () => {
  it("believes a certificate of the given authority, and no other", async () => {
    const certificates = makeCertificates();
    closers.push(certificates.remove);
    const [cert, key, ca] = [certificates.cert, certificates.key, certificates.ca].map((file) =>
      readFileSync(file, "utf8"),
    );
    const server = createServer({ cert, key }, (request, response) => response.end(`${request.method} ${request.url}`));
    const url = `https://localhost:${await listening(server as unknown as Server)}`;
    expect(await createAskPeer({ ca })(asking(url))).toMatchObject({ status: 200, body: "POST /x?a=1" });
    await expect(createAskPeer()(asking(url))).rejects.toMatchObject({ code: "peer_unreachable" });
  });

  it("tells a scheduler that never got the request from one that may have acted on it", async () => {
    const ask = createAskPeer();
    await expect(ask(asking("http://127.0.0.1:1"))).rejects.toMatchObject({ code: "peer_unreachable" });
    await expect(ask(asking("not a url"))).rejects.toMatchObject({ code: "peer_unreachable" });
    const silent = await listening(createPlain(() => undefined));
    await expect(ask({ ...asking(`http://127.0.0.1:${silent}`), timeoutMs: 100 })).rejects.toMatchObject({
      code: "peer_silent",
    });
    const rude = await listening(createPlain((request) => request.socket.destroy()));
    await expect(ask(asking(`http://127.0.0.1:${rude}`))).rejects.toMatchObject({ code: "peer_silent" });
  });

  it("takes a refusal and a redirection for what they are: answers", async () => {
    const port = await listening(
      createPlain((_, response) => response.writeHead(302, { location: "http://else" }).end()),
    );
    expect((await createAskPeer()(asking(`http://127.0.0.1:${port}`))).status).toBe(302);
  });
});
