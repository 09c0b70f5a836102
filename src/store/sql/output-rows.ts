// Pieces of output as rows. A piece's place in the run follows from what it is, so that a second delivery meets its own
// row, and a reader gets what a node wrote in the order in which it wrote it, whenever it arrived.
import type { Insertable, Selectable } from "kysely";
import type { NodeEvent } from "../../model/assignment.ts";
import type { OutputChunk } from "../store.ts";
import type { OutputChunksTable } from "./schema.ts";

/** Pieces an attempt can have: 2^32. Attempts count over the whole run, so positions grow over it. */
const piecesPerAttempt = 2 ** 32;

export const chunkRow = (event: Extract<NodeEvent, { type: "output" }>): Insertable<OutputChunksTable> => ({
  run_id: event.runId,
  position: event.attempt * piecesPerAttempt + event.seq,
  fence: event.fence,
  attempt: event.attempt,
  stream: event.stream,
  start_offset: event.offset,
  gap_bytes: event.gapBytes,
  at: event.at,
  data: event.data,
});

export const toOutputChunk = (row: Selectable<OutputChunksTable>): OutputChunk => ({
  attempt: row.attempt,
  position: row.position,
  stream: row.stream,
  offset: row.start_offset,
  gapBytes: row.gap_bytes,
  at: row.at,
  data: row.data,
});
