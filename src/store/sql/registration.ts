// A node's registration: one transaction in which its former session ends, what that one never started becomes free, and
// the new one begins.
import type { NodeInfo } from "../../model/node.ts";
import type { Reason } from "../../model/run.ts";
import { ConflictError, type RunChange } from "../store.ts";
import { type Db, locked, type SqlContext } from "./context.ts";
import { insertRows } from "./insert.ts";
import { noteFinished } from "./job-history.ts";
import { type RunRow, reasonColumns, toRunChange } from "./rows.ts";

export interface Registration {
  sessionId: string;
  info: NodeInfo;
  former: string | null;
  graceMs: number;
}

export async function register(ctx: SqlContext, trx: Db, request: Registration): Promise<RunChange[]> {
  const { sessionId, info, former, graceMs } = request;
  await oneRegistrationAtATime(ctx, trx);
  const now = await ctx.storeNow(trx);
  const trust = { trusted_until: now + graceMs, last_beat_at: now };

  const same = await trx.selectFrom("sessions").select("state").where("id", "=", sessionId).executeTakeFirst();
  if (same?.state === "ended")
    throw new ConflictError("session_ended", `session ${sessionId} has ended; register under a new session id`);
  if (same) {
    // A registration whose answer got lost.
    await trx.updateTable("sessions").set(trust).where("id", "=", sessionId).execute();
    return [];
  }
  await refuseRivals(trx, info, former);
  const changes = former === null ? [] : await endFormer(ctx, trx, { former, nodeId: info.nodeId, now });
  await trx
    .insertInto("sessions")
    .values({
      id: sessionId,
      node_id: info.nodeId,
      node_name: info.name,
      info: JSON.stringify(info),
      state: "live",
      ...trust,
      load_json: null,
      created_at: now,
      ended_at: null,
    })
    .execute();
  const known = await trx
    .updateTable("nodes")
    .set({ name: info.name, last_session_id: sessionId })
    .where("id", "=", info.nodeId)
    .executeTakeFirst();
  if (known.numUpdatedRows === 0n) {
    const node = { id: info.nodeId, name: info.name, draining: 0 as const, created_at: now };
    await insertRows(ctx, trx, { into: "nodes", rows: [{ ...node, last_session_id: sessionId }], skipExisting: true });
  }
  return changes;
}

/** Two nodes that want one name at the same moment: no unique key can tell live sessions from ended ones everywhere. */
export async function oneRegistrationAtATime(ctx: SqlContext, trx: Db) {
  if (ctx.dialect === "sqlite") return; // It has one writer at a time anyway.
  const lock = { name: "sessions.registering", value: "" };
  await insertRows(ctx, trx, { into: "settings", rows: [lock], skipExisting: true });
  await trx.selectFrom("settings").select("name").where("name", "=", lock.name).forUpdate().execute();
}

async function refuseRivals(trx: Db, info: NodeInfo, former: string | null) {
  const rivals = await trx
    .selectFrom("sessions")
    .select(["id", "node_id", "info"])
    .where("state", "=", "live")
    .where((eb) => eb.or([eb("node_id", "=", info.nodeId), eb("node_name", "=", info.name)]))
    .execute();
  for (const rival of rivals) {
    if (rival.id === former && rival.node_id === info.nodeId) continue;
    const { host, pid, nodeId } = JSON.parse(rival.info) as NodeInfo;
    const holder = `node ${nodeId} on ${host} (process ${pid}, session ${rival.id})`;
    if (rival.node_id === info.nodeId)
      throw new ConflictError(
        "node_id_live",
        `node id ${info.nodeId} is in use by ${holder}: two processes can't share a data directory, nor a copy of it`,
      );
    throw new ConflictError(
      "node_name_taken",
      `the node name "${info.name}" is in use by ${holder}; choose another with --node-name`,
    );
  }
}

async function endFormer(
  ctx: SqlContext,
  trx: Db,
  { former, nodeId, now }: { former: string; nodeId: string; now: number },
): Promise<RunChange[]> {
  const session = await trx.selectFrom("sessions").select("node_id").where("id", "=", former).executeTakeFirst();
  // Never another node's session, whatever the request says.
  if (session && session.node_id !== nodeId) return [];
  await trx
    .updateTable("sessions")
    .set({ state: "ended", ended_at: now })
    .where("id", "=", former)
    .where("state", "=", "live")
    .execute();
  const query = trx
    .selectFrom("runs")
    .selectAll()
    .where("finished_at", "is", null)
    .where("session_id", "=", former)
    .where("state", "=", "assigned")
    .orderBy("id");
  const changes: RunChange[] = [];
  for (const row of await locked(ctx, query).execute()) changes.push(await release(ctx, trx, row, now));
  return changes;
}

/** What was assigned and never started. The floor goes up: nothing that was claimed under this fence is heard again. */
async function release(ctx: SqlContext, trx: Db, row: RunRow, now: number): Promise<RunChange> {
  const reason: Reason = { code: "cancelled_by_user", message: row.reason_message ?? "cancelled before it started" };
  const set: Partial<RunRow> =
    row.cancel_requested === 1
      ? { state: "cancelled", finished_at: now, floor: row.fence + 1, revoking: 0, ...reasonColumns(reason) }
      : {
          state: "planned",
          floor: row.fence + 1,
          session_id: null,
          node_id: null,
          node_name: null,
          assigned_at: null,
          parked: "",
          ...reasonColumns(null),
        };
  await trx.updateTable("runs").set(set).where("id", "=", row.id).execute();
  const after = { ...row, ...set };
  if (after.state === "cancelled") await noteFinished(ctx, trx, [after]);
  return toRunChange(after, row.state);
}
