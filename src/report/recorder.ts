// The scheduler half of reporting: takes events from nodes, records them in the ledger, tells the rest what changed.
// Any scheduler records, leader or not; acknowledging (resolving) comes only after the commit.
import type { NodeEvent, ReportPort } from "../model/assignment.ts";
import type { RunChange, Store } from "../store/store.ts";

export function createRecorder(deps: {
  store: Pick<Store, "record">;
  /** Runs whose state changed. */
  onChanges(changes: RunChange[]): void;
  /** Runs that have new output. */
  onOutput(runIds: Set<string>): void;
}): ReportPort {
  return {
    async send(events: NodeEvent[]) {
      if (events.length === 0) return;
      const changes = await deps.store.record(events);
      const withOutput = new Set<string>();
      for (const event of events) if (event.type === "output") withOutput.add(event.runId);
      if (withOutput.size) deps.onOutput(withOutput);
      if (changes.length) deps.onChanges(changes);
    },
  };
}
