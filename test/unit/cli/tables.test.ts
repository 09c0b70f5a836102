// Every list of the command line, with values as long as they get: it fits, and one can still tell and copy what a row is about.
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { type Column, layOut } from "../../../src/cli/lay-out.ts";
import * as tables from "../../../src/cli/tables.ts";
import { textWidth } from "../../../src/lib/text-width.ts";

const now = Date.UTC(2026, 5, 1, 12);
const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString();
const paint = (state: string) => `\u001b[31m${state}\u001b[0m`;
const id = "01kbcdefghjkmnpqrstvwxyz01";
const longName = "payments-reconciliation-of-all-branches-nightly.eu-central-1";
const host = "ip-10-20-130-140.eu-central-1.compute.internal";
const spec = { schedule: ["0,10,20,30,40,50 6-22 * * MON-FRI", "15 3 1,15 * *"] };

const jobs = (name: string) => ({
  ...{ id, name, version: 12, enabled: false, spec, effective: { timezone: "America/Argentina/Buenos_Aires" } },
  nextRunAt: ago(-23 * 60 - 59),
  lastRun: { id, state: "timed_out", startedAt: ago(1500), finishedAt: ago(1439), durationMs: 3_599_000 },
});
const runs = (job: string, node: string, message: string) => ({
  ...{ id, job: { name: job }, trigger: "schedule", state: "timed_out", attempt: 3, node: { name: node } },
  ...{ scheduledFor: ago(1439), startedAt: ago(1438), latenessMs: 3_599_000, durationMs: 3_599_000 },
  reason: { code: "timeout", message },
});
const reason = "still running after its timeout of 59m 59s; TERM was sent, then KILL after 10 s";
const someRuns = [
  runs("quick", "web-1", ""),
  runs(longName, host, reason),
  runs("每日数据库备份与校验任务", "节点", "超过了 59 分 59 秒的时限，已先后发送 TERM 与 KILL"),
];
const node = {
  ...{ id, name: host, state: "draining", slots: 1000, running: 1000, queued: 1000, cpu: 1, memory: 1 },
  labels: { "topology.kubernetes.io/zone": "eu-central-1a", disk: "ssd", team: "payments" },
  ...{ version: "10.12.13", lastBeatAt: ago(1439) },
};
const token = {
  ...{ id, name: "continuous-integration of the payments team, for deploying", role: "operator", scopes: [] },
  ...{ createdAt: ago(1), owner: "maximiliane.mustermann", expiresAt: ago(-129_599), lastUsedAt: ago(129_599) },
  revokedAt: ago(3),
};
const user = {
  ...{ id, name: "maximiliane.mustermann@example.com", displayName: "Maximiliane Erika Mustermann-Beispiel" },
  ...{ role: "operator", disabled: true, lastLoginAt: ago(129_599) },
} as Parameters<ReturnType<typeof tables.userColumns>[0]["value"]>[0];
const tick = { at: "2026-10-25T01:30:00.000Z", local: "2026-10-25T02:30:00+01:00", dst: "overlap" };
const setting = {
  key: "coordinator.etcd.leaseTtlOfTheLeader",
  value: ["https://etcd-1.example.com:2379", "https://etcd-2.example.com:2379"],
  origin: "environment DISTCRON_COORDINATOR__ETCD__ENDPOINTS",
};
const problem = "the database disk image is malformed: page 12 is never used; row 7 missing from index runs_by_job";
const parts = ["postgres", "mysql"].map((scheme, i) => ({
  ...{
    name: `scheduler-${i}`,
    pid: 4_194_304,
    address: `${scheme}://distcron@127.0.0.1:65000/distcron`,
    leads: i === 0,
  },
  log: "/srv/clusters/of-the-payments-team/trial/logs/scheduler-1.log",
}));

/** `names`: what has to stand in the table, whole. */
interface Scene {
  columns: Column<never>[];
  rows: object[];
  names: string[];
  least: string[];
}
const scenes: Record<keyof Omit<typeof tables, "scheduleText">, Scene> = {
  jobColumns: {
    columns: tables.jobColumns(paint, now),
    rows: [jobs("quick"), jobs(longName)],
    names: ["quick", longName],
    least: ["LAST", "NEXT"],
  },
  runColumns: {
    columns: tables.runColumns(paint, now),
    rows: someRuns,
    names: [id],
    least: ["JOB", "STATE", "SCHEDULED"],
  },
  historyColumns: {
    columns: tables.historyColumns(paint, now),
    rows: someRuns,
    names: [id],
    least: ["STATE", "SCHEDULED"],
  },
  tickColumns: { columns: tables.tickColumns(now), rows: [tick], names: [tick.local, tick.dst], least: [] },
  versionColumns: {
    columns: tables.versionColumns,
    rows: [{ version: 128, createdAt: ago(1), createdBy: "user:maximiliane.mustermann", spec }],
    names: ["128", ago(1)],
    least: ["BY"],
  },
  nodeColumns: {
    columns: tables.nodeColumns(paint, now),
    rows: [node],
    names: [host],
    least: ["STATE", "RUNNING", "BEAT"],
  },
  tokenColumns: { columns: tables.tokenColumns(now), rows: [token], names: [id], least: ["NAME", "STATE"] },
  userColumns: { columns: tables.userColumns(paint, now), rows: [user], names: [user.name], least: ["ROLE", "STATE"] },
  configColumns: { columns: tables.configColumns, rows: [setting], names: [setting.key], least: ["VALUE", "FROM"] },
  checkColumns: {
    columns: tables.checkColumns(paint),
    rows: [{ check: "configuration", ok: false, detail: problem }],
    names: ["configuration", "PROBLEM", ...problem.split(" ")],
    least: [],
  },
  partColumns: {
    columns: tables.partColumns("/srv/clusters/of-the-payments-team/trial"),
    rows: parts,
    names: ["scheduler-0", "4194304", "leads"],
    least: [],
  },
};

const printed = ({ columns, rows }: Scene, width: number | undefined) =>
  layOut(rows as never[], columns, width).map((line) => stripVTControlCharacters(line));

describe.each(Object.entries(scenes))("%s", (_, scene) => {
  it.each([60, 80, 120, 200])("fits into %i columns and keeps what tells its rows apart", (width) => {
    const lines = printed(scene, width);
    for (const line of lines) expect(textWidth(line), line).toBeLessThanOrEqual(width);
    const text = lines.join("\n");
    for (const name of scene.names) expect(text).toContain(name);
    for (const title of scene.least) expect(lines[0]).toContain(title);
  });

  it("has every column, nothing cut, where there is no terminal", () => {
    const lines = printed(scene, undefined);
    expect(lines.join("\n")).not.toContain("…");
    expect(lines).toHaveLength(scene.rows.length + 1);
    for (const { title } of scene.columns) expect(lines[0]).toContain(title.toUpperCase());
  });
});

it("says when and why of a run in 80 columns", () => {
  const [titles, , failed] = printed(scenes.runColumns, 80);
  expect(titles).toMatch(/^RUN +JOB +STATE +SCHEDULED +WHY$/);
  expect(failed).toMatch(/timed_out +23h 59m ago +still running a/);
});

it("is as it was where it fits", () => {
  const [titles] = printed({ ...scenes.runColumns, rows: [runs("quick", "web-1", "")] }, 120);
  expect(titles).toMatch(/^RUN +JOB +STATE +TRIGGER +SCHEDULED +LATE +TOOK +NODE +WHY$/);
});
