// What each leader write compares and changes (the guard of leadership comes on top). A run's assignment stands under its
// session, so `runs/<run>` says where: the two are written and deleted together, and the second is what says that a run
// has none.
import type { Assignment } from "../../model/assignment.ts";
import type { AssignmentRef, ClaimView } from "../coordinator.ts";
import type { Keys } from "./keys.ts";
import type { Expect, Item, Write } from "./transactions.ts";

export function createLeaderItems(keys: Keys) {
  const unclaimed = (runId: string): Expect => ({ key: keys.claim(runId), revision: 0 });
  const unplaced = (runId: string): Expect => ({ key: keys.run(runId), revision: 0 });
  const at = (ref: AssignmentRef): Expect => ({ key: keys.assignment(ref), revision: ref.revision, large: true });

  const put = (assignment: Assignment): Write[] => [
    { put: keys.assignment(assignment), value: JSON.stringify(assignment) },
    { put: keys.run(assignment.runId), value: keys.assignment(assignment) },
  ];
  /** From one place to the next; etcd takes a key once in a transaction. */
  function replace(runId: string, from: string | null, to: Assignment | null): Write[] {
    const goes: Write[] = from && (!to || keys.assignment(to) !== from) ? [{ drop: from }] : [];
    return to ? [...goes, ...put(to)] : [...goes, { drop: keys.run(runId) }];
  }

  return {
    assign: (assignment: Assignment): Item => ({
      runIds: [assignment.runId],
      expects: [unplaced(assignment.runId), unclaimed(assignment.runId)],
      writes: put(assignment),
    }),
    move: (group: { from: AssignmentRef; to: Assignment | null }[]): Item => ({
      runIds: group.map(({ from }) => from.runId),
      expects: group.flatMap(({ from }) => [at(from), unclaimed(from.runId)]),
      writes: group.flatMap(({ from, to }) => replace(from.runId, keys.assignment(from), to)),
    }),
    replaceClaim({ claim, old, to }: { claim: ClaimView; old: AssignmentRef | null; to: Assignment | null }): Item {
      const { runId, revision } = claim;
      const from = old && keys.assignment(old);
      return {
        runIds: [runId],
        // The assignment may have got a stop since; it can't have gone elsewhere while the claim stood.
        expects: [{ key: keys.claim(runId), revision }, from ? { key: keys.run(runId), value: from } : unplaced(runId)],
        writes: [{ drop: keys.claim(runId) }, ...replace(runId, from, to)],
      };
    },
    stop: (ref: AssignmentRef, stopped: Assignment): Item => ({
      runIds: [ref.runId],
      expects: [at(ref)],
      writes: [{ put: keys.assignment(ref), value: JSON.stringify(stopped) }],
    }),
    clean: (runId: string, from: string | null): Item => ({
      runIds: [runId],
      expects: [from ? { key: keys.run(runId), value: from } : unplaced(runId)],
      writes: [{ drop: keys.claim(runId) }, ...replace(runId, from, null)],
    }),
    restoreClaim: (assignment: Assignment, claim: { sessionId: string; fence: number }): Item => ({
      runIds: [assignment.runId],
      expects: [unplaced(assignment.runId), unclaimed(assignment.runId)],
      writes: [...put(assignment), { put: keys.claim(assignment.runId), value: JSON.stringify(claim) }],
    }),
  };
}
