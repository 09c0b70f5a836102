// The node's sign of life. It tells the coordinator its load, and the store (through any scheduler) that the session
// lives; and it knows when that is no longer believed, so that the node stops in time.
//
// Trust counts from the moment at which an acknowledged beat was *sent*. It must hold on two clocks: the monotonic one, and
// the wall, for a suspended machine's monotonic clock stands still. A wall clock may also just have been set forward, so
// when only that one says no, nothing starts, and the next beat within a second decides.
//
// A node that no answer reaches may be heard all the same, and as long as it is, nobody takes its work elsewhere. So once it
// is out of trust its beats only ask, until one is answered.
import type { Clock } from "../clock.ts";
import type { NodeSession } from "../coordinator/coordinator.ts";
import type { Log } from "../lib/log.ts";
import type { NodeLoad } from "../model/node.ts";

export interface BeatPort {
  /**
   * Renews the session's trust, unless it only asks. False: the session has ended. Rejects when that is unknown. May be
   * repeated.
   */
  beat(load: NodeLoad, onlyAsks: boolean): Promise<boolean>;
}

export interface Beats {
  /** `sentAt`: when the registration that was acknowledged had been sent. */
  start(sentAt: Instant): void;
  /** Whether the session is trusted long enough to begin something. Checked locally, never late. */
  mayStart(): boolean;
  /** Milliseconds until trust ends unless another beat is acknowledged; negative: it is over. */
  leftMs(): number;
  /** Resolves when no beat is under way any more (or isn't waited for). Safe to repeat, and before start. */
  stop(): Promise<void>;
}

export interface Instant {
  monotonic: number;
  wall: number;
}

export interface BeatsOptions {
  session(): Pick<NodeSession, "announce">;
  port: BeatPort;
  readLoad(): Promise<NodeLoad>;
  clock: Clock;
  /** How long a session is trusted after a beat (scheduler.nodeGrace). */
  graceMs: number;
  everyMs?: number;
  log: Log;
  /** Trust ends within leadOf(graceMs) unless a beat gets through: nothing begins, and what must end with it is to end. */
  onTrustLost(): void;
  /** A beat was acknowledged: trust lasts longer than it did, or is back. */
  onTrusted?(): void;
  /** The store has ended the session: it can't be used again. Called once. */
  onEnded(): void;
}

const atOnce = 3;
const doubtMs = 1000;

/** How long before the end of trust the last KILL goes: clocks and the kernel need a moment. */
export const marginOf = (graceMs: number): number => Math.min(2000, graceMs / 6);

/** How long before the end of trust nothing begins: time for the longest wait between TERM and KILL, and the margin. */
export const leadOf = (graceMs: number): number => graceMs / 3 + marginOf(graceMs);

export function createBeats(options: BeatsOptions): Beats {
  const { port, clock, graceMs, log, everyMs = 2000 } = options;
  const leadMs = leadOf(graceMs);
  const stopping = new AbortController();
  let loop: Promise<void> | null = null;
  let trustedFrom: Instant = { monotonic: Number.NEGATIVE_INFINITY, wall: Number.NEGATIVE_INFINITY };
  let state: "trusted" | "lost" | "ended" = "lost";
  /** Since when only the wall clock says that trust is over. */
  let doubtfulSince: number | null = null;
  /** Since trust was lost. */
  let answered = true;
  let underWay = 0;
  let announcing = false;
  let failing = false;

  const trustLeftMs = () => trustedFrom.monotonic + graceMs - clock.monotonic();
  const leftMs = () => trustLeftMs() - leadMs;
  const wallLeftMs = () => trustedFrom.wall + graceMs - clock.now();
  const wallHolds = () => wallLeftMs() > leadMs;

  function trust(sentAt: Instant) {
    if (sentAt.monotonic <= trustedFrom.monotonic || state === "ended") return;
    trustedFrom = sentAt;
    if (leftMs() <= 0 || !wallHolds()) return;
    if (state === "lost" && loop !== null) log.info({}, "the schedulers hear this node again");
    state = "trusted";
    doubtfulSince = null;
    options.onTrusted?.();
  }

  function check() {
    if (state !== "trusted") return;
    const now = clock.monotonic();
    if (wallHolds()) doubtfulSince = null;
    else doubtfulSince ??= now;
    if (leftMs() > 0 && (doubtfulSince === null || now - doubtfulSince < doubtMs)) return;
    state = "lost";
    answered = false;
    log.warn(
      {},
      "no scheduler hears this node: nothing new is started, and re-runnable work ends before its trust does",
    );
    options.onTrustLost();
  }

  async function beat(load: NodeLoad) {
    if (underWay >= atOnce || state === "ended") return;
    underWay++;
    const onlyAsks = state === "lost" && !answered;
    const sentAt = { monotonic: clock.monotonic(), wall: clock.now() };
    try {
      if (await port.beat(load, onlyAsks)) {
        failing = false;
        answered = true;
        if (onlyAsks) void beat(load);
        else trust(sentAt);
      } else end();
    } catch (err) {
      if (!failing) log.warn({ err }, "a beat has no answer; it is sent again and again");
      failing = true;
    } finally {
      underWay--;
    }
  }

  function end() {
    if (state === "ended") return;
    state = "ended";
    log.warn({}, "the schedulers have given this session up");
    options.onEnded();
  }

  async function announce(load: NodeLoad) {
    if (announcing) return;
    announcing = true;
    try {
      await options.session().announce(load);
    } catch (err) {
      log.debug({ err }, "the load could not be announced; it is with the next beat");
    } finally {
      announcing = false;
    }
  }

  async function run() {
    while (!stopping.signal.aborted) {
      check();
      try {
        const load = await options.readLoad();
        void beat(load);
        void announce(load);
      } catch (err) {
        log.error({ err }, "the node's load can't be read; no beat was sent");
      }
      const left = leftMs();
      const pause = Math.min(everyMs, left > 0 ? left : everyMs, doubtfulSince === null ? everyMs : doubtMs);
      await clock.sleep(pause, stopping.signal).catch(() => undefined);
    }
  }

  return {
    start(sentAt) {
      trust(sentAt);
      loop ??= run();
    },
    mayStart: () => state === "trusted" && leftMs() > 0 && wallHolds(),
    // Once it counts as lost, a wall clock that says less is believed: the machine was suspended.
    leftMs: () => (state === "trusted" ? trustLeftMs() : Math.min(trustLeftMs(), wallLeftMs())),
    async stop() {
      stopping.abort(new Error("beats stopped"));
      await loop;
    },
  };
}
