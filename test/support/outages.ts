// Outages of what a busy cluster stands on (etcd-outages.ts, store-outages.ts): how one is kept, what must come through it,
// and what is asked of the history afterwards.
import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "vitest";
import { type BusyCluster, expectNoneLostOrDoubled, type Fault, pause } from "./busy-cluster.ts";
import { latenessWords, type Observed, quantile } from "./cluster-history.ts";
import { readEvidence, witness } from "./evidence.ts";
import { ApiError } from "./real-cluster.ts";

/** Breaks something, keeps it so, mends it. The fault is over when `mend` resolves. */
export async function outage(
  { faults }: Pick<BusyCluster, "faults">,
  { what, forMs, meanwhile = async () => {} }: { what: string; forMs: number; meanwhile?: () => Promise<unknown> },
  act: { fail(): Promise<unknown>; mend(): Promise<unknown> },
): Promise<Fault> {
  const from = Date.now();
  try {
    await act.fail();
    await meanwhile();
    await pause(from + forMs - Date.now());
  } finally {
    await act.mend();
  }
  const fault = { what, from, to: Date.now() };
  faults.push(fault);
  return fault;
}

/** A run that is asked for from now on goes through. */
export async function works({ cluster }: BusyCluster, timeoutMs = 40_000): Promise<void> {
  const id = await cluster.eventually(
    "a run can be asked for",
    () => cluster.jobs.trigger("by-hand").catch(() => null),
    timeoutMs,
  );
  expect(await cluster.over(id, timeoutMs)).toMatchObject({ state: "succeeded" });
}

/** Starts a command on every node that goes on until it is let go: outages must not end it. */
export async function startLongRuns({ cluster, file }: BusyCluster, onNodeLoss: "fail" | "rerun", round = 0) {
  const go = cluster.file(`go-${onNodeLoss}-${round}`);
  const jobs = cluster.nodes.map(({ name }) => ({
    name: `long-${onNodeLoss}-${name}-${round}`,
    schedule: "@manual",
    onNodeLoss,
    place: { node: name },
    cmd: witness(file, `until test -e '${go}'; do sleep 0.2; done`),
  }));
  await cluster.jobs.apply(jobs);
  const ids: string[] = [];
  for (const { name } of jobs) {
    const trigger = () =>
      cluster.jobs.trigger(name).catch((err: unknown) => {
        // A busy machine may have cost the leader its lease: refused is not done.
        if (err instanceof ApiError && err.status === 503) return null;
        throw err;
      });
    ids.push(await cluster.eventually(`${name} can be asked for`, trigger));
  }
  const startsOf = (id: string) => readEvidence(file).filter(({ runId }) => runId === id);
  await cluster.eventually("the long runs run", () => ids.every((id) => startsOf(id).length === 1));
  return {
    /** They are let go; how they ended. */
    async over() {
      writeFileSync(go, "");
      return Promise.all(ids.map((id) => cluster.over(id, 60_000)));
    },
    /** They run still, under the pids they had; let go, they succeed, and nothing of them ever ran twice. */
    async comeThrough() {
      for (const id of ids) {
        const [{ pid, endedAt }] = startsOf(id) as [ReturnType<typeof readEvidence>[number]];
        expect(endedAt, `${id} runs on`).toBeNull();
        expect(readFileSync(`/proc/${pid}/environ`, "utf8")).toContain(id);
      }
      writeFileSync(go, "");
      for (const id of ids) {
        expect(await cluster.over(id)).toMatchObject({ state: "succeeded", attempt: 1 });
        expect(startsOf(id)).toHaveLength(1);
      }
    },
  };
}

const due = (seen: Observed, from: number, to: number) =>
  seen.lateness.filter(({ dueAt }) => dueAt >= from && dueAt <= to);

/**
 * Every tick has had its run, which ran once; only what was overtaken by a late one before it may have been skipped.
 * Enough came due while nothing could start, to be told from luck.
 */
export function expectCaughtUp(seen: Observed, faults: Fault[]) {
  for (const { what, from, to } of faults) {
    const rows = seen.runs.filter((run) => Date.parse(run.dueAt) >= from && Date.parse(run.dueAt) <= to);
    expect(rows.length, `${what}: runs that were due in it`).toBeGreaterThanOrEqual(10);
  }
  const inFaults = (run: Observed["runs"][number]) =>
    faults.some(({ from, to }) => Date.parse(run.dueAt) >= from - 2000 && Date.parse(run.dueAt) <= to + 10_000);
  const skipped = seen.runs.filter((run) => run.state === "skipped" && inFaults(run));
  expectNoneLostOrDoubled({ ...seen, runs: seen.runs.filter((run) => !skipped.includes(run)) });
  for (const run of skipped) expect(run.reason?.code, run.job.name).toBe("overlap");
}

/** From half a minute after the last one on, starts are on time again, as far as the machine ever lets them. */
export function expectRecovered(
  seen: Observed,
  faults: Fault[],
  { heldUp, inCalm }: Pick<BusyCluster, "heldUp" | "inCalm">,
) {
  const from = Math.max(...faults.map(({ to }) => to)) + 30_000;
  const later = due(seen, from, Number.POSITIVE_INFINITY);
  expect(later.length, "starts that were due once all was well again").toBeGreaterThan(20);
  const usual = quantile(inCalm(seen), 1);
  const words = `calm: at most ${Math.round(usual)} ms; ${latenessWords(later)}`;
  expect(quantile(later, 0.5), words).toBeLessThan(Math.max(1000, usual));
  expect(quantile(later, 1), words).toBeLessThan(
    Math.max(2000, 2 * usual) + 2 * heldUp(from, Number.POSITIVE_INFINITY),
  );
}
