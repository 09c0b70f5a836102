// Sessions and nodes as the port gives them.
import { type Selectable, sql } from "kysely";
import type { NodeInfo, NodeLoad, NodeRecord, Session } from "../../model/node.ts";
import { chunks, type Db, padded, type SqlContext } from "./context.ts";
import { fromJson } from "./rows.ts";
import type { NodesTable, SessionsTable } from "./schema.ts";
import { statement } from "./statement.ts";

export const toSession = (row: Selectable<SessionsTable>): Session => ({
  sessionId: row.id,
  info: JSON.parse(row.info) as NodeInfo,
  state: row.state,
  trustedUntil: row.trusted_until,
  lastBeatAt: row.last_beat_at,
  load: fromJson<NodeLoad>(row.load_json),
});

export async function toNodeRecords(
  ctx: Pick<SqlContext, "dialect">,
  db: Db,
  nodes: Selectable<NodesTable>[],
): Promise<NodeRecord[]> {
  const sessions = new Map<string, Session>();
  const counts = new Map<string, number>();
  for (const part of chunks(nodes)) {
    const sessionIds = part.map((node) => node.last_session_id).filter((id) => id !== null);
    if (sessionIds.length)
      for (const row of (await sessionsOf(ctx, db, { ids: padded(sessionIds) })).rows)
        sessions.set(row.id, toSession(row));
    const { rows } = await openCounts(ctx, db, { nodeIds: padded(part.map((node) => node.id)) });
    for (const { node_id, state, count } of rows) counts.set(`${state} ${node_id}`, Number(count));
  }
  return nodes.map((node) => ({
    id: node.id,
    name: node.name,
    draining: node.draining === 1,
    createdAt: node.created_at,
    session: sessions.get(node.last_session_id ?? "") ?? null,
    running: counts.get(`running ${node.id}`) ?? 0,
    assigned: counts.get(`assigned ${node.id}`) ?? 0,
  }));
}

const sessionsOf = statement((db, { ids }: { ids: string[] }) =>
  db.selectFrom("sessions").selectAll().where("id", "in", ids),
);
const openCounts = statement((db, { nodeIds }: { nodeIds: string[] }) =>
  db
    .selectFrom("runs")
    .select(["node_id", "state", (eb) => eb.fn.countAll<number>().as("count")])
    .where("finished_at", "is", null)
    .where("state", "in", ["assigned", "running"])
    // Not as an index knows it: a node's own index holds all that it ever ran, and the open runs are few.
    .where(sql<string>`coalesce(node_id, '')`, "in", nodeIds)
    .groupBy(["node_id", "state"]),
);
