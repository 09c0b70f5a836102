// How a store's connection to a database server is protected, as its URL says.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { seededRandom } from "../../../src/random.ts";
import { type Certificates, makeCertificates } from "../../support/certificates.ts";
import type { ServerKind, TestServer } from "./server-scene.ts";

export function describeServerTls(
  name: string,
  kind: Pick<ServerKind, "open"> & { start(tls: Certificates): Promise<TestServer> },
  words: { mode: string; ca: string; cert: string; key: string },
) {
  describe(`TLS to ${name}`, () => {
    let server: TestServer;
    let files: Certificates;
    let url: string;

    beforeAll(async () => {
      files = makeCertificates();
      server = await kind.start(files);
      // Its certificate is for this name alone.
      url = (await server.createDatabase("secured")).replace("127.0.0.1", "localhost");
    });
    afterAll(async () => {
      await server?.remove();
      files.remove();
    });
    const open = async (query: string, base = url) => {
      const store = await kind.open({ url: `${base}${query}`, clock: systemClock, random: seededRandom(1) });
      await store.setSetting("key", "value");
      await store.close();
    };

    it("is encrypted without asking who the server is, with require", async () => {
      await open(`?${words.mode}=require`);
      await expect(open("")).rejects.toMatchObject({
        code: "bad_config",
        message: expect.stringMatching(/without TLS/),
      });
    });

    it("takes only a server whose authority is known, with verify-ca and verify-full", async () => {
      for (const mode of ["verify-ca", "verify-full"]) {
        await open(`?${words.mode}=${mode}&${words.ca}=${files.ca}`);
        await expect(open(`?${words.mode}=${mode}`)).rejects.toMatchObject({
          code: "bad_config",
          message: expect.stringContaining("certificate"),
        });
      }
    });

    it("takes only the server that was named, with verify-full", async () => {
      const elsewhere = url.replace("localhost", "127.0.0.1");
      await open(`?${words.mode}=verify-ca&${words.ca}=${files.ca}`, elsewhere);
      await expect(open(`?${words.mode}=verify-full&${words.ca}=${files.ca}`, elsewhere)).rejects.toMatchObject({
        code: "bad_config",
        message: expect.stringContaining("certificate"),
      });
    });

    it("shows a certificate of its own", async () => {
      await open(
        `?${words.mode}=verify-full&${words.ca}=${files.ca}&${words.cert}=${files.clientCert}&${words.key}=${files.clientKey}`,
      );
    });

    it("refuses half a certificate, and certificates for a connection in plain text", async () => {
      await expect(open(`?${words.mode}=require&${words.cert}=${files.clientCert}`)).rejects.toThrow(/go together/);
      await expect(open(`?${words.ca}=${files.ca}`)).rejects.toThrow(new RegExp(`${words.mode}=verify-full`));
    });
  });
}
