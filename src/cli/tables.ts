// What each list shows, and what of it goes first where the terminal is narrow. What tells rows apart always stays whole.
import { relative as relativePath } from "node:path";
import type { UserView } from "../api/contract/accounts.ts";
import type { Column } from "./lay-out.ts";
import { humanMs, relative } from "./output.ts";
import type { JobView, NodeView, RunView, Tick, TokenView, VersionView } from "./views.ts";

type Paint = (state: string) => string;

export const scheduleText = (spec: Record<string, unknown>) => [spec.schedule].flat().join(", ");

export const jobColumns = (paint: Paint, now: number): Column<JobView>[] => [
  { title: "name", value: (j) => j.name, names: true },
  { title: "schedule", value: (j) => scheduleText(j.spec), atLeast: 12, leaveOut: 4 },
  { title: "zone", value: (j) => String(j.effective.timezone ?? ""), leaveOut: 1 },
  { title: "enabled", value: (j) => (j.enabled ? "yes" : paint("disabled")), leaveOut: 3 },
  { title: "last", value: (j) => (j.lastRun ? paint(j.lastRun.state) : "–") },
  { title: "ended", value: (j) => relative(j.lastRun?.finishedAt, now), leaveOut: 2 },
  { title: "next", value: (j) => relative(j.nextRunAt, now) },
];

export const runColumns = (paint: Paint, now: number): Column<RunView>[] => [
  { title: "run", value: (r) => r.id },
  { title: "job", value: (r) => r.job.name, atLeast: 10 },
  { title: "state", value: (r) => paint(r.state) },
  { title: "trigger", value: (r) => r.trigger, leaveOut: 2 },
  { title: "scheduled", value: (r) => relative(r.scheduledFor, now), leaveOut: 6 },
  { title: "late", value: (r) => humanMs(r.latenessMs), right: true, leaveOut: 1 },
  { title: "took", value: (r) => humanMs(r.durationMs), right: true, leaveOut: 4 },
  { title: "node", value: (r) => r.node?.name ?? "–", atLeast: 8, leaveOut: 3 },
  { title: "why", value: (r) => r.reason?.message ?? "", atLeast: 16, leaveOut: 5 },
];

export const historyColumns = (paint: Paint, now: number): Column<RunView>[] =>
  runColumns(paint, now).filter(({ title }) => title !== "job");

export const tickColumns = (now: number): Column<Tick>[] => [
  { title: "local", value: (t) => t.local },
  { title: "utc", value: (t) => t.at, leaveOut: 2 },
  { title: "in", value: (t) => relative(t.at, now), leaveOut: 1 },
  { title: "note", value: (t) => (t.dst ? `daylight saving: ${t.dst}` : "") },
];

export const versionColumns: Column<VersionView>[] = [
  { title: "version", value: (v) => String(v.version), right: true },
  { title: "made", value: (v) => v.createdAt },
  { title: "by", value: (v) => v.createdBy, atLeast: 12 },
  { title: "schedule", value: (v) => scheduleText(v.spec), atLeast: 12, leaveOut: 1 },
];

const percent = (ratio: number | null) => (ratio === null ? "–" : `${Math.round(ratio * 100)}%`);

export const nodeColumns = (paint: Paint, now: number): Column<NodeView>[] => [
  { title: "node", value: (n) => n.name, names: true },
  { title: "state", value: (n) => paint(n.state) },
  { title: "running", value: (n) => `${n.running}/${n.slots ?? "–"}`, right: true },
  { title: "queued", value: (n) => String(n.queued), right: true, leaveOut: 5 },
  { title: "cpu", value: (n) => percent(n.cpu), right: true, leaveOut: 4 },
  { title: "memory", value: (n) => percent(n.memory), right: true, leaveOut: 3 },
  { title: "beat", value: (n) => relative(n.lastBeatAt, now) },
  { title: "labels", value: (n) => labelText(n.labels), atLeast: 12, leaveOut: 2 },
  { title: "version", value: (n) => n.version ?? "–", leaveOut: 1 },
];
const labelText = (labels: Record<string, string>) =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");

export const tokenColumns = (now: number): Column<TokenView>[] => [
  { title: "id", value: (t) => t.id },
  { title: "name", value: (t) => t.name, atLeast: 12 },
  { title: "role", value: (t) => t.role, leaveOut: 3 },
  { title: "owner", value: (t) => t.owner ?? "–", atLeast: 8, leaveOut: 1 },
  { title: "state", value: (t) => (t.revokedAt ? "revoked" : "valid") },
  { title: "expires", value: (t) => relative(t.expiresAt, now), leaveOut: 4 },
  { title: "used", value: (t) => relative(t.lastUsedAt, now), leaveOut: 2 },
];

export const userColumns = (paint: Paint, now: number): Column<UserView>[] => [
  { title: "name", value: (u) => u.name, names: true },
  { title: "shown as", value: (u) => u.displayName ?? "", atLeast: 12, leaveOut: 1 },
  { title: "role", value: (u) => u.role },
  { title: "state", value: (u) => (u.disabled ? paint("disabled") : "enabled") },
  { title: "signed in", value: (u) => relative(u.lastLoginAt, now), leaveOut: 2 },
];

export const configColumns: Column<{ key: string; value: unknown; origin: string }>[] = [
  { title: "key", value: (v) => v.key, names: true },
  { title: "value", value: (v) => JSON.stringify(v.value), atLeast: 12, wraps: true },
  { title: "from", value: (v) => v.origin, atLeast: 12, wraps: true },
];

export const checkColumns = (paint: Paint): Column<{ check: string; ok: boolean; detail: string }>[] => [
  { title: "check", value: (c) => c.check },
  { title: "result", value: (c) => (c.ok ? paint("ok") : "PROBLEM") },
  { title: "detail", value: (c) => c.detail, atLeast: 20, wraps: true },
];

/** `folder`: of the whole cluster, beside which a log's path is short. */
export const partColumns = (
  folder: string,
): Column<{ name: string; pid: number | null | undefined; address: string; log: string; leads: boolean }>[] => [
  { title: "part", value: (each) => each.name },
  { title: "pid", value: (each) => String(each.pid ?? "–"), right: true },
  { title: "address", value: (each) => each.address, atLeast: 22, wraps: true },
  { title: "log", value: (each) => relativePath(folder, each.log), leaveOut: 1 },
  { title: "", value: (each) => (each.leads ? "leads" : "") },
];
