// The stream of what happens in this process: run and node changes, for live views and alarms. A ring of the newest
// events lets a reader resume; the ledger, not this, is the record.
import type { RunChange } from "../store/store.ts";

export type SystemEvent =
  | { type: "run"; change: RunChange }
  | {
      type: "node";
      nodeId: string;
      nodeName: string;
      state: "up" | "down" | "draining" | "resumed" | "removed";
      /** With up and down: the session that began or ended. */
      sessionId?: string | undefined;
    }
  | {
      type: "job";
      jobId: string;
      jobName: string;
      action: "created" | "changed" | "enabled" | "disabled" | "deleted" | "paused";
    }
  | { type: "scheduler"; state: "leader" | "follower" | "paused" | "resumed" }
  | { type: "output"; runId: string };

export interface NumberedEvent {
  id: number;
  at: number;
  event: SystemEvent;
  /** The scheduler that told of it; null: it happened in this process. */
  from: string | null;
}

export interface EventBus {
  /** `from`: the scheduler in which it happened; absent: this one. */
  publish(event: SystemEvent, from?: string): void;
  /** Events after `after` that are still held, then every new one. `gap` is true when some after `after` are gone. */
  subscribe(after: number | null, on: (event: NumberedEvent) => void): { gap: boolean; stop(): void };
}

export function createEventBus(clock: { now(): number }, keep = 2000): EventBus {
  const ring: NumberedEvent[] = [];
  const readers = new Set<(event: NumberedEvent) => void>();
  let lastId = 0;
  return {
    publish(event, from) {
      const numbered = { id: ++lastId, at: clock.now(), event, from: from ?? null };
      // Output events only wake live readers; keeping them would push everything else out of the ring.
      if (event.type !== "output") {
        ring.push(numbered);
        if (ring.length > keep) ring.shift();
      }
      for (const reader of readers) reader(numbered);
    },
    subscribe(after, on) {
      const oldest = ring[0]?.id ?? lastId + 1;
      const gap = after !== null && (after < oldest - 1 || after > lastId);
      if (after !== null) for (const event of ring) if (event.id > after || gap) on(event);
      readers.add(on);
      return { gap, stop: () => void readers.delete(on) };
    },
  };
}
