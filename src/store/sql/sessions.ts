// Sessions, by compare-and-set on the store's clock, and the records of nodes.
import { ConflictError, type Store } from "../store.ts";
import { chunks, leaderWrite, locked, padded, type SqlContext } from "./context.ts";
import { contains } from "./like.ts";
import { decodeCursor, pageSize, toPage } from "./paging.ts";
import { oneRegistrationAtATime, register } from "./registration.ts";
import { flag } from "./rows.ts";
import { toNodeRecords, toSession } from "./session-rows.ts";
import { statement } from "./statement.ts";

export function sessionsMethods(
  ctx: SqlContext,
): Pick<
  Store,
  | "registerSession"
  | "beat"
  | "endSessions"
  | "closeSession"
  | "lastSession"
  | "liveSessions"
  | "endedAmong"
  | "listNodes"
  | "getNode"
  | "setDraining"
  | "drainingNodes"
  | "deleteNode"
> {
  return {
    registerSession: (request) => ctx.write(async (trx) => ({ changes: await register(ctx, trx, request) })),

    beat: (sessionId, load, graceMs) =>
      ctx.write(async (trx) => {
        const now = await ctx.storeNow(trx);
        const trust = { trustedUntil: now + graceMs, now, load: JSON.stringify(load) };
        const { numAffectedRows = 0n } = await trustOn(ctx, trx, { sessionId, ...trust });
        if (numAffectedRows > 0n) return true;
        // Two beats in one millisecond change nothing, and MySQL may count nothing then.
        const row = await trx.selectFrom("sessions").select("state").where("id", "=", sessionId).executeTakeFirst();
        return row?.state === "live";
      }),

    endSessions: (term, marginMs, among) =>
      leaderWrite(ctx, term, async (trx) => {
        const now = await ctx.storeNow(trx);
        const query = trx
          .selectFrom("sessions")
          .selectAll()
          .where("state", "=", "live")
          .where("trusted_until", "<", now - marginMs)
          .orderBy("id");
        const wanted = among && new Set(among);
        const rows = (await locked(ctx, query).execute()).filter((row) => wanted?.has(row.id) ?? true);
        for (const part of chunks(rows.map((row) => row.id)))
          await trx
            .updateTable("sessions")
            .set({ state: "ended", ended_at: now })
            .where("id", "in", padded(part))
            .where("state", "=", "live")
            .execute();
        return rows.map((row) => toSession({ ...row, state: "ended" }));
      }),

    closeSession: (sessionId) =>
      ctx.write(async (trx) => {
        const now = await ctx.storeNow(trx);
        await trx
          .updateTable("sessions")
          .set({ state: "ended", ended_at: now })
          .where("id", "=", sessionId)
          .where("state", "=", "live")
          .execute();
      }),

    lastSession: (nodeId) =>
      ctx.read(async (db) => {
        const row = await db
          .selectFrom("sessions")
          // The node's record says which was last; times can't, when a clock was set back.
          .innerJoin("nodes", "nodes.last_session_id", "sessions.id")
          .selectAll("sessions")
          .where("nodes.id", "=", nodeId)
          .executeTakeFirst();
        return row ? toSession(row) : null;
      }),

    liveSessions: () =>
      ctx.read(async (db) => {
        const { rows } = await allLive(ctx, db, {});
        return rows.map(toSession);
      }),

    endedAmong: (sessionIds) =>
      ctx.read(async (db) => {
        const live = new Set<string>();
        for (const ids of chunks(sessionIds)) {
          const query = db.selectFrom("sessions").select("id").where("id", "in", padded(ids));
          for (const { id } of await query.where("state", "=", "live").execute()) live.add(id);
        }
        return [...new Set(sessionIds)].filter((id) => !live.has(id));
      }),

    listNodes: (query) =>
      ctx.read(async (db) => {
        const after = decodeCursor<[string, string]>(query.cursor, ["string", "string"]);
        let select = db
          .selectFrom("nodes")
          .selectAll()
          .orderBy("name")
          .orderBy("id")
          .limit(pageSize(query.limit) + 1);
        const { q } = query;
        if (q)
          select = select.where((eb) =>
            eb.or([contains(eb.fn<string>("lower", ["name"]), q.toLowerCase()), eb("id", "=", q)]),
          );
        if (after) {
          const [name, id] = after;
          select = select.where("name", ">=", name);
          select = select.where((eb) => eb.or([eb("name", ">", name), eb("id", ">", id)]));
        }
        const rows = await select.execute();
        const page = toPage(
          rows,
          query.limit,
          (row) => row,
          (row) => [row.name, row.id],
        );
        return { items: await toNodeRecords(ctx, db, page.items), nextCursor: page.nextCursor };
      }),

    getNode: (idOrName) =>
      ctx.read(async (db) => {
        const { rows } = await nodesCalled(ctx, db, { idOrName });
        const byId = rows.find((row) => row.id === idOrName);
        const records = await toNodeRecords(ctx, db, byId ? [byId] : rows);
        // Names are unique among live sessions only: a node that is gone may have had the name before.
        const newest = (a: (typeof records)[number], b: (typeof records)[number]) =>
          Number(b.session?.state === "live") - Number(a.session?.state === "live") || b.createdAt - a.createdAt;
        return records.sort(newest)[0] ?? null;
      }),

    setDraining: (nodeId, draining) =>
      ctx.write(async (trx) => {
        await trx
          .updateTable("nodes")
          .set({ draining: flag(draining) })
          .where("id", "=", nodeId)
          .execute();
      }),

    drainingNodes: () => ctx.read(async (db) => (await allDraining(ctx, db, {})).rows.map(({ id }) => id)),

    deleteNode: (nodeId) =>
      ctx.write(async (trx) => {
        await oneRegistrationAtATime(ctx, trx);
        const live = await trx
          .selectFrom("sessions")
          .select("id")
          .where("node_id", "=", nodeId)
          .where("state", "=", "live")
          .executeTakeFirst();
        if (live)
          throw new ConflictError(
            "node_is_live",
            `node ${nodeId} is live (session ${live.id}); stop it before deleting it`,
          );
        await trx.deleteFrom("sessions").where("node_id", "=", nodeId).execute();
        await trx.deleteFrom("nodes").where("id", "=", nodeId).execute();
      }),
  };
}

const trustOn = statement((trx, given: { sessionId: string; trustedUntil: number; now: number; load: string }) =>
  trx
    .updateTable("sessions")
    .set({ trusted_until: given.trustedUntil, last_beat_at: given.now, load_json: given.load })
    .where("id", "=", given.sessionId)
    .where("state", "=", "live"),
);
const allLive = statement((db) => db.selectFrom("sessions").selectAll().where("state", "=", "live").orderBy("id"));
const allDraining = statement((db) => db.selectFrom("nodes").select("id").where("draining", "=", flag(true)));
const nodesCalled = statement((db, { idOrName }: { idOrName: string }) =>
  db
    .selectFrom("nodes")
    .selectAll()
    .where((eb) => eb.or([eb("id", "=", idOrName), eb("name", "=", idOrName)])),
);
