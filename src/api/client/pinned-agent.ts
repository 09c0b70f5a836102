// Connections to one server, known by its certificate's fingerprint: to a machine's own scheduler, whose certificate is
// made for the name that others use. Nothing is sent before the fingerprint is compared.
import { Agent } from "node:https";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";

export class WrongCertificateError extends Error {
  readonly code = "wrong_certificate";
}

type Connected = (err: Error | null, socket?: TLSSocket) => void;

/** `fingerprint`: SHA-256 of the certificate, in pairs of hexadecimal digits with colons between. */
export function createPinnedAgent(fingerprint: string): Agent {
  const agent = new Agent({ keepAlive: true });
  const pinned = agent as unknown as { createConnection(options: ConnectionOptions, connected: Connected): void };
  pinned.createConnection = (options, connected) => {
    const socket = connect({ ...options, rejectUnauthorized: false });
    socket.once("error", connected);
    socket.once("secureConnect", () => {
      socket.off("error", connected);
      const shown = socket.getPeerCertificate().fingerprint256;
      if (shown === fingerprint) return connected(null, socket);
      socket.destroy();
      connected(
        new WrongCertificateError(
          `another server answers there: expected the certificate ${fingerprint}, which this machine's scheduler has, got ${shown}`,
        ),
      );
    });
  };
  return agent;
}
