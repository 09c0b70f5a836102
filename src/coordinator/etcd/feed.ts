// Everything under some keys: as it stands, then as it changes, without a gap. What it does is list at a revision, watch
// from the next one, resume after the last event that was seen, and list again whenever there is doubt. Each feed has a
// stream of its own. etcd's streams die in silence, so an answer is asked for every few seconds.
import type { Clock } from "../../clock.ts";
import type { Random } from "../../random.ts";
import type { EtcdClient, IKeyValue, IWatchResponse } from "./client.ts";
import { listPages } from "./reads.ts";

export interface FeedChange {
  key: string;
  /** Null: it is gone. */
  kv: IKeyValue | null;
  revision: number;
}

export interface FeedDeps {
  client: EtcdClient;
  clock: Clock;
  random: Random;
  /** Takes what a callback threw, and (once a streak) why the keys can't be listed. */
  onError(err: unknown): void;
}

export interface FeedPace {
  pingMs: number;
  /** So long without a word, and the stream is given up. */
  silenceMs: number;
  relistMs: number;
}

const usualPace: FeedPace = { pingMs: 2500, silenceMs: 8000, relistMs: 300_000 };
const firstWaitMs = 50;
const longestWaitMs = 2000;

/** Why a stream ended. After "broken" the next one resumes where it stopped; after anything else all is listed again. */
type StreamEnd = "broken" | "compacted" | "cancelled" | "regressed" | "due" | "stopped";

/**
 * Calls back with every key in [start, end) there is, then with every change; the first time not before the caller's turn
 * is over. `known`: keys that the caller believes to be there; if one isn't, it hears so. May repeat itself, never goes
 * back for a key but after a wipe. Returns how to stop it.
 */
export function openFeed(
  { client, clock, random, onError }: FeedDeps,
  range: { start: string; end: string },
  on: (change: FeedChange) => void,
  { known = [], pace = usualPace }: { known?: [key: string, revision: number][]; pace?: FeedPace } = {},
): () => void {
  const stopping = new AbortController();
  const { signal } = stopping;
  /** The revision of every key that was shown. */
  const shown = new Map(known);
  /** The next revision that is news. Only events move it on: headers and answers to pings run ahead of them. */
  let next = 0;

  function show(change: FeedChange) {
    if (signal.aborted) return;
    if (change.kv) shown.set(change.key, change.revision);
    else shown.delete(change.key);
    try {
      on(change);
    } catch (err) {
      onError(err);
    }
  }

  /** Shows in what the keys differ from what was shown. */
  async function list() {
    const { kvs, revision } = await listPages(client, range);
    const standing = new Set(kvs.map((kv) => kv.key.toString()));
    for (const key of [...shown.keys()]) if (!standing.has(key)) show({ key, kv: null, revision });
    const news = kvs.filter((kv) => shown.get(kv.key.toString()) !== Number(kv.mod_revision));
    news.sort((a, b) => Number(a.mod_revision) - Number(b.mod_revision));
    for (const kv of news) show({ key: kv.key.toString(), kv, revision: Number(kv.mod_revision) });
    next = revision + 1;
  }

  async function follow(onConnected: () => void): Promise<StreamEnd> {
    const { stream, distrust } = await client.openWatch();
    const cancels: (() => void)[] = [];
    let fragments: IWatchResponse["events"] = [];
    try {
      return await new Promise<StreamEnd>((resolve) => {
        let cancelDog = () => {};
        const giveUp = () => {
          distrust();
          resolve("broken");
        };
        const heard = () => {
          cancelDog();
          cancelDog = clock.after(pace.silenceMs, giveUp);
        };
        const stop = () => resolve("stopped");
        const stopListening = client.onForgotten(() => resolve("regressed"));
        let cancelPing = () => {};
        const ping = () => {
          cancelPing = clock.after(pace.pingMs, () => {
            stream.write({ progress_request: {} });
            ping();
          });
        };
        heard();
        ping();
        const cancelRelist = clock.after(pace.relistMs, () => resolve("due"));
        signal.addEventListener("abort", stop, { once: true });
        cancels.push(
          () => cancelDog(),
          () => cancelPing(),
          cancelRelist,
          stopListening,
          () => signal.removeEventListener("abort", stop),
        );
        if (signal.aborted) return stop();
        stream.on("error", () => resolve("broken"));
        stream.on("end", () => resolve("broken"));
        stream.on("data", (answer) => {
          heard();
          if (answer.canceled) return resolve(answer.compact_revision !== "0" ? "compacted" : "cancelled");
          if (answer.created) {
            const said = Number(answer.header.revision);
            client.compare(said);
            if (said < next - 1) return resolve("regressed");
            onConnected();
          }
          fragments.push(...answer.events);
          if (answer.fragment || fragments.length === 0) return;
          const events = fragments;
          fragments = [];
          deliver(events);
        });
        const { start, end } = range;
        stream.write({
          create_request: {
            key: Buffer.from(start),
            range_end: Buffer.from(end),
            start_revision: String(next),
            fragment: true,
          },
        });
      });
    } finally {
      for (const cancel of cancels) cancel();
      stream.on("error", () => {});
      stream.cancel();
    }
  }

  function deliver(events: IWatchResponse["events"]) {
    for (const { type, kv } of events) {
      const revision = Number(kv.mod_revision);
      if (revision >= next) show({ key: kv.key.toString(), kv: type === "Put" ? kv : null, revision });
    }
    next = Math.max(next, Number(events.at(-1)?.kv.mod_revision) + 1);
    client.saw(next - 1);
  }

  async function run() {
    let waitMs = firstWaitMs;
    let listing = true;
    let complained = false;
    while (!signal.aborted) {
      try {
        if (listing) await list();
        complained = false;
        listing = false;
        const end = await follow(() => {
          waitMs = firstWaitMs;
        });
        listing = end !== "broken";
      } catch (err) {
        if (!complained && !signal.aborted) onError(err);
        complained = true;
      }
      await clock.sleep(waitMs * (0.5 + random.next()), signal).catch(() => {});
      waitMs = Math.min(waitMs * 2, longestWaitMs);
    }
  }

  void run();
  return () => stopping.abort();
}
