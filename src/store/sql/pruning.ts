// What piles up beside the runs and is of no use after a while: lines of the audit, and sessions that have ended.
import type { Store } from "../store.ts";
import { chunks, type Db, padded, type SqlContext } from "./context.ts";

export function pruningMethods(ctx: SqlContext): Pick<Store, "prune"> {
  return {
    async prune(rule) {
      const found = await ctx.read(async (db) => ({
        audit: await oldLines(db, rule.auditBefore, rule.batch),
        sessions: await oldSessions(db, rule.sessionsBefore, rule.batch),
      }));
      if (found.audit.length + found.sessions.length === 0) return 0;
      return ctx.write(async (trx) => {
        let deleted = 0;
        for (const ids of chunks(found.audit)) {
          const result = await trx.deleteFrom("audit").where("id", "in", padded(ids)).executeTakeFirst();
          deleted += Number(result.numDeletedRows);
        }
        // A session that has ended has ended for ever, and nothing that is open comes to refer to it any more.
        for (const ids of chunks(found.sessions)) {
          const result = await trx.deleteFrom("sessions").where("id", "in", padded(ids)).executeTakeFirst();
          deleted += Number(result.numDeletedRows);
        }
        return deleted;
      });
    },
  };
}

async function oldLines(db: Db, before: number, limit: number): Promise<string[]> {
  const rows = await db.selectFrom("audit").select("id").where("at", "<", before).orderBy("at").limit(limit).execute();
  return rows.map(({ id }) => id);
}

async function oldSessions(db: Db, before: number, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom("sessions")
    .select("id")
    .where("state", "=", "ended")
    .where("trusted_until", "<", before)
    .where("ended_at", "<", before)
    .where((eb) =>
      eb.not(
        eb.exists(eb.selectFrom("nodes").select("nodes.id").whereRef("nodes.last_session_id", "=", "sessions.id")),
      ),
    )
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom("runs")
            .select("runs.id")
            .whereRef("runs.session_id", "=", "sessions.id")
            .where("runs.finished_at", "is", null),
        ),
      ),
    )
    .orderBy("trusted_until")
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}
