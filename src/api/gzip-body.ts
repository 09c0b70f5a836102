// Bodies that come compressed. The route's limit counts what comes out, so a small bomb gets no further than a large body.
import { PassThrough, pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";
import { HttpProblem } from "./errors.ts";

type Body = Readable & { receivedEncodedLength?: number };

/** A hook for preParsing. */
export function unzipped(
  request: FastifyRequest,
  _: FastifyReply,
  payload: Readable,
  done: (err: Error | null, payload?: Readable) => void,
): void {
  const encoding = request.headers["content-encoding"]?.toLowerCase() ?? "identity";
  if (encoding === "identity") done(null, payload);
  else if (encoding === "gzip") done(null, unzip(payload));
  else {
    const detail = `expected content-encoding gzip or none, got ${JSON.stringify(encoding)}`;
    done(new HttpProblem(415, "unsupported_encoding", detail));
  }
}

function unzip(payload: Readable): Readable {
  const counted = new PassThrough();
  const plain: Body = createGunzip();
  // Compared with content-length, which speaks of the compressed body.
  plain.receivedEncodedLength = 0;
  counted.on("data", (piece: Buffer) => {
    plain.receivedEncodedLength = (plain.receivedEncodedLength ?? 0) + piece.length;
  });
  // What goes wrong here destroys `plain`, whose reader says so.
  pipeline(payload, counted, plain as never, () => undefined);
  return plain;
}
