// What a node has to say of its own former life, before it registers again: of every run that had begun and has no
// verdict, that its copy is over. (Survivors have been ended by then.) What becomes of the runs is their onNodeLoss.
import type { Clock } from "../clock.ts";
import type { Spool } from "./spool.ts";

/** Resolves when it is written, with how many runs there were. Call it before any run is started. */
export async function settleFormerLife(spool: Pick<Spool, "open" | "append">, clock: Clock): Promise<number> {
  const open = spool.open();
  await Promise.all(
    open.map(({ runId, fence, sessionId, attempt, attemptOpen }) =>
      spool.append({
        type: "interrupted",
        runId,
        fence,
        sessionId,
        at: clock.now(),
        attempt,
        reason: attemptOpen
          ? "the node's process ended while it ran"
          : "the node's process ended before the next attempt",
      }),
    ),
  );
  return open.length;
}
