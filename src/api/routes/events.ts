// /events: what happens in this scheduler, live. The ledger is the record: a reader that was away too long is told so
// (event `gap`) and reads the lists again.
import { z } from "zod";
import type { NumberedEvent, SystemEvent } from "../../telemetry/events.ts";
import { LastEventId } from "../contract/pieces.ts";
import type { RouteDeps } from "../deps.ts";
import { presentChange } from "../present.ts";
import type { Declare } from "../route.ts";

export function eventRoutes(route: Declare, { events, streams, clock }: RouteDeps): void {
  // Numbers begin anew with the process, so an id names the process too.
  const life = clock.now().toString(36);

  route({
    at: "GET /events",
    access: "viewer",
    about: "Changes of runs, nodes, jobs and schedulers, as server-sent events; resumes after Last-Event-ID",
    group: "events",
    query: z.strictObject({}),
    headers: LastEventId,
    answer: [200, null],
    produces: ["text/event-stream"],
    async handler({ request, reply }) {
      const stream = streams.open(reply);
      const last = request.headers["last-event-id"];
      const [ofLife, number] = typeof last === "string" ? last.split(".") : [];
      const after = ofLife === life && /^\d+$/.test(number ?? "") ? Number(number) : null;
      // What is still held comes with the subscription itself; the news of a gap must come before it.
      const held: NumberedEvent[] = [];
      let live = false;
      const on = (numbered: NumberedEvent) => {
        if (!live) held.push(numbered);
        else if (numbered.event.type !== "output") send(numbered);
      };
      const send = ({ id, at, event }: NumberedEvent) =>
        stream.send({
          event: event.type,
          id: `${life}.${id}`,
          data: { at: new Date(at).toISOString(), ...present(event) },
        });
      const { gap, stop } = events.subscribe(after, on);
      stream.closed.addEventListener("abort", stop, { once: true });
      if (stream.closed.aborted) stop();
      if (gap || (typeof last === "string" && after === null))
        stream.send({ event: "gap", data: { reason: "some events since then are gone: read the lists again" } });
      live = true;
      for (const numbered of held) send(numbered);
      return reply;
    },
  });
}

function present(event: SystemEvent): Record<string, unknown> {
  switch (event.type) {
    case "run":
      return presentChange(event.change);
    case "node":
      return { node: { id: event.nodeId, name: event.nodeName }, state: event.state };
    case "job":
      return { job: { id: event.jobId, name: event.jobName }, action: event.action };
    case "scheduler":
      return { state: event.state };
    case "output":
      return { id: event.runId };
  }
}
