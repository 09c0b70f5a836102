// "No cluster" as an implementation of the port: everything a cluster agrees on, in one process's memory. A restart
// forgets it all, which the next leader is told (`fresh`). Several coordinators on one key space are several processes.
import type { Clock } from "../../clock.ts";
import { newId } from "../../lib/id.ts";
import type { Random } from "../../random.ts";
import type { Coordinator, Leadership, NodeSession, SchedulerInfo } from "../coordinator.ts";
import { CoordinatorUnavailableError, SessionRefusedError } from "../coordinator.ts";
import { createWire, type Faults } from "./faults.ts";
import { createKeySpace } from "./key-space.ts";
import { createLeadership } from "./leadership.ts";
import { createSession } from "./session.ts";
import { absent, historyKey, leaderKey, type Space, type Tables } from "./tables.ts";

export interface InProcessOptions {
  clock: Clock;
  random: Random;
  /** What the network does to messages; absent: nothing. */
  faults?: Faults;
  /** Takes what a watch's callback threw. Absent: a process warning with its stack. */
  onError?: (err: unknown) => void;
  /** Shared by the coordinators of one cluster. Absent: its own. */
  space?: Space;
}

/** A key space for several coordinators; emptying its tables is a wipe, deleting a key ends that lease. */
export const createCoordinatorSpace = (): Space => createKeySpace<Tables>();

/** A coordinator that is ready at once. Its leases end with close(), never by themselves. */
export function createInProcessCoordinator(options: InProcessOptions): Coordinator {
  const { clock, random, onError = warn } = options;
  const space = options.space ?? createCoordinatorSpace();
  const deps = { space, wire: createWire(clock, options.faults), onError };
  const closing = new AbortController();
  const leaderships = new Set<Leadership>();
  /** Lost ones too: their watches go on until they are closed. */
  const sessions = new Set<NodeSession>();
  const members = new Set<string>();

  const put = <T extends "candidates" | "schedulers">(table: T, key: string, value: SchedulerInfo | null) =>
    space.commit([], [{ table, key, value }]);
  function leave(me: SchedulerInfo) {
    members.delete(me.id);
    put("schedulers", me.id, null);
  }

  /** Takes the leader key if it is free and nobody came first. */
  function elect(me: SchedulerInfo, nonce: string): Leadership | null {
    // The first time, and after a wipe.
    if (!space.get("candidates", nonce)) {
      put("candidates", nonce, me);
      put("schedulers", me.id, me);
    }
    if (space.list("candidates")[0]?.key !== nonce) return null;
    const fresh = space.get("history", historyKey) === null;
    const won = space.commit(
      [absent("leader", leaderKey)],
      [
        { table: "candidates", key: nonce, value: null },
        { table: "leader", key: leaderKey, value: { nonce, schedulerId: me.id } },
      ],
    );
    if (!won) return null;
    const leadership = createLeadership(deps, me, nonce, fresh);
    leaderships.add(leadership);
    leadership.lost.addEventListener("abort", () => leaderships.delete(leadership), { once: true });
    return leadership;
  }

  return {
    async campaign(me, signal) {
      const stop = AbortSignal.any([signal, closing.signal]);
      stop.throwIfAborted();
      const nonce = newId(clock, random);
      members.add(me.id);
      return new Promise((resolve, reject) => {
        const watches: (() => void)[] = [];
        function finish() {
          for (const unwatch of watches) unwatch();
          stop.removeEventListener("abort", giveUp);
        }
        function giveUp() {
          finish();
          put("candidates", nonce, null);
          leave(me);
          reject(stop.reason);
        }
        function attempt() {
          const leadership = elect(me, nonce);
          if (!leadership) return;
          finish();
          resolve(leadership);
        }
        stop.addEventListener("abort", giveUp, { once: true });
        // The leader goes, or somebody in front does.
        watches.push(space.watch("leader", attempt, onError), space.watch("candidates", attempt, onError));
        attempt();
      });
    },

    async openSession(sessionId, info) {
      closing.signal.throwIfAborted();
      for (const { key, value } of space.list("sessions")) {
        if (key === sessionId) continue;
        const { nodeId, name, host } = value.info;
        if (nodeId !== info.nodeId && name !== info.name) continue;
        const same = nodeId === info.nodeId ? `id "${nodeId}"` : `name "${name}"`;
        throw new SessionRefusedError(
          `node ${same} is taken by session "${key}" of node "${name}" (${nodeId}) on ${host}; ` +
            "stop that one, or give this node another data directory and name",
        );
      }
      const lease = Symbol(sessionId);
      space.commit([], [{ table: "sessions", key: sessionId, value: { info, load: null, lease } }]);
      const session = createSession(deps, sessionId, lease);
      sessions.add(session);
      return session;
    },

    async schedulers() {
      const leader = space.get("leader", leaderKey)?.value.schedulerId;
      return space.list("schedulers").map(({ value }) => ({ ...value, leader: value.id === leader }));
    },

    async close() {
      closing.abort(new CoordinatorUnavailableError("this coordinator was closed; open another one"));
      await Promise.all([...leaderships].map((leadership) => leadership.resign()));
      await Promise.all([...sessions].map((session) => session.close()));
      for (const id of members) put("schedulers", id, null);
      members.clear();
    },
  };
}

function warn(err: unknown) {
  const detail = err instanceof Error ? err.stack : String(err);
  process.emitWarning("a reader of a coordinator watch threw", {
    code: "watch_reader_threw",
    ...(detail && { detail }),
  });
}
