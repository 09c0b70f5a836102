// One leadership: every write is a transaction guarded by the revision of the leader key, as it was when the write was
// sent. Losing the key or putting it again (refuseInFlight) therefore refuses whatever is still under way.
import type { Assignment } from "../../model/assignment.ts";
import type { Leadership, SchedulerInfo, WriteOutcome } from "../coordinator.ts";
import { LeadershipLostError } from "../coordinator.ts";
import type { Operation, Wire } from "./faults.ts";
import type { Compare, Write } from "./key-space.ts";
import {
  absent,
  assignmentView,
  at,
  claimView,
  dropAssignment,
  dropClaim,
  historyKey,
  leaderKey,
  putAssignment,
  putClaim,
  type Space,
  sessionView,
  type Tables,
} from "./tables.ts";

export interface LeadershipDeps {
  space: Space;
  wire: Wire;
  onError: (err: unknown) => void;
}

/** For a scheduler whose nonce stands in the leader key. */
export function createLeadership(
  { space, wire, onError }: LeadershipDeps,
  me: SchedulerInfo,
  nonce: string,
  fresh: boolean,
): Leadership {
  const lost = new AbortController();
  const watches = new Set<() => void>();
  // Writes carry the epoch they were sent under; it is the leader key's revision.
  let epoch = space.get("leader", leaderKey)?.revision ?? 0;

  // A late answer of refuseInFlight() changes the epoch without telling us; the key itself does.
  const stopWatchingKey = space.watch(
    "leader",
    ({ value, revision }) => {
      if (value?.nonce === nonce) epoch = Math.max(epoch, revision);
      else end("another scheduler leads, or the leader key is gone");
    },
    onError,
  );

  function end(why: string) {
    if (lost.signal.aborted) return;
    stopWatchingKey();
    for (const stop of watches) stop();
    lost.abort(new LeadershipLostError(`scheduler "${me.id}" no longer leads: ${why}; stand for election again`));
  }
  const alive = () => !lost.signal.aborted && space.get("leader", leaderKey)?.value.nonce === nonce;
  const mustLead = () => {
    if (!alive()) end("another scheduler leads, or the leader key is gone");
    lost.signal.throwIfAborted();
  };

  function write(
    name: Operation["name"],
    runIds: string[],
    compares: Compare<Tables>[],
    writes: Write<Tables>[],
  ): WriteOutcome {
    if (!alive()) return "refused";
    const guarded = [at("leader", leaderKey, epoch), ...compares];
    return wire.write({ name, by: me.id, runIds }, () => (space.commit(guarded, writes) ? "done" : "refused"));
  }
  function ask<T>(name: Operation["name"], runIds: string[], answer: () => T): T {
    mustLead();
    return wire.ask({ name, by: me.id, runIds }, answer);
  }

  return {
    nonce,
    fresh,
    alive,
    lost: lost.signal,

    async assign(items) {
      return items.map((assignment) => {
        const { runId } = assignment;
        const unknownRun = [absent("assignments", runId), absent("claims", runId)];
        return write("assign", [runId], unknownRun, [putAssignment(assignment)]);
      });
    },
    async move(groups) {
      return groups.map((group) =>
        write(
          "move",
          group.map(({ from }) => from.runId),
          group.flatMap(({ from }) => [at("assignments", from.runId, from.revision), absent("claims", from.runId)]),
          group.map(({ from, to }) => (to ? putAssignment(to) : dropAssignment(from.runId))),
        ),
      );
    },
    async replaceClaim(items) {
      return items.map(({ claim: { runId, revision }, to }) =>
        write(
          "replaceClaim",
          [runId],
          [at("claims", runId, revision)],
          [dropClaim(runId), to ? putAssignment(to) : dropAssignment(runId)],
        ),
      );
    },
    async stop(items) {
      return items.map(({ at: { runId, revision }, stop }) => {
        const old = space.get("assignments", runId);
        if (!old) return "refused";
        const stopped: Assignment = { ...old.value, stop };
        return write("stop", [runId], [at("assignments", runId, revision)], [putAssignment(stopped)]);
      });
    },
    async clean(runIds) {
      return runIds.map((runId) => write("clean", [runId], [], [dropClaim(runId), dropAssignment(runId)]));
    },
    async restoreClaim(items) {
      return items.map(({ assignment, sessionId, fence }) => {
        const { runId } = assignment;
        return write(
          "restoreClaim",
          [runId],
          [absent("assignments", runId), absent("claims", runId)],
          [putAssignment(assignment), putClaim(runId, { sessionId, fence })],
        );
      });
    },
    async refuseInFlight() {
      epoch = ask("refuseInFlight", [], () => {
        if (alive()) space.commit([], [{ table: "leader", key: leaderKey, value: { nonce, schedulerId: me.id } }]);
        return space.revision;
      });
    },

    async settled() {
      ask("settled", [], () => {
        if (alive()) space.commit([], [{ table: "history", key: historyKey, value: { settled: true } }]);
      });
    },

    async snapshot() {
      return ask("snapshot", [], () => ({
        revision: space.revision,
        assignments: space.list("assignments").map(assignmentView),
        claims: space.list("claims").map(claimView),
        sessions: space.list("sessions").map(({ key, value }) => sessionView(key, value)),
      }));
    },
    async lookup(runIds) {
      return ask("lookup", runIds, () => ({
        assignments: runIds.flatMap((id) => space.get("assignments", id) ?? []).map(assignmentView),
        claims: runIds.flatMap((id) => space.get("claims", id) ?? []).map(claimView),
      }));
    },
    watchSessions(on) {
      mustLead();
      const stop = space.watch(
        "sessions",
        ({ key, value, previous }) => {
          if (!value) return on({ type: "down", sessionId: key });
          const opened = previous?.lease !== value.lease;
          on({ type: opened ? "up" : "load", session: sessionView(key, value) });
        },
        onError,
      );
      watches.add(stop);
      return () => {
        watches.delete(stop);
        stop();
      };
    },
    async resign() {
      const key = space.get("leader", leaderKey);
      if (key?.value.nonce === nonce) {
        const mine = at("leader", leaderKey, key.revision);
        space.commit([mine], [{ table: "leader", key: leaderKey, value: null }]);
      }
      end("it resigned");
    },
  };
}
