// Keeping jobs in step with the cluster's defaults: a job is stored with everything filled in, so that planning reads it
// and reckons nothing. When the defaults (or what the program makes of a document) are others than those that were filled
// in last, each job that comes out differently is changed like any other change: a new version, its later rows planned again.
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Log } from "../lib/log.ts";
import { effectiveOf, effectiveShape } from "../model/effective-job.ts";
import type { EffectiveJob } from "../model/job.ts";
import type { JobDefaults } from "../model/job-schema.ts";
import { ConflictError, type JobRow, type Store } from "../store/store.ts";
import type { Revisions } from "./job-service.ts";

export interface FollowDefaultsDeps {
  store: Pick<Store, "listJobs" | "getSetting" | "setSetting">;
  /** As the job service has them, with the server's time zone. */
  defaults: JobDefaults;
  log: Pick<Log, "info" | "error">;
}

const setting = "defaults";
/** Jobs changed side by side: the store commits such neighbours together, and others have their turn in between. */
const atOnce = 16;

/** Costs one read when nothing is different. Safe to repeat and to break off: it goes by what each job says. */
export function createFollowDefaults({ store, defaults, log }: FollowDefaultsDeps) {
  const key = createHash("sha256").update(canonical({ effectiveShape, defaults })).digest("hex");

  return async function followDefaults(revisions: Pick<Revisions, "change">, signal: AbortSignal): Promise<void> {
    if ((await store.getSetting(setting)) === key) return;
    const count = { same: 0, changed: 0, failed: 0 };
    let cursor: string | undefined;
    do {
      const page = await store.listJobs({ limit: 100, ...(cursor === undefined ? {} : { cursor }) });
      for (let i = 0; i < page.items.length && !signal.aborted; i += atOnce)
        for (const outcome of await Promise.all(page.items.slice(i, i + atOnce).map((row) => adopt(row, revisions))))
          count[outcome]++;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined && !signal.aborted);
    if (signal.aborted) return;
    if (count.changed) log.info({ changed: count.changed }, "jobs follow the cluster's defaults, which have changed");
    if (count.failed)
      throw new Error(`${count.failed} jobs don't have the cluster's new defaults yet; it is tried again`);
    await store.setSetting(setting, key);
  };

  async function adopt(row: JobRow, revisions: Pick<Revisions, "change">): Promise<"same" | "changed" | "failed"> {
    const { id: jobId, version: ifVersion, spec } = row;
    try {
      const effective = JSON.parse(JSON.stringify(effectiveOf(spec, defaults))) as EffectiveJob;
      if (isDeepStrictEqual(effective, row.effective)) return "same";
      const change = { jobId, ifVersion, spec: { spec, effective }, actor: "distcron", action: "job.defaults" };
      await revisions.change(change);
      return "changed";
    } catch (err) {
      // Changed or deleted by somebody meanwhile, and so filled in anew or gone.
      if (err instanceof ConflictError) return "same";
      log.error({ err, job: row.name }, "a job could not be given the cluster's new defaults");
      return "failed";
    }
  }
}

/** The same text for the same value, whatever the order of its keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
