// An authority of a test's own, and what it says of a server on localhost and of a client.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Certificates {
  dir: string;
  ca: string;
  /** For "localhost", not for 127.0.0.1. */
  cert: string;
  key: string;
  clientCert: string;
  clientKey: string;
  remove(): void;
}

/** `clientName`: what the client's certificate calls it. */
export function makeCertificates(clientName = "client"): Certificates {
  const dir = mkdtempSync(join(tmpdir(), "distcron-tls-"));
  chmodSync(dir, 0o755);
  const file = (name: string) => join(dir, name);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe" });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...newKey, "-keyout", file("ca.key"), "-out", file("ca.pem"), "-subj", "/CN=test authority");
  const sign = (name: string, subject: string, extensions: string) => {
    writeFileSync(file(`${name}.ext`), extensions);
    openssl("req", ...newKey, "-keyout", file(`${name}.key`), "-out", file(`${name}.csr`), "-subj", `/CN=${subject}`);
    const by = ["-CA", file("ca.pem"), "-CAkey", file("ca.key"), "-CAcreateserial", "-days", "2"];
    openssl(
      "x509",
      "-req",
      "-in",
      file(`${name}.csr`),
      ...by,
      "-extfile",
      file(`${name}.ext`),
      "-out",
      file(`${name}.pem`),
    );
  };
  sign("server", "server", "subjectAltName=DNS:localhost\n");
  sign("client", clientName, "extendedKeyUsage=clientAuth\n");
  return {
    dir,
    ca: file("ca.pem"),
    cert: file("server.pem"),
    key: file("server.key"),
    clientCert: file("client.pem"),
    clientKey: file("client.key"),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
