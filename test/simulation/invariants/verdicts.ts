// I1 no lost tick, as far as its end goes: each tick had a start in its window, or ended in a state that its job's policy
// allows and that something explains: a fault, or a run that was in its way.
import type { EffectiveJob } from "../../../src/model/job.ts";
import { isOpen, misfireAfterMs } from "../../../src/model/run.ts";
import { type Evidence, type History, isDisturbed, iso, type Row } from "../history.ts";
import { createSurroundings, type Surroundings } from "./surroundings.ts";
import { isOfTick } from "./ticks.ts";

/** From the claim to the start: a slot, the spool's line, the process. */
const claimedToStartedMs = 30_000;
/** What policy `all` keeps. */
const keptByAll = 100;

interface Case {
  run: Row;
  job: EffectiveJob;
  through: number;
  starts: Evidence[];
  /** The latest instant at which the tick was due by its schedule: a misfire that is made up for is due anew. */
  latestDue: number;
  /** When its state was decided. */
  decidedAt: number;
  history: History;
  around: Surroundings;
}

export function verdicts(history: History): string[] {
  const around = createSurroundings(history);
  const byId = new Map(history.jobs.map((each) => [each.id, each]));
  const found: string[] = [];
  for (const run of history.runs) {
    const known = byId.get(run.jobId);
    if (!known || !isOfTick(run)) continue;
    const { job, through } = known;
    const latestDue = (run.covers?.from ?? run.scheduledFor) + job.jitterMs;
    const decidedAt = run.finishedAt ?? (isOpen(run.state) ? history.asOf : run.plannedAt);
    const starts = around.starts(run.id);
    const each: Case = { run, job, through, starts, latestDue, decidedAt, history, around };
    const wrong = [ofTrigger(each), run.covers ? ofSummary(each) : null, ofState(each)];
    for (const why of wrong) if (why) found.push(`I1 ${job.name}: tick ${iso(run.scheduledFor)} ${why}`);
  }
  return found;
}

function ofState(each: Case): string | null {
  switch (each.run.state) {
    case "planned":
    case "assigned":
    case "running":
      return ofOpen(each);
    case "missed":
      return ofMissed(each);
    case "skipped":
      return ofSkipped(each);
    case "cancelled":
      return ofCancelled(each);
    default:
      return ofStarted(each);
  }
}

/** Nothing could run it in time: from when it was due until it counted as a misfire, something hindered it. */
const couldNotRun = ({ run, latestDue, history }: Case) =>
  isDisturbed(history, (run.covers?.from ?? run.scheduledFor) - 1000, latestDue + misfireAfterMs);

function ofTrigger({ run, job, ...each }: Case): string | null {
  if (run.trigger !== "catch_up") return null;
  if (job.misfire.policy === "skip") return "is made up for, though misfire.policy is skip";
  if (couldNotRun({ run, job, ...each })) return null;
  const waited = job.overlap === "queue" && each.around.isInTheWay(run, run.scheduledFor, run.dueAt);
  return waited ? null : "is made up for, though nothing hindered it";
}

function ofSummary({ run, history }: Case): string | null {
  if (run.state !== "missed" && run.state !== "skipped") return `stands for several and is ${run.state}`;
  const { from, to } = run.covers as NonNullable<Row["covers"]>;
  return isDisturbed(history, from - 1000, to + misfireAfterMs) ? null : "stands for several, though nothing happened";
}

function ofOpen({ run, job, through, starts, history, around }: Case): string | null {
  if (run.dueAt > through || isDisturbed(history, history.asOf - 2 * misfireAfterMs, history.asOf)) return null;
  if (run.state === "running") {
    // It runs, or waits for its next attempt.
    const longestPauseMs = job.retry.limit ? job.retry.maxDelayMs * (1 + job.retry.jitterRatio) : 0;
    const endedAt = starts.at(-1)?.endedAt ?? null;
    if (starts.length && (endedAt === null || endedAt + longestPauseMs + history.calmLatenessMs >= history.asOf))
      return null;
  } else {
    if (job.overlap !== "allow" && around.isInTheWay(run, history.asOf, history.asOf)) return null;
    if (job.limit && around.isTaken(job.limit.key, run.id, history.asOf)) return null;
  }
  return `is ${run.state} still, ${history.asOf - run.dueAt} ms after it was due`;
}

function ofMissed(each: Case): string | null {
  const { run, job, decidedAt, history, around } = each;
  const { policy, withinMs } = job.misfire;
  // One that was kept may wait for long, and be dropped for what happens by then.
  const whileKept = run.trigger === "catch_up" && isDisturbed(history, run.scheduledFor - 1000, decidedAt);
  if (!couldNotRun(each) && !whileKept) return `is missed in calm (${run.reason?.code})`;
  switch (run.reason?.code) {
    case "misfire_policy": {
      if (policy === "skip") return null;
      const newer = around.ticksAfter(run);
      if (policy === "latest")
        return newer.length > 0 ? null : "is missed, though it is the newest and the policy latest";
      const kept = newer.filter(({ trigger }) => trigger === "catch_up").length;
      return kept >= keptByAll ? null : `is missed, though the policy is all and only ${kept} newer ones are kept`;
    }
    case "misfire_window":
      return decidedAt - run.scheduledFor >= withinMs ? null : "is missed for its age before it had it";
    case "no_eligible_node":
      return null;
    default:
      return `is missed for a reason that no policy has: ${run.reason?.code}`;
  }
}

function ofSkipped(each: Case): string | null {
  const { run, job, decidedAt, latestDue, history, around } = each;
  const inTheWay = () => around.isInTheWay(run, Math.min(run.dueAt, decidedAt), decidedAt);
  const disturbed = isDisturbed(history, run.scheduledFor - 1000, Math.max(latestDue, decidedAt));
  switch (run.reason?.code) {
    case "overlap":
      if (job.overlap !== "skip" && job.overlap !== "queue") return `is skipped, though overlap is ${job.overlap}`;
      return disturbed || inTheWay() ? null : "is skipped for an overlap, and nothing was in its way";
    case "deadline":
      if (job.startDeadlineMs === null) return "is skipped for a deadline that its job doesn't have";
      if (decidedAt < run.scheduledFor + job.startDeadlineMs && !disturbed) return "is skipped before its deadline";
      return disturbed || inTheWay() || job.limit ? null : "is skipped for its deadline in calm";
    default:
      return `is skipped for a reason that nobody gave: ${run.reason?.code}`;
  }
}

function ofCancelled({ run, job, decidedAt, history, around }: Case): string | null {
  if (run.reason?.code !== "replaced")
    return !history.cancelled || history.cancelled.includes(run.id) ? null : "is cancelled, and nobody asked for it";
  if (job.overlap !== "replace") return `is replaced, though overlap is ${job.overlap}`;
  const hasSuccessor = around.others(run).some(({ dueAt }) => dueAt > run.dueAt && dueAt <= decidedAt);
  const disturbed = isDisturbed(history, run.dueAt, decidedAt);
  return hasSuccessor || disturbed ? null : "is replaced, and nothing was due to replace it";
}

function ofStarted({ run, job, starts, latestDue, history }: Case): string | null {
  const [first] = starts;
  if (!first)
    return isDisturbed(history, run.scheduledFor, run.finishedAt ?? history.asOf)
      ? null
      : `is ${run.state} and never started`;
  if (
    history.faults.some((fault) => fault.clockStep && fault.from <= latestDue + misfireAfterMs && fault.to >= run.dueAt)
  )
    return null;
  const windowMs = run.trigger === "catch_up" ? job.misfire.withinMs : misfireAfterMs;
  const until = (run.trigger === "catch_up" ? latestDue : run.dueAt) + windowMs + claimedToStartedMs;
  // Under a limit a late start is the limit's doing, not a misfire.
  if (job.limit || first.startedAt <= until) return null;
  return `started ${first.startedAt - run.dueAt} ms after it was due, outside of its window`;
}
