// A run's output: as plain text, or live as events that can be resumed.
import { Readable } from "node:stream";
import { z } from "zod";
import { LastEventId } from "../contract/pieces.ts";
import { OutputQuery } from "../contract/runs.ts";
import type { RouteDeps } from "../deps.ts";
import { HttpProblem, notFound } from "../errors.ts";
import { type Declare, param } from "../route.ts";
import { followOutput, readAll, tailLines } from "../run-output.ts";

export function outputRoutes(route: Declare, deps: RouteDeps): void {
  const { store, streams } = deps;

  route({
    at: "GET /runs/:run/output",
    access: "viewer",
    about: "Output of a run; with Accept: text/event-stream live, until an event `end`",
    group: "runs",
    params: z.object({ run: param }),
    query: OutputQuery,
    headers: LastEventId,
    answer: [200, null],
    produces: ["text/plain", "text/event-stream"],
    async handler({ params, query, request, reply }) {
      const run = await store.getRun(params.run);
      if (!run) throw notFound(`there is no run ${JSON.stringify(params.run)}, or several begin like that`);
      const tail = query.tail === undefined ? null : await tailLines(store, run.id, query.tail, query.stream);
      if (wantsEvents(request.headers.accept)) {
        const from = lastPosition(request.headers["last-event-id"]);
        const stream = streams.open(reply);
        // Ends by itself with the reader, the run or the server; what goes wrong meanwhile ends the stream.
        followOutput(deps, { runId: run.id, stream, only: query.stream, from, tail }).catch((err) => {
          deps.logger.warn({ err, runId: run.id }, "live output was cut off");
          stream.end();
        });
        return reply;
      }
      reply.type("text/plain; charset=utf-8");
      return reply.send(Readable.from(tail ?? readAll(store, run.id, query.stream), { objectMode: false }));
    },
  });
}

export const wantsEvents = (accept: string | undefined): boolean => accept?.includes("text/event-stream") ?? false;

function lastPosition(header: unknown): number | null {
  if (header === undefined || header === "") return null;
  if (typeof header === "string" && /^\d{1,15}$/.test(header)) return Number(header);
  const message = "expected the id of an event of this stream";
  throw new HttpProblem(422, "invalid", `Last-Event-ID: ${message}`, { errors: [{ path: "Last-Event-ID", message }] });
}
