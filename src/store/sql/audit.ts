// The audit: appended to, never changed.
import { newId } from "../../lib/id.ts";
import type { Store } from "../store.ts";
import type { SqlContext } from "./context.ts";
import { insertRows } from "./insert.ts";
import { decodeCursor, pageSize, toPage } from "./paging.ts";
import { fromJson, toJson } from "./rows.ts";

export function auditMethods(ctx: SqlContext): Pick<Store, "appendAudit" | "listAudit"> {
  return {
    appendAudit: (entries) =>
      ctx.write(async (trx) => {
        const rows = entries.map((entry) => ({
          id: newId({ now: () => entry.at }, ctx.random),
          at: entry.at,
          actor: entry.actor,
          action: entry.action,
          target_type: entry.targetType,
          target_id: entry.targetId,
          target_name: entry.targetName,
          via: entry.via,
          before_json: toJson(entry.before),
          after_json: toJson(entry.after),
        }));
        await insertRows(ctx, trx, { into: "audit", rows });
      }),

    /** Newest first. */
    listAudit: (query) =>
      ctx.read(async (db) => {
        const after = decodeCursor<[number, string]>(query.cursor, ["number", "string"]);
        let select = db
          .selectFrom("audit")
          .selectAll()
          .orderBy("at", "desc")
          .orderBy("id", "desc")
          .limit(pageSize(query.limit) + 1);
        if (query.targetId !== undefined) select = select.where("target_id", "=", query.targetId);
        const { target } = query;
        if (target !== undefined)
          select = select.where((eb) => eb.or([eb("target_id", "=", target), eb("target_name", "=", target)]));
        if (query.actor !== undefined) select = select.where("actor", "in", namesOf(query.actor));
        if (query.action !== undefined) select = select.where("action", "=", query.action);
        if (query.from !== undefined) select = select.where("at", ">=", query.from);
        if (query.to !== undefined) select = select.where("at", "<", query.to);
        if (after) {
          const [at, id] = after;
          select = select.where("at", "<=", at).where((eb) => eb.or([eb("at", "<", at), eb("id", "<", id)]));
        }
        return toPage(
          await select.execute(),
          query.limit,
          (row) => ({
            id: row.id,
            at: row.at,
            actor: row.actor,
            action: row.action,
            targetType: row.target_type,
            targetId: row.target_id,
            targetName: row.target_name,
            via: row.via,
            before: fromJson(row.before_json),
            after: fromJson(row.after_json),
          }),
          (row) => [row.at, row.id],
        );
      }),
  };
}

const namesOf = (actor: string) => (actor.includes(":") ? [actor] : [actor, `user:${actor}`, `token:${actor}`]);
