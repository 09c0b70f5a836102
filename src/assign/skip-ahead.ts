// Pausing reaches what is already planned: scheduled runs that aren't due yet are taken back and recorded as skipped, so
// that nothing starts after the operator's word. What is due already goes its way, and so does what is due after its end.
import type { OpenRun, PauseState } from "../store/store.ts";
import { type Leader, readKeys, refOf, settleUnknown } from "./leader.ts";

const page = 500;

/**
 * Runs inside the leader's queue, once it is certain what the keys say: after a wipe a run without keys may be with a node.
 */
export async function skipAhead(leader: Leader, pause: PauseState): Promise<void> {
  const { store, clock } = leader;
  for (let after: string | null = null; ; ) {
    const rows: OpenRun[] = await store.openRuns(after, page);
    await skip(rows.filter(isPaused));
    if (rows.length < page) return;
    after = (rows.at(-1) as OpenRun).id;
  }

  function isPaused(row: OpenRun) {
    const reached = row.dueAt > pause.since && (pause.until === null || row.dueAt < pause.until);
    return row.trigger === "schedule" && row.state !== "running" && reached && !row.revoking;
  }

  async function skip(rows: OpenRun[]) {
    if (rows.length === 0) return;
    const { assignments, claims } = await readKeys(leader, rows);
    const held = rows.filter((row) => assignments.has(row.id) && !claims.has(row.id));
    const outcomes = await leader.leadership.move(
      held.map((row) => [{ from: refOf(assignments.get(row.id)!), to: null }]),
    );
    await settleUnknown(leader, outcomes);
    const back = new Set(held.filter((_, i) => outcomes[i] === "done").map((row) => row.id));
    // Without any key nobody has it: it waits, or its assignment never took effect. Only the leader deletes keys, here.
    const isFree = (row: OpenRun) => !claims.has(row.id) && !assignments.has(row.id);
    const message = `scheduling was paused by ${pause.by}: ${pause.reason}`;
    const changes = await store.transition(
      leader.term,
      rows
        .filter((row) => back.has(row.id) || isFree(row))
        .map((row) => ({
          runId: row.id,
          ifState: [row.state],
          ifFence: row.fence,
          to: { state: "skipped", reason: { code: "paused", message }, raiseFloor: false },
          at: clock.now(),
        })),
    );
    leader.publish(changes);
  }
}
