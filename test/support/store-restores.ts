// A busy cluster's ledger goes back to a backup.
import { expect } from "vitest";
import { type BusyCluster, type Fault, pause } from "./busy-cluster.ts";
import type { Observed } from "./cluster-history.ts";
import { readEvidence, type Witnessed } from "./evidence.ts";
import { works } from "./outages.ts";
import type { startPostgres } from "./postgres.ts";
import type { ClusterRun, Member } from "./real-cluster.ts";

export interface Restore extends Fault {
  /** Epoch ms: the ledger knows of nothing that happened between the backup and when it went back to it. */
  backedUpAt: number;
  wentBackAt: number;
  /** When all schedulers led or stood by again; the first of them may have handed runs out before that. */
  backAt: number;
}

/** PostgreSQL alone. */
export function createStoreRestores(busy: BusyCluster) {
  const { cluster, faults } = busy;
  const { database, etcd } = cluster;
  if (!database || !("backUp" in database.server)) throw new Error("PostgreSQL is needed");
  const server = database.server as Awaited<ReturnType<typeof startPostgres>>;

  /** Runs that were handed out when the backup was made are moved, so that etcd and the nodes know newer fences than it. */
  async function handAbout(): Promise<void> {
    const [first] = cluster.nodes as [Member];
    for (const how of ["drain", "resume"]) {
      await cluster.api("POST", `/nodes/${first.name}/${how}`, {});
      await pause(4000);
    }
  }

  const stop = async (members: Member[]) => {
    await Promise.all(members.map((each) => each.kill("SIGTERM")));
    await Promise.all(members.map((each) => each.ended()));
  };
  const start = async (members: Member[]) => {
    for (const each of members) await each.start();
    await Promise.all(members.map((each) => each.ready()));
  };

  return {
    /**
     * As the guide says: everything is stopped, and etcd emptied. Else nodes and etcd stay as they are, and each node is
     * restarted afterwards.
     */
    async restored({ asTheGuideSays }: { asTheGuideSays: boolean }): Promise<Restore> {
      const goBack = await server.backUp("distcron", cluster.file("backup.sql"));
      const backedUpAt = Date.now();
      await handAbout();
      const from = Date.now();
      if (asTheGuideSays) await stop(cluster.nodes);
      await stop(cluster.schedulers);
      if (asTheGuideSays) await etcd.ctl("del", "--prefix", "/distcron/");
      const wentBackAt = Date.now();
      await goBack();
      await start(cluster.schedulers);
      const backAt = Date.now();
      if (!asTheGuideSays) for (const node of cluster.nodes) await stop([node]).then(() => start([node]));
      else await start(cluster.nodes);
      await works(busy, 60_000);
      await cluster.eventually("nodes have told all they had to tell", async () => {
        const texts = await Promise.all(cluster.nodes.map(({ url }) => fetch(`${url}/metrics`).then((r) => r.text())));
        return texts.every((text) => /^distcron_spool_events(\{.*\})? 0$/m.test(text));
      });
      const what = `restore, nodes and etcd ${asTheGuideSays ? "stopped and emptied" : "left as they were"}`;
      const fault = { what, from, to: Date.now() };
      // What the backup shows as running is settled some seconds later, and keeps others of its job waiting until then.
      faults.push({ ...fault, to: fault.to + 15_000 });
      return { ...fault, backedUpAt, wentBackAt, backAt };
    },
  };
}

/** Of the starts between the backup and the return to it the ledger knows only what nodes told afterwards. */
export const forgottenBy =
  ({ backedUpAt, wentBackAt, backAt }: Restore, file: string) =>
  ({ startedAt, runId }: Witnessed, run: ClusterRun | undefined): boolean => {
    if (startedAt < backedUpAt - 1000 || startedAt > backAt) return false;
    const since = Math.max(wentBackAt, startedAt);
    const again = readEvidence(file).some((each) => each.runId === runId && each.startedAt > since);
    return again || (run?.state !== "succeeded" && run?.state !== "lost");
  };

/**
 * Every tick has its row, also those that the ledger had forgotten; what the backup says was going on is settled as if its
 * node had been lost.
 */
export function expectMadeUpFor(seen: Observed, { backedUpAt, to }: Restore) {
  const due = seen.runs.filter((run) => Date.parse(run.dueAt) > backedUpAt && Date.parse(run.dueAt) < to);
  expect(due.length, "ticks that were forgotten or missed").toBeGreaterThan(100);
  for (const run of due) {
    // Failed: its node was restarted and ended it.
    expect(["succeeded", "skipped", "lost", "failed"], `${run.job.name} ${run.scheduledFor} ${run.state}`).toContain(
      run.state,
    );
    if (run.state === "lost") expect(run.scheduledFor < new Date(backedUpAt + 10_000).toISOString()).toBe(true);
    if (run.state === "skipped") expect(run.reason?.code, run.job.name).toBe("overlap");
  }
}
