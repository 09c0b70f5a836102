// Tells the other schedulers what happened in this one: their live views show it, and the one that leads acts on it at
// once instead of at its next look. Nothing rests on it. What a peer can't be told in time is counted and left out, and
// whoever records never waits for it.
import type { Clock } from "../../clock.ts";
import type { SchedulerView } from "../../coordinator/coordinator.ts";
import type { Log } from "../../lib/log.ts";
import { createWorker, type Worker } from "../../lib/worker.ts";
import type { RunChange } from "../../store/store.ts";
import type { EventBus, SystemEvent } from "../../telemetry/events.ts";
import { internalPaths, type OtherEvent } from "../internal-contract.ts";
import { type AskPeer, createAskPeer } from "./peer.ts";

export interface PeersOptions {
  /** This scheduler's id. */
  me: string;
  /** cluster.token */
  token: string;
  events: Pick<EventBus, "subscribe">;
  schedulers(): Promise<Pick<SchedulerView, "id" | "url">[]>;
  clock: Clock;
  log: Log;
  /** Absent: with the machine's own certificate authorities. */
  ask?: AskPeer;
  /** How long news gathers. */
  gatherMs?: number;
  /** Held for one peer at most; then the oldest go. */
  most?: number;
  /** How often is looked who is there. */
  lookMs?: number;
}

export interface Peers {
  start(): void;
  /** Of all that was to be told, how much was left out. */
  dropped(): number;
  /** Resolves when nothing is under way; what is untold stays so. */
  stop(): Promise<void>;
}

type Piece = { change: RunChange } | { event: OtherEvent };

interface Line {
  url: string;
  waiting: Piece[];
  /** Runs with new output: told once a batch, however much there is. */
  outputs: Set<string>;
  worker: Worker;
}

const atOnce = 2000;
const answerWithinMs = 5000;
const idleMs = 60_000;

export function createPeers(options: PeersOptions): Peers {
  const { me, token, clock, log, ask = createAskPeer(), gatherMs = 100, most = 20_000, lookMs = 3000 } = options;
  const lines = new Map<string, Line>();
  const closing = new Set<Promise<void>>();
  let dropped = 0;
  let unsubscribe = () => {};

  const looking = createWorker({
    clock,
    async work() {
      const found = (await options.schedulers()).filter(({ id, url }) => id !== me && url !== "");
      for (const { id, url } of found) {
        const line = lines.get(id);
        if (line) line.url = url.replace(/\/+$/, "");
        else lines.set(id, openLine(id, url.replace(/\/+$/, "")));
      }
      for (const [id, line] of lines)
        if (!found.some((each) => each.id === id)) {
          lines.delete(id);
          close(line);
        }
      return lookMs;
    },
    onError: (err) => log.debug({ err }, "the other schedulers can't be listed; it is tried again"),
  });

  function openLine(id: string, url: string): Line {
    let failing = false;
    const waiting: Piece[] = [];
    const outputs = new Set<string>();
    const worker = createWorker({
      clock,
      retryMs: 500,
      async work(signal) {
        if (waiting.length + outputs.size === 0) return idleMs;
        await clock.sleep(gatherMs, signal);
        const batch = waiting.splice(0, atOnce);
        const runs = [...outputs].slice(0, atOnce);
        for (const runId of runs) outputs.delete(runId);
        try {
          await tell(line.url, [...batch, ...runs.map((runId) => ({ event: { type: "output" as const, runId } }))]);
          failing = false;
        } catch (err) {
          // Told twice is harmless; what no longer fits is left out, oldest first.
          waiting.unshift(...batch);
          for (const runId of runs) outputs.add(runId);
          trim(line);
          throw err;
        }
        return waiting.length + outputs.size ? 0 : idleMs;
      },
      onError(err) {
        if (failing) return;
        failing = true;
        log.warn(
          { err, peer: id, url: line.url },
          "another scheduler can't be told what happens here; it is tried again",
        );
      },
    });
    const line: Line = { url, waiting, outputs, worker };
    worker.start();
    return line;
  }

  async function tell(url: string, batch: Piece[]) {
    const changes = batch.flatMap((piece) => ("change" in piece ? [piece.change] : []));
    const events = batch.flatMap((piece) => ("event" in piece ? [piece.event] : []));
    const { status, body } = await ask({
      url,
      path: internalPaths.changes,
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ from: me, changes, events }),
      timeoutMs: answerWithinMs,
    });
    if (status >= 300) throw new Error(`expected 204 from ${url}, got ${status}: ${body.slice(0, 300)}`);
  }

  function trim({ waiting, outputs }: Line) {
    if (outputs.size > most) outputs.clear();
    const tooMany = waiting.length - most;
    if (tooMany <= 0) return;
    waiting.splice(0, tooMany);
    if (dropped === 0) log.warn({}, "another scheduler takes news too slowly; the oldest are left out");
    dropped += tooMany;
  }

  function take(event: SystemEvent) {
    const piece = pieceOf(event);
    for (const line of lines.values()) {
      if (event.type === "output") line.outputs.add(event.runId);
      else if (piece) line.waiting.push(piece);
      else continue;
      trim(line);
      line.worker.nudge();
    }
  }

  function close({ worker }: Line) {
    const closed = worker.stop();
    closing.add(closed);
    void closed.finally(() => closing.delete(closed));
  }

  return {
    start() {
      const { stop } = options.events.subscribe(null, ({ event, from }) => {
        if (from === null) take(event);
      });
      unsubscribe = stop;
      looking.start();
    },
    dropped: () => dropped,
    async stop() {
      unsubscribe();
      await looking.stop();
      for (const line of lines.values()) close(line);
      lines.clear();
      await Promise.all(closing);
    },
  };
}

function pieceOf(event: SystemEvent): Piece | null {
  if (event.type === "run") return { change: event.change };
  if (event.type !== "scheduler") return { event };
  // Each scheduler says for itself whether it leads.
  return event.state === "paused" || event.state === "resumed"
    ? { event: { type: event.type, state: event.state } }
    : null;
}
