// Talking to another scheduler: one request, one answer, both whole. Nothing is tried twice here, for what has no answer
// may have been done.
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { got, RequestError } from "got";

/** `code`: peer_unreachable (it never got the request), or peer_silent (it may have acted on it). */
export class PeerError extends Error {
  readonly code: "peer_unreachable" | "peer_silent";
  constructor(code: PeerError["code"], message: string, options: { cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}

export interface PeerRequest {
  /** Where the scheduler is reached, without a slash at the end. */
  url: string;
  /** With query. */
  path: string;
  method: string;
  headers: Record<string, string>;
  body?: string;
  timeoutMs: number;
}

export interface PeerAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export type AskPeer = (request: PeerRequest) => Promise<PeerAnswer>;

const connectWithinMs = 3000;
/** A line that was kept may be dead, which would show only after the request was sent. */
const agent = { http: new HttpAgent({ keepAlive: false }), https: new HttpsAgent({ keepAlive: false }) };
const neverSent = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "ERR_INVALID_URL"]);
/** Certificates that aren't believed, and whoever doesn't speak TLS at all. */
const handshake = /CERT|SIGNATURE|CRL|^ERR_TLS|^ERR_SSL|^EPROTO$/;
const beforeSending = new Set(["lookup", "connect", "secureConnect", "socket"]);

/**
 * What asks throws PeerError; whatever status comes is an answer. `ca`: PEM of the authority of schedulers' certificates,
 * where it isn't one that the machine knows.
 */
export const createAskPeer =
  ({ ca }: { ca?: string | undefined } = {}): AskPeer =>
  async ({ url, path, method, headers, body, timeoutMs }) => {
    try {
      const response = await got(url + path, {
        method: method as "GET",
        headers,
        ...(body === undefined ? {} : { body }),
        agent,
        ...(ca === undefined ? {} : { https: { certificateAuthority: ca } }),
        retry: { limit: 0 },
        throwHttpErrors: false,
        followRedirect: false,
        timeout: {
          connect: connectWithinMs,
          lookup: connectWithinMs,
          secureConnect: connectWithinMs,
          request: timeoutMs,
        },
      });
      return { status: response.statusCode, headers: response.headers, body: response.body };
    } catch (err) {
      const { code = "", event } = err as RequestError & { event?: string };
      const unreachable = neverSent.has(code) || handshake.test(code) || beforeSending.has(event ?? "");
      const message = err instanceof RequestError ? err.message || code : String(err);
      throw new PeerError(
        unreachable ? "peer_unreachable" : "peer_silent",
        `the scheduler at ${url} ${unreachable ? "can't be reached" : "didn't answer"}: ${message}`,
        { cause: err },
      );
    }
  };
