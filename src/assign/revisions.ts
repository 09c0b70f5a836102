// Changing a job without losing or doubling a tick: the old version is settled up to the instant of the change; then, in
// one store transaction, the version, the cursor and a mark on its later rows; then those rows' unclaimed assignments are
// taken back; then the marked rows are deleted and the job is planned again from the cursor. Until that last step the
// planner leaves the job alone. A crash anywhere in between is resumed by the next leader from the marks.
import type { Reason } from "../model/run.ts";
import type { Cursor, JobChange, JobRow, NewJob, OpenRun } from "../store/store.ts";
import { type Leader, readKeys, refOf, settleUnknown } from "./leader.ts";

/** How long an answer waits for nodes to give back what they claimed but haven't started. */
const giveBackMs = 2000;
const lookMs = 20;

export interface RevisionDeps {
  /** Plans every tick of the job up to `through` under its present version. */
  settleJob(jobId: string, through: number): Promise<void>;
  cursorAfter(job: { id: string; effective: JobRow["effective"] }, through: number): Cursor;
  wakePlanner(): void;
}

export interface RevisionDesk {
  /** Makes the job, planned from `at`. Throws ConflictError("name_taken"). */
  create(job: Omit<NewJob, "cursor">): Promise<JobRow>;
  /** `stillRunning`: runs of the old version that go on. Throws ConflictError("version_conflict" | "name_taken"). */
  change(change: Omit<JobChange, "cursor" | "at">): Promise<{ job: JobRow; stillRunning: string[] }>;
  /** Finishes what a former leader, or an error, left half done. */
  resume(): Promise<void>;
}

export function createRevisions(leader: Leader, deps: RevisionDeps): RevisionDesk {
  const { store, clock, queue, term } = leader;
  /** How many changes of a job are under way: those finish by themselves. */
  const underWay = new Map<string, number>();
  const noTicks = (through: number): Cursor => ({ plannedThrough: through, nextNominal: null, nextDue: null });

  async function create(job: Omit<NewJob, "cursor">): Promise<JobRow> {
    const cursor = job.enabled ? deps.cursorAfter({ id: job.id, effective: job.effective }, job.at) : noTicks(job.at);
    const row = await store.createJob(term, { ...job, cursor });
    deps.wakePlanner();
    return row;
  }

  async function change(wanted: Omit<JobChange, "cursor" | "at">) {
    const { jobId } = wanted;
    underWay.set(jobId, (underWay.get(jobId) ?? 0) + 1);
    try {
      return await carryOut(wanted);
    } finally {
      const left = (underWay.get(jobId) ?? 1) - 1;
      if (left > 0) underWay.set(jobId, left);
      else underWay.delete(jobId);
    }
  }

  async function carryOut(wanted: Omit<JobChange, "cursor" | "at">) {
    const begun = await queue.run(async () => {
      const last = await store.getJob(wanted.jobId);
      const at = instantAfter(last?.updatedAt ?? null, clock.now());
      await deps.settleJob(wanted.jobId, at);
      const before = await store.getJob(wanted.jobId);
      if (!before) throw new Error(`job ${wanted.jobId} is gone`);
      const enabled = wanted.deleted ? false : (wanted.enabled?.enabled ?? before.enabled);
      const effective = wanted.spec?.effective ?? before.effective;
      const cursor = enabled ? deps.cursorAfter({ id: before.id, effective }, at) : noTicks(at);
      const result = await store.changeJob(term, { ...wanted, at, cursor } satisfies JobChange);
      return { ...result, at, split: await takeBack(result.revoking) };
    });
    const { job, at, split } = begun;
    const answered = await waitForNodes(split.claimed);
    await queue.run(() => finish(job.id, [...split.revoked, ...answered.givenBack], answered.kept, at));
    // What is kept has started, or its node did not answer in time: the answer names it either way.
    return {
      job: (await store.getJob(job.id)) ?? job,
      stillRunning: [...new Set([...split.running, ...answered.kept])],
    };
  }

  /** Deletes the assignments of unclaimed rows; asks the nodes to give back what they have claimed. */
  async function takeBack(rows: OpenRun[]) {
    const split = { revoked: [] as OpenRun[], claimed: [] as OpenRun[], running: [] as string[] };
    if (rows.length === 0) return split;
    const keys = await readKeys(leader, rows);
    const unclaimed: OpenRun[] = [];
    for (const row of rows) {
      if (row.state === "running") split.running.push(row.id);
      else if (keys.claims.has(row.id)) split.claimed.push(row);
      else if (keys.assignments.has(row.id)) unclaimed.push(row);
      else split.revoked.push(row);
    }
    const outcomes = await leader.leadership.move(
      unclaimed.map((row) => [{ from: refOf(keys.assignments.get(row.id)!), to: null }]),
    );
    await settleUnknown(leader, outcomes);
    for (const [i, row] of unclaimed.entries()) (outcomes[i] === "done" ? split.revoked : split.claimed).push(row);
    if (split.claimed.length) {
      const now = await leader.leadership.lookup(split.claimed.map((row) => row.id));
      const reason: Reason = { code: "job_disabled", message: "the job was changed before this run started" };
      await settleUnknown(
        leader,
        await leader.leadership.stop(
          now.assignments.map((view) => ({ at: refOf(view), stop: { kind: "revoke", reason } })),
        ),
      );
    }
    return split;
  }

  async function waitForNodes(claimed: OpenRun[]) {
    const waiting = new Map(claimed.map((row) => [row.id, row]));
    const givenBack: OpenRun[] = [];
    const kept: string[] = [];
    for (const until = clock.monotonic() + giveBackMs; waiting.size > 0; ) {
      const rows = new Map((await store.openRunsByIds([...waiting.keys()])).map((row) => [row.id, row]));
      for (const id of waiting.keys()) {
        const row = rows.get(id);
        if (row?.state === "assigned" && clock.monotonic() < until) continue;
        waiting.delete(id);
        if (row?.state === "planned") givenBack.push(row);
        else if (row) kept.push(id);
      }
      if (waiting.size > 0) await clock.sleep(lookMs);
    }
    return { givenBack, kept };
  }

  async function finish(jobId: string, revoked: OpenRun[], kept: string[], at: number) {
    const changes = await store.settleRevision(term, {
      jobId,
      revoked: revoked.map((row) => ({ runId: row.id, fence: row.fence })),
      kept,
      at,
    });
    const withKeys = revoked.filter((row) => row.floor > 0);
    await leader.leadership.clean(withKeys.map((row) => row.id));
    for (const row of revoked) leader.board.release(row.id);
    leader.publish(changes);
    deps.wakePlanner();
    leader.wakeAssigner();
  }

  async function resume() {
    for (const { jobId, at, revoking } of await store.unsettledRevisions()) {
      if (underWay.has(jobId)) continue;
      const split = await queue.run(() => takeBack(revoking));
      const answered = await waitForNodes(split.claimed);
      await queue.run(() =>
        finish(jobId, [...split.revoked, ...answered.givenBack], [...split.running, ...answered.kept], at),
      );
    }
  }

  return { create, change, resume };
}

/**
 * Changes are told apart by their instant, so two of a job never share one. Only what a burst of changes can have used up
 * is passed over: an instant far ahead was another clock's.
 */
export function instantAfter(last: number | null, now: number): number {
  return last !== null && last >= now && last - now < 1000 ? last + 1 : now;
}
