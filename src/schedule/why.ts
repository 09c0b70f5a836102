// Why a job ran at an instant, or did not: the ledger's row if there is one, else the rule that made none, found out from
// the versions, the audit and the timetable of the version that was in force.
import type { EffectiveJob } from "../model/job.ts";
import type { Run } from "../model/run.ts";
import type { AuditEntry, JobRow, JobVersion, Store } from "../store/store.ts";

export interface WhyDeps {
  store: Pick<Store, "runAt" | "listVersions" | "listAudit">;
  timetable(job: Pick<EffectiveJob, "schedule" | "timezone" | "startAtMs" | "endAtMs">): {
    next(after: number): number | null;
  };
  /** Epoch ms. */
  now: number;
}

export interface Why {
  at: number;
  run: Run | null;
  /** null: it ran, and there is nothing to explain. Codes of runs are their reason's. */
  rule: { code: string; message: string } | null;
}

const iso = (ms: number) => new Date(ms).toISOString();
const because = (at: number, code: string, message: string): Why => ({ at, run: null, rule: { code, message } });

/** `at`: epoch ms; null: the job's last tick. */
export async function whyAt(deps: WhyDeps, job: JobRow, at: number | null): Promise<Why> {
  const instant = at ?? tickBefore(deps, job.effective, deps.now + 1) ?? deps.now;
  const run = await deps.store.runAt(job.id, instant);
  if (run) return { at: instant, run, rule: run.reason };
  if (instant < job.createdAt)
    return because(instant, "not_created_yet", `the job was created at ${iso(job.createdAt)}`);

  const states = await statesBefore(deps, job, instant);
  if (job.deletedAt !== null && job.deletedAt <= instant) {
    const by = states.deletedBy ? ` by ${states.deletedBy}` : "";
    return because(instant, "deleted", `the job was deleted at ${iso(job.deletedAt)}${by}`);
  }
  const version = await versionAt(deps, job, instant);
  const silent = noTick(deps, job, version, instant);
  if (silent) return { at: instant, run: null, rule: silent };
  if (states.disabled) return { at: instant, run: null, rule: states.disabled };
  if (instant > Math.max(deps.now, job.plannedThrough)) {
    const words = `it is due then by version ${version.version}, and is planned shortly before`;
    return because(instant, "not_planned_yet", words);
  }
  if (instant > job.plannedThrough)
    return because(
      instant,
      "not_planned_yet",
      "it was due, but nothing has been planned since: is a scheduler leading?",
    );
  return because(
    instant,
    "no_record",
    `version ${version.version} was due then, but the ledger holds nothing of it: retention deletes old runs`,
  );
}

type InForce = Pick<JobVersion, "version" | "effective">;

/** The version whose ticks count at an instant: a change counts from the instant after it. */
async function versionAt({ store }: WhyDeps, job: JobRow, instant: number): Promise<InForce> {
  let cursor: string | undefined;
  let oldest: InForce = job;
  do {
    const page = await store.listVersions(job.id, { limit: 100, ...(cursor === undefined ? {} : { cursor }) });
    for (const version of page.items) {
      if (version.createdAt < instant) return version;
      oldest = version;
    }
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return oldest;
}

/** Why the version has no tick at that instant; null: it has one. */
function noTick(deps: WhyDeps, job: JobRow, version: InForce, instant: number): Why["rule"] {
  const { effective } = version;
  const { schedule, timezone, startAtMs, endAtMs } = effective;
  if (schedule.includes("@manual"))
    return { code: "manual", message: "the job has no schedule: it runs when somebody asks" };
  const open = deps.timetable({ schedule, timezone, startAtMs: null, endAtMs: null });
  const which = `version ${version.version} (${schedule.join(", ")} in ${timezone})`;
  if (open.next(instant - 1) !== instant) {
    const before = tickBefore(deps, effective, instant);
    const after = deps.timetable(effective).next(instant);
    const near = `nearest: ${before === null ? "none before" : iso(before)}, ${after === null ? "none after" : iso(after)}`;
    const was = version.version === job.version ? "has" : "was in force then and has";
    return { code: "no_tick", message: `${which} ${was} no tick at ${iso(instant)}; ${near}` };
  }
  if (startAtMs !== null && instant < startAtMs)
    return { code: "outside_window", message: `${which} starts at ${iso(startAtMs)} (startAt)` };
  if (endAtMs !== null && instant >= endAtMs)
    return { code: "outside_window", message: `${which} ended at ${iso(endAtMs)} (endAt)` };
  return null;
}

const reaches = [120_000, 7_200_000, 2 * 86_400_000, 40 * 86_400_000, 500 * 86_400_000];
const mostSteps = 4000;

/** The last tick before an instant. A timetable only knows what comes next, so it is asked from ever further back. */
function tickBefore({ timetable }: WhyDeps, job: EffectiveJob, instant: number): number | null {
  const times = timetable(job);
  for (const reach of reaches) {
    let last: number | null = null;
    let steps = 0;
    for (let at = times.next(instant - reach); at !== null && at < instant && steps < mostSteps; at = times.next(at)) {
      last = at;
      steps++;
    }
    if (last !== null) return last;
  }
  return null;
}

interface StatesBefore {
  disabled: Why["rule"];
  deletedBy: string | null;
}

const mostPages = 20;

/** What the audit says of the job's state at an instant. */
async function statesBefore({ store }: WhyDeps, job: JobRow, instant: number): Promise<StatesBefore> {
  const found: StatesBefore = { disabled: null, deletedBy: null };
  let cursor: string | undefined;
  for (let i = 0; i < mostPages; i++) {
    const query = { targetId: job.id, to: instant + 1, limit: 100, ...(cursor === undefined ? {} : { cursor }) };
    const page = await store.listAudit(query);
    for (const entry of page.items) {
      if (entry.action === "job.delete") found.deletedBy = entry.actor;
      const state = stateAfter(entry);
      if (state === null) continue;
      return { ...found, disabled: await sinceWhen({ store } as WhyDeps, entry, state, instant, job) };
    }
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  // Nothing of it in the audit: what holds now has held since the job's last change.
  if (!job.enabled && job.updatedAt <= instant)
    found.disabled = { code: "disabled", message: disabledWords(job.updatedAt, job.updatedBy, job.disabledReason) };
  return found;
}

interface StateAfter {
  enabled: boolean;
  enableAt: number | null;
  reason: string | null;
}

/** The job's state that an audit entry leaves; null: it says nothing of it. */
function stateAfter(entry: AuditEntry): StateAfter | null {
  const after = entry.after as { document?: { enabled?: unknown }; enableAt?: number; reason?: string } | null;
  const reason = after?.reason ?? null;
  if (entry.action === "job.paused") return { enabled: false, enableAt: null, reason };
  if (entry.action === "job.enable") return { enabled: true, enableAt: null, reason: null };
  if (entry.action === "job.disable") return { enabled: false, enableAt: after?.enableAt ?? null, reason };
  const enabled = after?.document?.enabled;
  return typeof enabled === "boolean" ? { enabled, enableAt: after?.enableAt ?? null, reason } : null;
}

/** Off since when and by whom: an entry may only repeat what an earlier one has set. */
async function sinceWhen(
  { store }: Pick<WhyDeps, "store">,
  entry: AuditEntry,
  state: StateAfter,
  instant: number,
  job: JobRow,
): Promise<Why["rule"]> {
  if (state.enabled || (state.enableAt !== null && state.enableAt <= instant)) return null;
  let first = entry;
  const page = await store.listAudit({ targetId: job.id, to: entry.at + 1, limit: 100 });
  for (const earlier of page.items) {
    const before = stateAfter(earlier);
    if (before?.enabled) break;
    if (before) first = earlier;
  }
  return { code: "disabled", message: disabledWords(first.at, first.actor, state.reason) };
}

const disabledWords = (since: number, by: string, reason: string | null) =>
  `the job was disabled since ${iso(since)} by ${by}${reason ? `: ${reason}` : ""}`;
