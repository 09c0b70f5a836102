// The audit's line about a job that is made or changed: written in the transaction that does so, so that neither is there
// without the other.
import { newId } from "../../lib/id.ts";
import type { JobDocument } from "../../model/job.ts";
import type { JobChange } from "../store.ts";
import type { Db, SqlContext } from "./context.ts";
import { toJson } from "./rows.ts";

/** What a job is at a moment, as far as people change it. */
export interface JobState {
  name: string;
  version: number;
  spec: JobDocument;
  enabled: boolean;
  enableAt: number | null;
  reason: string | null;
}

export function auditView({ version, spec, enabled, enableAt, reason }: JobState) {
  const document = { ...spec, enabled };
  return { version, document, ...(enableAt === null ? {} : { enableAt }), ...(reason === null ? {} : { reason }) };
}

/** What the change makes of it; null: it is deleted. */
export function stateAfter(before: JobState, { spec, enabled, deleted }: JobChange): JobState | null {
  if (deleted) return null;
  return {
    ...before,
    ...(spec ? { name: spec.effective.name, version: before.version + 1, spec: spec.spec } : {}),
    ...(enabled ? { enabled: enabled.enabled, enableAt: enabled.enableAt, reason: enabled.reason } : {}),
  };
}

/** The word for a change that names none. */
export function actionOf({ action, spec, enabled, deleted }: JobChange): string {
  if (action !== undefined) return action;
  if (deleted) return "job.delete";
  return spec || !enabled ? "job.update" : enabled.enabled ? "job.enable" : "job.disable";
}

export async function auditJob(
  ctx: Pick<SqlContext, "random">,
  trx: Db,
  entry: {
    jobId: string;
    at: number;
    actor: string;
    action: string;
    via: string | null;
    before: JobState | null;
    after: JobState | null;
  },
) {
  const { jobId, at, actor, action, via, before, after } = entry;
  const row = {
    id: newId({ now: () => at }, ctx.random),
    at,
    actor,
    action,
    target_type: "job",
    target_id: jobId,
    target_name: (after ?? before)?.name ?? null,
    via,
    before_json: toJson(before && auditView(before)),
    after_json: toJson(after && auditView(after)),
  };
  await trx.insertInto("audit").values(row).execute();
}
