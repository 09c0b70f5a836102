// Runs that waited too long. A run not claimed 60 s after its due instant is a misfire wherever it is: it is taken back
// and the job's policy decides. A run past its start deadline is skipped, a kept misfire past its window missed.
import { misfireAfterMs, type Reason } from "../model/run.ts";
import type { OpenRun, RunChange, Transition } from "../store/store.ts";
import { type Leader, readKeys, refOf, settleUnknown } from "./leader.ts";

const atOneGo = 500;
/** How many waiting misfires of a job policy `all` keeps. */
const keptByAll = 100;

export interface Misfires {
  /** One look at everything that waits. Runs inside the leader's queue. */
  sweep(): Promise<void>;
  /** A newer tick that starts makes the kept, older misfire of its job (policy latest) missed. */
  onStarted(change: RunChange): Promise<void>;
  /**
   * So does a newer misfire that the planner keeps (the clock was set forward while the older one waited): the next sweep sees to
   * it. Answers whether there is one among them.
   */
  note(planned: Pick<OpenRun, "jobId" | "jobVersion" | "trigger">[]): boolean;
  /** Whether a kept misfire of that job may wait. */
  waitsFor(jobId: string): boolean;
  /** Reads which jobs have one, after taking over. */
  rebuild(): Promise<void>;
}

/** Waits to be made up for. What has started once isn't that any more, whatever became of it. */
const isKept = ({ trigger, state, attempt, reruns, revoking, cancelRequested }: OpenRun) =>
  trigger === "catch_up" && state !== "running" && attempt === 0 && reruns === 0 && !revoking && !cancelRequested;

export function createMisfires(leader: Leader): Misfires {
  const { store, clock, board } = leader;
  /** Jobs with a kept misfire (catch-up, policy latest) that may still wait. Only a filter: what is decided is read from the store. */
  const kept = new Set<string>();
  /** Those whose kept misfires the planner made, not judged yet; `beside`: it may not have been the only one. */
  const noted = new Map<string, { version: number; beside: boolean }>();

  async function sweep() {
    const now = clock.now();
    const failures = await judgeNoted();
    // What is claimed stays overdue until its node starts it: it must not hide what comes after it.
    for (let after: OpenRun | undefined; ; ) {
      const page = { dueBefore: now - misfireAfterMs, now, limit: atOneGo, ...(after ? { after } : {}) };
      const overdue = await store.overdueRuns(page);
      failures.push(...(await settle(await takeBack(overdue), now)));
      after = overdue.at(-1);
      if (overdue.length < atOneGo) break;
    }
    if (failures.length) throw failures[0];
  }

  /** Assigned ones are taken back first; what was claimed meanwhile is left to its node. */
  async function takeBack(rows: OpenRun[]): Promise<OpenRun[]> {
    const assigned = rows.filter((row) => row.state === "assigned");
    if (assigned.length === 0) return rows;
    const keys = await readKeys(leader, assigned);
    const withKey = assigned.filter((row) => !keys.claims.has(row.id) && keys.assignments.has(row.id));
    const outcomes = await leader.leadership.move(
      withKey.map((row) => [{ from: refOf(keys.assignments.get(row.id)!), to: null }]),
    );
    await settleUnknown(leader, outcomes);
    const free = new Set(withKey.filter((_, i) => outcomes[i] === "done").map((row) => row.id));
    // Without any key nobody has it: its assignment never took effect, or was taken back by a sweep that then failed.
    for (const { id } of assigned) if (!keys.claims.has(id) && !keys.assignments.has(id)) free.add(id);
    return rows.filter((row) => row.state === "planned" || free.has(row.id));
  }

  /** A job that can't be read keeps no other waiting: answers what went wrong. */
  async function settle(rows: OpenRun[], now: number): Promise<unknown[]> {
    const failures: unknown[] = [];
    const tryTo = async (work: () => Promise<Transition[]>) => {
      try {
        transitions.push(...(await work()));
      } catch (err) {
        failures.push(err);
      }
    };
    const transitions: Transition[] = [];
    const jobs = new Map<string, OpenRun[]>();
    for (const row of rows) {
      if (row.startBy !== null && row.startBy < now) await tryTo(async () => [await expired(row, now)]);
      else {
        const list = jobs.get(row.jobId);
        if (list) list.push(row);
        else jobs.set(row.jobId, [row]);
      }
    }
    for (const [jobId, misfired] of jobs) await tryTo(() => judge(jobId, misfired, now));
    if (transitions.length === 0) return failures;
    leader.publish(await store.transition(leader.term, transitions));
    leader.wakeAssigner();
    return failures;
  }

  async function expired(row: OpenRun, now: number): Promise<Transition> {
    const job = await board.jobVersion(row.jobId, row.jobVersion);
    const outOfWindow = row.trigger === "catch_up" && now > row.scheduledFor + job.misfire.withinMs;
    const waited = row.reason ? `; it waited: ${row.reason.message}` : "";
    return outOfWindow
      ? final(row, "missed", "misfire_window", `nothing could run it within misfire.within of its tick${waited}`)
      : final(row, "skipped", "deadline", `not started within its startDeadline${waited}`);
  }

  async function judge(jobId: string, misfired: OpenRun[], now: number): Promise<Transition[]> {
    misfired.sort((a, b) => a.scheduledFor - b.scheduledFor);
    const newest = misfired.at(-1) as OpenRun;
    const job = await board.jobVersion(jobId, newest.jobVersion);
    const { misfire } = job;
    const waiting = await keptOf(jobId);
    const all = [...waiting, ...misfired].sort((a, b) => a.scheduledFor - b.scheduledFor);
    // A tick of place.every has a row for each of its nodes: all of them are kept, or none.
    const ticks = [...new Set(all.map((row) => row.scheduledFor))];
    // The clock was set forward, or the machine slept: of ticks that have no row yet the planner will keep the newest, and
    // this one would run beside it.
    const next = leader.dueAfter({ id: jobId, ...job }, ticks.at(-1) as number);
    const isOvertaken = next !== null && next + misfireAfterMs < now;
    const latest = isOvertaken ? 0 : 1;
    const count = misfire.policy === "skip" ? 0 : misfire.policy === "latest" ? latest : keptByAll;
    const keptTicks = new Set(count === 0 ? [] : ticks.slice(-count));
    const keep = new Set(all.filter((row) => keptTicks.has(row.scheduledFor)).map((row) => row.id));
    const fresh = new Set(misfired.map((row) => row.id));
    if (keep.size && misfire.policy === "latest") kept.add(jobId);
    // A kept one that is out with a node, unclaimed, is taken back before it is dropped.
    const droppable = await takeBack(all.filter((row) => !keep.has(row.id) && !fresh.has(row.id)));
    const dropped = new Set(droppable.map((row) => row.id));
    return all.flatMap((row): Transition[] => {
      if (!keep.has(row.id)) {
        if (!fresh.has(row.id) && !dropped.has(row.id)) return []; // It was claimed meanwhile.
        const waited = row.reason ? `; it waited: ${row.reason.message}` : "";
        const message = `not started within 60 s of its due instant, and misfire.policy is ${misfire.policy}${waited}`;
        return [final(row, "missed", "misfire_policy", message)];
      }
      if (!fresh.has(row.id)) return [];
      const window = row.dueAt + misfire.withinMs;
      const startBy = row.startBy === null ? window : Math.min(row.startBy, window);
      const to = { state: "planned" as const, raiseFloor: false, rerun: false, parked: row.parked, reason: row.reason };
      return [{ ...base(row), to: { ...to, catchUp: { dueAt: now, startBy } } }];
    });
  }

  /** Misfires of the job that were kept and haven't been claimed, as far as the store knows. */
  async function keptOf(jobId: string): Promise<OpenRun[]> {
    const rows = await store.openRunsOfJob(jobId);
    return rows.filter(isKept);
  }

  async function onStarted(change: RunChange) {
    const waiting = await keptOf(change.jobId);
    if (waiting.length === 0) return void kept.delete(change.jobId);
    const started = (await store.openRunsByIds([change.runId]))[0] ?? (await store.getRun(change.runId));
    if (started) await supersede(waiting, started, `a newer tick started (run ${change.runId})`);
  }

  function note(runs: Pick<OpenRun, "jobId" | "jobVersion" | "trigger">[]): boolean {
    let found = false;
    for (const { jobId, jobVersion, trigger } of runs) {
      if (trigger !== "catch_up") continue;
      found = true;
      noted.set(jobId, { version: jobVersion, beside: kept.has(jobId) });
      kept.add(jobId);
    }
    return found;
  }

  /** Of a job's misfires that the planner kept one after the other, policy latest leaves the newest. */
  async function judgeNoted(): Promise<unknown[]> {
    const failures: unknown[] = [];
    for (const [jobId, each] of noted)
      try {
        const { misfire } = await board.jobVersion(jobId, each.version);
        if (misfire.policy !== "latest") kept.delete(jobId);
        else if (each.beside) await keepNewest(jobId);
        if (noted.get(jobId) === each) noted.delete(jobId);
      } catch (err) {
        failures.push(err);
      }
    return failures;
  }

  async function keepNewest(jobId: string) {
    const waiting = await keptOf(jobId);
    const newest = waiting.reduce((a, b) => (b.scheduledFor > a.scheduledFor ? b : a), waiting[0] as OpenRun);
    if (newest) await supersede(waiting, newest, `a newer tick is made up for (run ${newest.id})`);
  }

  /** Of what is kept, what is older is missed, where the policy is latest. */
  async function supersede(waiting: OpenRun[], newer: Pick<OpenRun, "scheduledFor">, why: string) {
    const older: OpenRun[] = [];
    for (const row of waiting.filter(({ scheduledFor }) => scheduledFor < newer.scheduledFor)) {
      const { misfire } = await board.jobVersion(row.jobId, row.jobVersion);
      if (misfire.policy === "latest") older.push(row);
    }
    const transitions = (await takeBack(older)).map((row) => final(row, "missed", "misfire_policy", why));
    if (transitions.length) leader.publish(await store.transition(leader.term, transitions));
  }

  const base = (row: OpenRun) => ({ runId: row.id, ifState: [row.state], ifFence: row.fence, at: clock.now() });
  const final = (row: OpenRun, state: "missed" | "skipped", code: Reason["code"], message: string): Transition => ({
    ...base(row),
    to: { state, reason: { code, message }, raiseFloor: false },
  });

  async function rebuild() {
    for (let after: string | null = null; ; ) {
      const rows: OpenRun[] = await store.openRuns(after, atOneGo);
      note(rows.filter(isKept));
      if (rows.length < atOneGo) return;
      after = (rows.at(-1) as OpenRun).id;
    }
  }

  return { sweep, onStarted, note, rebuild, waitsFor: (jobId) => kept.has(jobId) };
}
