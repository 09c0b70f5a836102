// Where the server may listen, and what to say when it can't.
import { isIP } from "node:net";
import { isLoopback } from "./same-site.ts";

export class ListenError extends Error {
  readonly code: "insecure_listen" | "port_in_use" | "listen_failed";
  constructor(code: ListenError["code"], message: string, options?: { cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Throws ListenError "insecure_listen": beyond loopback tokens would travel readable without TLS. */
export function checkListenAddress(server: { host: string; tls: boolean; insecure: boolean }): void {
  if (isLoopback(server.host) || server.tls || server.insecure) return;
  throw new ListenError(
    "insecure_listen",
    `server.host is ${server.host}, which others can reach, but there is no TLS: set server.tls.cert and server.tls.key, ` +
      "or server.insecure: true if a proxy with TLS stands in front, or listen on 127.0.0.1",
  );
}

/** The address under which this machine reaches a server that listens there. */
export function localUrl(address: { host: string; port: number; tls: boolean }): string {
  const any = address.host === "0.0.0.0" ? "127.0.0.1" : address.host === "::" ? "::1" : address.host;
  return `${address.tls ? "https" : "http"}://${isIP(any) === 6 ? `[${any}]` : any}:${address.port}`;
}

/** `setting`: what says which port it is. */
export function listenFailure(err: unknown, host: string, port: number, setting = "--port (server.port)"): ListenError {
  const { code, message } = err as NodeJS.ErrnoException;
  const at = `${host}:${port}`;
  if (code === "EADDRINUSE")
    return new ListenError(
      "port_in_use",
      `${at} is in use by another process: stop it, or choose another port with ${setting}`,
      { cause: err },
    );
  const hint =
    code === "EACCES"
      ? "; ports below 1024 need a privilege"
      : code === "EADDRNOTAVAIL"
        ? "; this machine has no such address"
        : "";
  return new ListenError("listen_failed", `cannot listen on ${at}: ${message}${hint}`, { cause: err });
}
