// One stream of events for each tab: what it tells of is asked again, batched, so that a thousand runs a second cost one
// question. Closed while the tab is hidden; where it doesn't come through, pages are asked again every ten seconds.
import { useSyncExternalStore } from "react";
import { later } from "../lib/clock.ts";
import { createBatch } from "./batch.ts";
import { queryClient, type Topic } from "./query-client.ts";

export type LiveState = "live" | "connecting" | "stale" | "off";

const topics: Record<string, Topic[]> = {
  run: ["runs", "jobs", "stats", "trends"],
  node: ["nodes", "stats", "trends"],
  job: ["jobs", "stats", "plan"],
  scheduler: ["schedulers", "stats", "plan"],
};
const everything: Topic[] = ["runs", "jobs", "stats", "trends", "plan", "nodes", "schedulers"];
/** Between two questions about the same topic, however much happens. */
const restMs: Partial<Record<Topic, number>> = { trends: 5000, plan: 5000 };
const usualRestMs = 1000;
const pollMs = 10_000;

let state: LiveState = "off";
const watchers = new Set<() => void>();
let source: EventSource | null = null;
let stopRetry = () => {};
let stopPoll = () => {};
let failures = 0;

function become(next: LiveState) {
  if (state === next) return;
  state = next;
  for (const watcher of watchers) watcher();
}

const { mark } = createBatch<Topic>({
  restMs: (topic) => restMs[topic] ?? usualRestMs,
  ask(topic) {
    const isUnderWay = queryClient.isFetching({ queryKey: [topic] }) > 0;
    void queryClient.invalidateQueries({ queryKey: [topic] }, { cancelRefetch: false });
    return isUnderWay;
  },
  soon: (then) => void requestAnimationFrame(then),
  later: (ms, then) => void later(ms, then),
});

function poll() {
  stopPoll();
  stopPoll = later(pollMs, () => {
    mark(everything);
    poll();
  });
}

function open() {
  stopRetry();
  if (source || document.hidden) return;
  become(state === "stale" ? "stale" : "connecting");
  const mine = new EventSource("/api/v1/events");
  source = mine;
  mine.onopen = () => {
    // What happened while nobody listened.
    if (failures > 0 || state === "stale") mark(everything);
    failures = 0;
    stopPoll();
    become("live");
  };
  mine.onerror = () => {
    if (source !== mine) return;
    // Whether the server is gone altogether shows in the answer to a question.
    if (state === "live") void queryClient.invalidateQueries({ queryKey: ["me"] });
    become("stale");
    poll();
    // It tries again by itself, unless the answer was no stream at all.
    if (mine.readyState !== EventSource.CLOSED) return;
    source = null;
    failures++;
    stopRetry = later(Math.min(30_000, 1000 * 2 ** failures), open);
  };
  mine.addEventListener("gap", () => mark(everything));
  for (const [type, which] of Object.entries(topics)) mine.addEventListener(type, () => mark(which));
}

function close() {
  stopRetry();
  stopPoll();
  source?.close();
  source = null;
}

/** Begins to listen; answers what ends it. */
export function startLive(): () => void {
  const onVisible = () => {
    if (document.hidden) {
      close();
      return;
    }
    mark(everything);
    open();
  };
  document.addEventListener("visibilitychange", onVisible);
  window.addEventListener("online", open);
  open();
  return () => {
    document.removeEventListener("visibilitychange", onVisible);
    window.removeEventListener("online", open);
    close();
    become("off");
  };
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    () => state,
  );
}
