// Numbers an attempt's pieces of output and hands them to the spool. What the spool can't take is left out, and the next
// piece (or an empty one at the end) says how much.
import type { Clock } from "../clock.ts";
import type { OutputPiece } from "./executor.ts";
import type { OutputEvent, Spool } from "./spool.ts";

export interface OutputRelay {
  piece(piece: OutputPiece): void;
  /** Marks what was left out last. Answers whether anything was. */
  end(): boolean;
}

export function createOutputRelay(
  deps: { spool: Pick<Spool, "offerOutput">; clock: Clock },
  base: Omit<OutputEvent, "seq" | "stream" | "offset" | "gapBytes" | "data" | "at">,
): OutputRelay {
  let seq = 0;
  let leftOut = 0;
  let everLeftOut = false;
  let end = 0;
  let stream: OutputPiece["stream"] = "stdout";

  function send(piece: OutputPiece): boolean {
    const { stream, offset, data } = piece;
    const gapBytes = piece.gapBytes + leftOut;
    const event = { at: deps.clock.now(), ...base, seq, stream, offset, gapBytes, data };
    if (!deps.spool.offerOutput(event)) return false;
    seq++;
    leftOut = 0;
    return true;
  }

  return {
    piece(piece) {
      stream = piece.stream;
      end = piece.offset + piece.data.length;
      if (send(piece)) return;
      everLeftOut = true;
      leftOut += piece.gapBytes + piece.data.length;
    },
    end() {
      if (leftOut > 0) send({ stream, offset: end, gapBytes: 0, data: new Uint8Array(0) });
      return everLeftOut;
    },
  };
}
