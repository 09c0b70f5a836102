// A node's link to its schedulers over HTTP (internal-contract.ts): joining, beats, reports, leaving.
import type { z } from "zod";
import type { Clock } from "../../clock.ts";
import type { Log } from "../../lib/log.ts";
import type { NodeEvent } from "../../model/assignment.ts";
import type { LastWill, SchedulerLink } from "../../model/scheduler-link.ts";
import type { Random } from "../../random.ts";
import {
  BeatAnswer,
  EventsAnswer,
  eventsBody,
  FormerSessionAnswer,
  internalPaths,
  JoinAnswer,
  MetricsReaderAnswer,
} from "../internal-contract.ts";
import { createClockOffset } from "./clock-offset.ts";
import { createSchedulerPool, type PoolRequest, RefusedError } from "./scheduler-pool.ts";

export interface HttpLinkOptions {
  /** Base URLs of the schedulers that are up. */
  schedulers(): Promise<string[]>;
  clusterToken: string;
  clock: Clock;
  random: Pick<Random, "next">;
  log: Log;
  tls?: { ca?: string | undefined } | undefined;
  /** What the session's last will is now; null: there is no session to speak for. */
  onLastWill?(will: LastWill | null): void;
}

export interface HttpLink extends SchedulerLink {
  /** Whether the schedulers know the token as one that may read metrics. Throws NoSchedulerError. */
  mayReadMetrics(token: string): Promise<MetricsReaderAnswer>;
  /** Lets connections go. Safe to repeat. */
  close(): void;
}

const joinMs = 10_000;
const closeMs = 2000;
/** Prometheus waits for ten seconds at most, by default. */
const readerMs = 2000;
/** Longer than a report is committed in; one that hangs at a stopped scheduler goes to another. */
const reportMs = 10_000;
const longestBeatMs = 5000;
/** Refused for what they say, not for who says it. */
const unacceptable = new Set([413, 422]);

export function createHttpLink(options: HttpLinkOptions): HttpLink {
  const { clock, clusterToken } = options;
  const offset = createClockOffset(clock);
  const ca = options.tls?.ca;
  let session: { sessionId: string; credential: string; graceMs: number } | null = null;
  const pool = createSchedulerPool({ ...options, ca, onUrls: bequeath });

  function bequeath() {
    const urls = pool.urls();
    options.onLastWill?.(
      session && urls.length
        ? { urls, path: internalPaths.abandoned(session.sessionId), credential: session.credential, ca: ca ?? null }
        : null,
    );
  }

  async function ask<T>(answer: z.ZodType<T>, request: PoolRequest): Promise<T> {
    return answer.parse(await pool.ask(request));
  }
  const control = { token: clusterToken, timeoutMs: joinMs, lane: "control" };
  const credentialFor = (sessionId: string) =>
    session?.sessionId === sessionId ? session.credential : unknownSession(sessionId);

  async function send(events: NodeEvent[]) {
    const report = { method: "POST", body: eventsBody(events), timeoutMs: reportMs, lane: "events" } as const;
    try {
      if (session) {
        const { sessionId, credential } = session;
        try {
          await ask(EventsAnswer, { ...report, path: internalPaths.events(sessionId), token: credential });
          return;
        } catch (err) {
          // It has ended: what it left to say is said outside of it.
          if (!isEnded(err)) throw err;
        }
      }
      await ask(EventsAnswer, { ...report, path: internalPaths.formerEvents, token: clusterToken });
    } catch (err) {
      // Whoever sends finds the one that can't be taken.
      if (err instanceof RefusedError && unacceptable.has(err.status))
        throw Object.assign(new Error(`a report was refused: ${err.message}`, { cause: err }), {
          code: "invalid_event",
        });
      throw err;
    }
  }

  return {
    reports: { send },
    async formerSession(nodeId) {
      const path = internalPaths.formerSession(nodeId);
      return (await ask(FormerSessionAnswer, { ...control, method: "GET", path })).sessionId;
    },
    async register(request) {
      const answered = offset.asking();
      const path = internalPaths.sessions;
      const { credential, graceMs, now } = await ask(JoinAnswer, { ...control, method: "POST", path, body: request });
      answered(now);
      session = { sessionId: request.sessionId, credential, graceMs };
      bequeath();
      return { graceMs };
    },
    async beat(sessionId, load, onlyAsks) {
      const token = credentialFor(sessionId);
      const timeoutMs = Math.min(longestBeatMs, Math.max(500, (session?.graceMs ?? 0) / 6));
      const answered = offset.asking();
      try {
        const path = internalPaths.beat(sessionId);
        const body = onlyAsks ? { load, onlyAsks } : { load };
        const answer = await ask(BeatAnswer, { method: "POST", path, body, token, timeoutMs, lane: "beats" });
        answered(answer.now);
        return { live: answer.live, drain: answer.drain ?? null };
      } catch (err) {
        if (isEnded(err)) return { live: false, drain: null };
        throw err;
      }
    },
    async closeSession(sessionId) {
      const token = credentialFor(sessionId);
      // Said goodbye: from here on nobody is to say that it was abandoned.
      session = null;
      bequeath();
      const path = internalPaths.close(sessionId);
      await pool.ask({ method: "POST", path, token, timeoutMs: closeMs, lane: "control" }).catch((err) => {
        if (!isEnded(err)) throw err;
      });
    },
    mayReadMetrics: (token) =>
      ask(MetricsReaderAnswer, {
        method: "POST",
        path: internalPaths.metricsReader,
        body: { token },
        token: clusterToken,
        timeoutMs: readerMs,
        lane: "metrics",
      }),
    clockOffsetMs: offset.offsetMs,
    close: pool.close,
  };
}

const isEnded = (err: unknown) => err instanceof RefusedError && (err.status === 410 || err.code === "session_ended");

function unknownSession(sessionId: string): never {
  throw new Error(`session ${sessionId} was not registered over this link; register it first`);
}
