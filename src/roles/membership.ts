// A node's membership in its cluster: one session after another. Each is registered with the schedulers (which trust it
// while its beats get through) and opened in the coordinator (under a lease that lets it claim). A lost lease is opened
// again under the same session; a session that the schedulers have ended is followed by another.
import type { Clock } from "../clock.ts";
import type { Coordinator, NodeSession } from "../coordinator/coordinator.ts";
import { type Beats, createBeats, type Instant } from "../execute/beats.ts";
import { newId } from "../lib/id.ts";
import type { Log } from "../lib/log.ts";
import type { NodeInfo, NodeLoad } from "../model/node.ts";
import type { SchedulerLink } from "../model/scheduler-link.ts";
import type { Random } from "../random.ts";

export interface MembershipDeps {
  info: Omit<NodeInfo, "startedAt">;
  link: SchedulerLink;
  coordinator: Coordinator;
  clock: Clock;
  random: Random;
  log: Log;
  beatMs: number;
  readLoad(): Promise<NodeLoad>;
  /** Resolves when all that the node has to say so far is recorded. Rejects with the signal's reason. */
  tellAll(signal: AbortSignal): Promise<void>;
  on: {
    /** Goes on under this handle: a new session's, or the same one's. */
    attach(session: NodeSession): void;
    trusted(): void;
    trustLost(): void;
    /** Resolves when nothing is left that was claimed and hasn't begun. */
    leaseLost(): Promise<void>;
    /** What the schedulers wish; called whenever they say so. */
    drain(wanted: boolean): void;
  };
}

export interface Membership {
  /**
   * Resolves with the first session when the node has joined. Tries for as long as nobody can be asked; rejects when it
   * must not join (its name is taken, its token is another cluster's), and with the signal's reason.
   */
  join(signal: AbortSignal): Promise<NodeSession>;
  /** Beats from now on, and sees to the session until leave(). */
  keep(): void;
  session(): NodeSession;
  mayStart(): boolean;
  /** Milliseconds until trust ends; negative: it is over. */
  leftMs(): number;
  /** How long the session is trusted after a beat. */
  graceMs(): number;
  /** Whether the session may claim, as the coordinator sees it. */
  mayClaim(): boolean;
  /** Ends the session. Safe to repeat, and before join(). */
  leave(): Promise<void>;
  /**
   * Takes the node off the coordinator's list, for good: what it hasn't claimed moves at once, and nothing new comes. Beats go
   * on, so that it is trusted with what still runs. Resolves when that is done, or takes too long.
   */
  retire(): Promise<void>;
}

/** One session, from its registration on. */
interface Life {
  sessionId: string;
  info: NodeInfo;
  session: NodeSession;
  beats: Beats;
  graceMs: number;
  registeredAt: Instant;
  over: AbortController;
  reopening: Promise<void>;
}

const retryMs = 500;
const slowestRetryMs = 5000;
const closingMs = 3000;
const formerLifeMs = 12_000;
/** Nobody could be asked: that says nothing against joining. */
const passing = new Set(["no_scheduler", "coordinator_unavailable", "store_unavailable"]);

export function createMembership(deps: MembershipDeps): Membership {
  const { clock, link, coordinator, log, on } = deps;
  const leaving = new AbortController();
  let life: Life | null = null;
  let left: Promise<void> | null = null;
  let renewing = Promise.resolve();

  const instant = (): Instant => ({ monotonic: clock.monotonic(), wall: clock.now() });
  const pause = (tries: number, signal: AbortSignal) =>
    clock.sleep(Math.min(slowestRetryMs, retryMs * 2 ** Math.min(tries, 10)), signal).catch(() => undefined);

  async function begin(signal: AbortSignal): Promise<Life> {
    const info: NodeInfo = { ...deps.info, startedAt: clock.now() };
    const sessionId = newId(clock, deps.random);
    const { graceMs, registeredAt } = await register(sessionId, info, signal);
    const session = await openFirst(sessionId, info, registeredAt.monotonic + graceMs / 2, signal);
    const over = new AbortController();
    const begun = { sessionId, info, session, graceMs, registeredAt, over, reopening: Promise.resolve() };
    return { ...begun, beats: beatsOf(sessionId, graceMs) };
  }

  /** A former life that was killed counts for a moment as one that goes on elsewhere. */
  async function register(sessionId: string, info: NodeInfo, signal: AbortSignal) {
    for (const until = clock.monotonic() + formerLifeMs; ; ) {
      const former = await link.formerSession(info.nodeId);
      const registeredAt = instant();
      try {
        return { ...(await link.register({ sessionId, info, former })), registeredAt };
      } catch (err) {
        if ((err as { code?: unknown })?.code !== "node_id_live" || clock.monotonic() >= until) throw err;
        await clock.sleep(retryMs, signal);
      }
    }
  }

  /** The lease of a former life may stand for a while yet, and the coordinator may be out of reach. */
  async function openFirst(sessionId: string, info: NodeInfo, until: number, signal: AbortSignal) {
    for (;;) {
      try {
        return await coordinator.openSession(sessionId, info);
      } catch (err) {
        if (signal.aborted || clock.monotonic() >= until) throw err;
        log.debug({ err }, "the coordinator doesn't take the session yet; it is asked again");
        await clock.sleep(retryMs, signal);
      }
    }
  }

  function beatsOf(sessionId: string, graceMs: number): Beats {
    let asked = 0;
    let heard = 0;
    return createBeats({
      session: () => (life as Life).session,
      port: {
        async beat(load, onlyAsks) {
          const number = ++asked;
          const { live, drain } = await link.beat(sessionId, load, onlyAsks);
          // Several are under way at once: an older answer may come last.
          if (live && drain !== null && number > heard) on.drain(drain);
          heard = Math.max(heard, number);
          return live;
        },
      },
      readLoad: deps.readLoad,
      clock,
      graceMs,
      everyMs: Math.min(deps.beatMs, graceMs / 3),
      log,
      onTrusted: on.trusted,
      onTrustLost: on.trustLost,
      onEnded() {
        renewing = renew().catch((err) => log.error({ err }, "the node could not join again; restart it"));
      },
    });
  }

  function keep(current: Life) {
    watchLease(current);
    current.beats.start(current.registeredAt);
  }

  function watchLease(current: Life) {
    const { lost } = current.session;
    const onLost = () => {
      if (!isOver(current)) current.reopening = reopen(current);
    };
    if (lost.aborted) return onLost();
    lost.addEventListener("abort", onLost, { once: true, signal: current.over.signal });
  }

  const isOver = ({ over }: Life) => over.signal.aborted || leaving.signal.aborted;

  /** What runs goes on: only claiming needs a lease. A coordinator that was wiped learns what has begun before it is asked. */
  async function reopen(current: Life) {
    const { sessionId, info, over } = current;
    log.warn({ session: sessionId }, "the coordinator's lease is lost: nothing is claimed until it is opened again");
    for (let tries = 0; !isOver(current); tries++) {
      try {
        await on.leaseLost();
        await deps.tellAll(over.signal);
        const session = await coordinator.openSession(sessionId, info);
        if (isOver(current)) return await session.close();
        current.session = session;
        on.attach(session);
        log.info({ session: sessionId }, "the coordinator's lease is open again");
        return watchLease(current);
      } catch (err) {
        if (isOver(current)) return;
        if (tries === 0) log.warn({ err }, "the lease can't be opened again yet; it is tried on and on");
        await pause(tries, over.signal);
      }
    }
  }

  /** Stops seeing to a session. Its work is not touched. */
  async function end(current: Life) {
    current.over.abort(new Error("the session is over"));
    await current.beats.stop();
    await takeOff(current);
  }

  async function takeOff(current: Life) {
    const closing = current.reopening.then(() => current.session.close());
    closing.catch((err) => log.warn({ err }, "the session could not be closed in the coordinator; its lease will end"));
    await notForLong(closing);
  }

  /** Resolves when it is settled, or takes too long. */
  async function notForLong(closing: Promise<unknown>) {
    const late = new AbortController();
    const tooLong = clock.sleep(closingMs, late.signal).catch(() => undefined);
    await Promise.race([closing.catch(() => undefined), tooLong]);
    late.abort();
  }

  /**
   * The session was ended (the process had been stopped for long, or the store's clock was set forward): go on under a new
   * one. What had begun is told first: registering frees whatever isn't recorded as started. Tries until it succeeds.
   */
  async function renew() {
    const former = life as Life;
    log.warn({ session: former.sessionId }, "this session was ended; joining under a new one");
    await end(former);
    for (let tries = 0; !leaving.signal.aborted; tries++) {
      try {
        await deps.tellAll(leaving.signal);
        const begun = await begin(leaving.signal);
        // Asked to stop meanwhile: nothing was begun under it, and nobody would ever end it.
        if (leaving.signal.aborted) return await forsake(begun);
        life = begun;
        on.attach(life.session);
        return keep(life);
      } catch (err) {
        if (leaving.signal.aborted) return;
        log.warn({ err }, "joining again failed; it will be tried again");
        await pause(tries, leaving.signal);
      }
    }
  }

  async function forsake({ sessionId, session }: Life) {
    await link.closeSession(sessionId).catch((err) => log.warn({ err }, "the session could not be closed"));
    await session.close();
  }

  return {
    async join(signal) {
      for (let tries = 0; ; tries++) {
        try {
          const begun = await begin(signal);
          if (!signal.aborted) {
            life = begun;
            return begun.session;
          }
          await forsake(begun);
          throw signal.reason;
        } catch (err) {
          if (signal.aborted || !passing.has(String((err as { code?: unknown })?.code))) throw err;
          log.warn({ why: (err as Error).message }, "the node can't join yet; it will be tried again");
          await clock.sleep(Math.min(slowestRetryMs, retryMs * 2 ** Math.min(tries, 10)), signal);
        }
      }
    },
    keep() {
      if (life && !leaving.signal.aborted) keep(life);
    },
    session: () => (life as Life).session,
    mayStart: () => life?.beats.mayStart() ?? false,
    leftMs: () => life?.beats.leftMs() ?? 0,
    graceMs: () => life?.graceMs ?? 0,
    mayClaim: () => life?.session.alive() ?? false,
    async retire() {
      leaving.abort(new Error("the node is stopping"));
      if (life) await takeOff(life);
    },
    leave() {
      left ??= (async () => {
        leaving.abort(new Error("the node is stopping"));
        await notForLong(renewing);
        if (!life) return;
        const { sessionId } = life;
        life.over.abort(new Error("the node is stopping"));
        await life.beats.stop();
        await link.closeSession(sessionId).catch((err) => log.warn({ err }, "the session could not be closed"));
        await end(life);
      })();
      return left;
    },
  };
}
