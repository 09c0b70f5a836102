// Reading output: on from a position, or its end.
import type { Selectable } from "kysely";
import type { Store } from "../store.ts";
import type { SqlContext } from "./context.ts";
import { toOutputChunk } from "./output-rows.ts";
import type { OutputChunksTable } from "./schema.ts";

/** Pieces read at a time on the way back from the end. */
const step = 16;

export function outputMethods(ctx: SqlContext): Pick<Store, "readOutput" | "tailOutput"> {
  return {
    readOutput: (runId, after, limit, stream) =>
      ctx.read(async (db) => {
        let select = db.selectFrom("output_chunks").selectAll().where("run_id", "=", runId);
        if (after !== null) select = select.where("position", ">", after);
        if (stream) select = select.where("stream", "=", stream);
        return (await select.orderBy("position").limit(limit).execute()).map(toOutputChunk);
      }),

    tailOutput: (runId, bytes, stream) =>
      ctx.read(async (db) => {
        const tail: Selectable<OutputChunksTable>[] = [];
        let missing = bytes;
        while (missing > 0) {
          let select = db.selectFrom("output_chunks").selectAll().where("run_id", "=", runId);
          const first = tail.at(-1);
          if (first) select = select.where("position", "<", first.position);
          if (stream) select = select.where("stream", "=", stream);
          const rows = await select.orderBy("position", "desc").limit(step).execute();
          for (const row of rows) {
            if (missing <= 0) break;
            tail.push(row);
            missing -= row.data.byteLength;
          }
          if (rows.length < step) break;
        }
        return tail.reverse().map(toOutputChunk);
      }),
  };
}
