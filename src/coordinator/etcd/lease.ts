// A lease that knows when it may no longer be relied on: before etcd can have ended it, counted from the *send* time of
// the last answered keep-alive, on the monotonic clock and on the wall (the first may stand still in a suspended machine).
// It gives liveness, never safety: etcd may end a lease early, and a process may be stopped between a look and a write.
import type { Clock } from "../../clock.ts";
import type { EtcdClient } from "./client.ts";

export interface Lease {
  readonly id: string;
  /** False before etcd lets it expire, if it isn't kept alive. Once false, for ever. */
  alive(): boolean;
  /**
   * Ends it here at once and asks etcd to end it too. Resolves when that was answered or its time is over; never
   * rejects. Safe to repeat.
   */
  revoke(): Promise<void>;
}

/** Throws CoordinatorUnavailableError. `onEnd` is called once, however it ends. */
export async function openLease(
  { client, clock }: { client: EtcdClient; clock: Clock },
  ttlMs: number,
  onEnd: (why: string) => void,
): Promise<Lease> {
  const stopping = new AbortController();
  let until = { monotonic: 0, wall: 0 };
  let ended = false;
  let cancelTimer = () => {};

  const sentNow = () => ({ monotonic: clock.monotonic(), wall: clock.now() });
  const holds = () => !ended && clock.monotonic() < until.monotonic && clock.now() < until.wall;

  function extend(sent: typeof until, ttlS: number) {
    const keepMs = ttlS * 1000 - Math.max(500, ttlS * 100);
    until = { monotonic: sent.monotonic + keepMs, wall: sent.wall + keepMs };
    cancelTimer();
    cancelTimer = clock.after(Math.max(0, until.monotonic - clock.monotonic()), () => void alive());
  }
  function end(why: string) {
    if (ended) return;
    ended = true;
    cancelTimer();
    stopping.abort();
    onEnd(why);
  }
  function alive() {
    if (!ended && !holds()) end("its lease was not renewed in time");
    return !ended;
  }

  async function keep(id: string, ttlS: number) {
    const everyMs = ttlS * 250;
    const timeoutMs = Math.min(everyMs, 2000);
    let pauseMs = everyMs;
    while (!ended) {
      try {
        await clock.sleep(pauseMs, stopping.signal);
      } catch {
        return;
      }
      const sent = sentNow();
      try {
        const left = await client.keepAlive(id, timeoutMs);
        // Answered too late, it may already have been over for a while: dead once is dead.
        if (!alive()) return;
        if (left <= 0) return end("etcd has ended its lease");
        extend(sent, left);
        pauseMs = everyMs;
      } catch {
        // The deadline decides; until then it is tried again soon.
        pauseMs = Math.min(everyMs, 200);
      }
    }
  }

  const sent = sentNow();
  const granted = await client.grant(Math.max(2, Math.ceil(ttlMs / 1000)));
  extend(sent, granted.ttlS);
  void keep(granted.lease, granted.ttlS);
  let revoked: Promise<void> | null = null;
  return {
    id: granted.lease,
    alive,
    revoke() {
      end("it was given up");
      // Unanswered: it runs out by itself, for nobody keeps it alive. Refused: it is gone already.
      revoked ??= client.revoke(granted.lease).catch(() => {});
      return revoked;
    },
  };
}
