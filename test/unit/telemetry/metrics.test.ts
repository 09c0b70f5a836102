import { describe, expect, it } from "vitest";
import { ConflictError, type RunChange, type Store } from "../../../src/store/store.ts";
import { createMetrics, type MetricsOptions } from "../../../src/telemetry/metrics.ts";
import { timedStore } from "../../../src/telemetry/timed-store.ts";
import { aChange } from "../../support/api-scene.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const disks = [{ mount: "/", usedRatio: 0.75, totalBytes: 1 }];
const load = { cpuRatio: 0.5, memoryRatio: 0.25, clockOffsetMs: -250, disks };
const node = { name: "web-1", running: 3, session: { state: "live", info: { slots: 16 }, load } };

function figures(clock: ManualClock, over: Record<string, unknown> = {}) {
  let reads = 0;
  const store = {
    summary: async () => {
      reads++;
      return { runs: { running: 3 } };
    },
    queuedByReason: async () => ({ no_eligible_node: 2 }),
    oldestUnassignedDue: async () => clock.now() - 1500,
    jobStats: async (limit: number) =>
      [
        { name: "backup", consecutiveFailures: 2, lastSuccessAt: 1_700_000_000_000 },
        { name: "fresh", consecutiveFailures: 0, lastSuccessAt: null },
      ].slice(0, limit),
    listNodes: async () => ({ items: [node], nextCursor: null }),
    ...over,
  } as unknown as NonNullable<MetricsOptions["store"]>;
  return { store, reads: () => reads };
}

function open(over: Partial<MetricsOptions> = {}) {
  const clock = new ManualClock();
  const errors: unknown[] = [];
  const { store, reads } = figures(clock);
  const metrics = createMetrics({
    clock,
    version: "1.2.3",
    perJob: "top",
    store,
    onError: (err) => errors.push(err),
    runtime: false,
    ...over,
  });
  return { clock, metrics, errors, reads, scrape: async () => (await metrics.scrape()).body };
}

describe("metrics", () => {
  it("have the names and labels that dashboards and alerts go by", async () => {
    const { metrics, scrape } = open({ spoolEvents: () => 4, runtime: true });
    metrics.leader(true);
    metrics.changed(aChange());
    metrics.notification("ops", "failed");
    metrics.storeOp("record", 0.002, true);
    const lines = (await scrape()).split("\n");
    for (const line of [
      `distcron_build_info{version="1.2.3",node_version="${process.versions.node}"} 1`,
      "distcron_scheduler_leader 1",
      "distcron_scheduler_lag_seconds 1.5",
      'distcron_runs_total{state="succeeded",trigger="schedule"} 1',
      'distcron_run_start_delay_seconds_bucket{le="0.001"} 0',
      "distcron_run_duration_seconds_sum 0.812",
      "distcron_runs_running 3",
      'distcron_runs_queued{reason="no_eligible_node"} 2',
      'distcron_job_last_success_timestamp_seconds{job="backup"} 1700000000',
      'distcron_job_consecutive_failures{job="backup"} 2',
      'distcron_node_up{node="web-1"} 1',
      'distcron_node_slots{node="web-1"} 16',
      'distcron_node_slots_used{node="web-1"} 3',
      'distcron_node_cpu_usage_ratio{node="web-1"} 0.5',
      'distcron_node_memory_used_ratio{node="web-1"} 0.25',
      'distcron_node_disk_used_ratio{node="web-1",mount="/"} 0.75',
      'distcron_node_clock_offset_seconds{node="web-1"} -0.25',
      "distcron_spool_events 4",
      'distcron_notifications_total{channel="ops",result="failed"} 1',
      'distcron_store_op_seconds_count{op="record"} 1',
      "distcron_store_errors_total 1",
    ])
      expect(lines).toContain(line);
    expect(lines.some((line) => line.startsWith("nodejs_eventloop_lag_seconds"))).toBe(true);
    expect(lines.some((line) => line.startsWith("process_cpu_seconds_total"))).toBe(true);
  });

  it("count a run once and its delay at its first start", async () => {
    const { metrics, scrape } = open();
    const due = aChange().dueAt;
    const moves: Partial<RunChange>[] = [
      { from: null, to: "planned", startedAt: null, finishedAt: null },
      { from: "planned", to: "assigned", startedAt: null, finishedAt: null },
      { from: "assigned", to: "running", startedAt: due + 3, finishedAt: null },
      { from: "running", to: "planned", startedAt: due + 3, finishedAt: null },
      { from: "planned", to: "running", startedAt: due + 3, finishedAt: null, attempt: 2 },
      { from: "running", to: "failed" },
      // Its start was never heard of: the end brings it along.
      { from: "assigned", to: "succeeded" },
      { from: "planned", to: "skipped", startedAt: null },
    ];
    for (const move of moves) metrics.changed(aChange(move));
    const text = await scrape();
    expect(text).toContain("distcron_run_start_delay_seconds_count 2");
    expect(text).toContain('distcron_run_start_delay_seconds_bucket{le="0.005"} 2');
    expect(text).toContain("distcron_run_duration_seconds_count 2");
    expect(text).toContain('distcron_runs_total{state="skipped",trigger="schedule"} 1');
  });

  it("have every outcome from the start, so that the first lost run is an increase", async () => {
    const { scrape } = open();
    expect(await scrape()).toContain('distcron_runs_total{state="lost",trigger="schedule"} 0');
    const onNode = open({ store: undefined });
    expect(await onNode.scrape()).not.toContain("distcron_runs_total{");
  });

  it("read the store at most every two seconds, and only where this scheduler leads", async () => {
    const { clock, metrics, reads, scrape } = open();
    expect(await scrape()).not.toContain("distcron_node_up{");
    expect(reads()).toBe(0);
    metrics.leader(true);
    await Promise.all([scrape(), scrape()]);
    await scrape();
    expect(reads()).toBe(1);
    await clock.advance(2000);
    await scrape();
    expect(reads()).toBe(2);
    metrics.leader(false);
    const text = await scrape();
    expect(text).not.toMatch(/distcron_(node_up|job_consecutive_failures|runs_queued)\{/);
    expect(text).toContain("distcron_scheduler_leader_changes_total 2");
  });

  it("answer within a second from a store that hangs, and go on when it fails", async () => {
    const clock = new ManualClock();
    const hanging = open({ clock, store: figures(clock, { summary: () => new Promise(() => {}) }).store });
    hanging.metrics.leader(true);
    const answer = hanging.scrape();
    await clock.advance(1000);
    expect(await answer).toContain("distcron_scheduler_leader 1");
    const failing = open({ store: figures(clock, { summary: () => Promise.reject(new Error("down")) }).store });
    failing.metrics.leader(true);
    expect(await failing.scrape()).toContain("distcron_scheduler_leader 1");
    expect(failing.errors).toHaveLength(1);
  });

  it("show jobs as asked: none, or the first", async () => {
    const off = open({ perJob: "off" });
    off.metrics.leader(true);
    expect(await off.scrape()).not.toContain("distcron_job_consecutive_failures{");
    expect(await off.scrape()).toContain("distcron_runs_running 3");
  });

  it("on a node alone show the node", async () => {
    const own = { name: "n", up: true, slots: 2, running: 1, cpuRatio: 0.1, memoryRatio: null, disks: [] };
    const { scrape } = open({ store: undefined, node: () => own });
    expect(await scrape()).toContain('distcron_node_slots{node="n"} 2');
  });

  it("time the store's operations, also those that fail", async () => {
    const clock = new ManualClock();
    const seen: [string, number, boolean][] = [];
    const real = {
      listJobs: async () => {
        await clock.sleep(20);
        throw new Error("no");
      },
      saveJob: async () => {
        throw new ConflictError("version", "somebody was faster");
      },
      getJob: async () => null,
      close: async () => {},
    } as unknown as Store;
    const store = timedStore(real, clock, (...observed) => seen.push(observed));
    const asked = expect(store.listJobs({ limit: 1 })).rejects.toThrow("no");
    await clock.advance(20);
    await asked;
    await expect((store as unknown as { saveJob(): Promise<void> }).saveJob()).rejects.toThrow("faster");
    await store.getJob("a");
    expect(seen).toEqual([
      ["listJobs", 0.02, true],
      ["saveJob", 0, false],
      ["getJob", 0, false],
    ]);
  });
});
