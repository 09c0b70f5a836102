// distcron job …: what stands in the scheduler and what one may do with a job.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { parse, stringify } from "yaml";
import type { Context } from "../context.ts";
import { common, connect, duration, path } from "../context.ts";
import { CliError, exitCodes } from "../exit.ts";
import { type Column, humanMs, relative } from "../output.ts";
import { followRun, waitForRun } from "../wait.ts";

interface JobView {
  id: string;
  name: string;
  version: number;
  enabled: boolean;
  spec: Record<string, unknown>;
  effective: Record<string, unknown>;
  nextRunAt: string | null;
  lastRun: {
    id: string;
    state: string;
    startedAt: string | null;
    finishedAt: string | null;
    durationMs: number | null;
  } | null;
  disabledReason?: string | null;
}

export const scheduleText = (spec: Record<string, unknown>) => [spec.schedule].flat().join(", ");

export function jobCommands(program: Command): void {
  const job = program.command("job").description("list, run, change and explain jobs");

  common(job.command("list"))
    .description("list jobs")
    .option("-q, --query <text>", "part of name, title, description or tag")
    .option("--tag <tag>", "only jobs with this tag")
    .option("--state <state>", "ok, failing, running, never-run or disabled")
    .option("-n, --limit <n>", "how many at most", "200")
    .addHelpText("after", "\nExamples:\n  distcron job list --state failing\n  distcron job list --tag db -o json")
    .action(async (options) => {
      const { api, out, clock } = connect(options);
      const items = await collect<JobView>(
        { api, out },
        path("jobs"),
        { q: options.query, tag: options.tag, state: options.state },
        options.limit,
      );
      out.table(
        items,
        [
          { title: "name", value: (j) => j.name },
          { title: "schedule", value: (j) => scheduleText(j.spec), flexible: true },
          { title: "zone", value: (j) => String(j.effective.timezone ?? "") },
          { title: "enabled", value: (j) => (j.enabled ? "yes" : out.state("disabled")) },
          { title: "last", value: (j) => (j.lastRun ? out.state(j.lastRun.state) : "–") },
          { title: "ended", value: (j) => relative(j.lastRun?.finishedAt, clock.now()) },
          { title: "next", value: (j) => relative(j.nextRunAt, clock.now()) },
        ],
        { items },
      );
    });

  common(job.command("get <job>"))
    .description("show a job: as written, or with every default filled in")
    .option("--effective", "with defaults")
    .action(async (name, options) => {
      const { api, out } = connect(options);
      const found = await api.get<JobView>(path("jobs", name));
      if (out.format !== "table") return out.data(found);
      out.text(stringify(options.effective ? found.effective : found.spec, { lineWidth: 0 }).trimEnd());
      out.note(
        `version ${found.version}, ${found.enabled ? "enabled" : `disabled${found.disabledReason ? `: ${found.disabledReason}` : ""}`}`,
      );
    });

  common(job.command("edit <job>"))
    .description("change a job in $EDITOR")
    .action(async (name, options) => edit(connect(options), name));

  common(job.command("run <job>"))
    .description("run a job now")
    .option("-e, --env <KEY=VALUE>", "extra environment (repeatable)", gather, [])
    .option("--body <text>", "another body for an http job")
    .option("--node <node>", "on this node")
    .option("--overlap <policy>", "allow, skip, queue or replace, for this run")
    .option("--idempotency-key <key>", "the same key makes one run")
    .option("--wait", "wait for its end; exit 1 if it did not succeed")
    .option("--follow", "show its output and wait for its end")
    .option("--timeout <duration>", "give up waiting after this long (exit 7)", duration)
    .addHelpText(
      "after",
      "\nExamples:\n  distcron job run backup --wait\n  distcron job run backup -e MODE=full --follow",
    )
    .action(async (name, options) => {
      const context = connect(options);
      const env = Object.fromEntries((options.env as string[]).map(pair));
      const { body, node, overlap, idempotencyKey } = options;
      const request = { ...(options.env.length ? { env } : {}), body, node, overlap, idempotencyKey };
      const run = await context.api.send<{ id: string; state: string }>("POST", path("jobs", name, "run"), request);
      if (!options.wait && !options.follow) {
        if (context.out.format !== "table") return context.out.data(run);
        return context.out.text(run.id);
      }
      context.out.note(`run ${run.id}`);
      if (options.follow) await followRun(context, run.id, { tail: undefined });
      await waitForRun(context, run.id, options.timeout);
    });

  common(job.command("enable <job>"))
    .description("plan it again from now on")
    .action(async (name, options) => {
      const { api, out } = connect(options);
      await api.send("POST", path("jobs", name, "enable"), {});
      out.note(`${name} is enabled`);
    });

  common(job.command("disable <job>"))
    .description("plan it no more; runs that have started go on")
    .option("--until <instant>", "enables itself again then (ISO 8601 with offset)")
    .action(async (name, options) => {
      const { api, out } = connect(options);
      await api.send("POST", path("jobs", name, "disable"), options.until ? { until: options.until } : {});
      out.note(`${name} is disabled${options.until ? ` until ${options.until}` : ""}`);
    });

  common(job.command("delete <job>"))
    .description("delete a job; its history stays until retention")
    .option("-y, --yes", "don't ask")
    .action(async (name, options) => {
      const { api, out } = connect(options);
      if (!options.yes && process.stdin.isTTY && !(await confirm(`Delete job ${name}? [y/N] `)))
        throw new CliError(exitCodes.failed, "not deleted");
      await api.send("DELETE", path("jobs", name));
      out.note(`${name} is deleted`);
    });

  common(job.command("next <job>"))
    .description("its next ticks")
    .option("-n, --count <n>", "how many", "10")
    .action(async (name, options) => {
      const { api, out, clock } = connect(options);
      const answer = await api.get<{ ticks: Tick[] }>(path("jobs", name, "next"), { count: options.count });
      out.table(answer.ticks, tickColumns(clock.now()), answer);
    });

  common(job.command("why <job>"))
    .description("why it ran, or did not, at an instant")
    .option("--at <instant>", "ISO 8601 with offset; default: its last tick")
    .addHelpText("after", "\nExample:\n  distcron job why backup --at 2026-11-22T03:00:00+01:00")
    .action(async (name, options) => {
      const { api, out } = connect(options);
      const answer = await api.get<{
        at: string;
        run: { id: string; state: string; reason: { message: string } | null } | null;
        rule: { code: string; message: string } | null;
      }>(path("jobs", name, "why"), { at: options.at });
      if (out.format !== "table") return out.data(answer);
      if (answer.run)
        out.text(
          `${answer.at}: run ${answer.run.id} ${out.state(answer.run.state)}${answer.run.reason ? `: ${answer.run.reason.message}` : ""}`,
        );
      if (answer.rule) out.text(`${answer.at}: ${answer.rule.message}`);
    });

  common(job.command("history <job>"))
    .description("its runs, newest first")
    .option("-n, --limit <n>", "how many", "20")
    .action(async (name, options) => {
      const { api, out, clock } = connect(options);
      const items = await collect<RunView>({ api, out }, path("runs"), { job: name }, options.limit);
      out.table(
        items,
        runColumns(out.state, clock.now()).filter((column) => column.title !== "job"),
        { items },
      );
    });

  common(job.command("versions <job>"))
    .description("its versions, newest first")
    .action(async (name, options) => {
      const { api, out } = connect(options);
      const items = await collect<{
        version: number;
        createdAt: string;
        createdBy: string;
        spec: Record<string, unknown>;
      }>({ api, out }, path("jobs", name, "versions"), {});
      out.table(
        items,
        [
          { title: "version", value: (v) => String(v.version), right: true },
          { title: "made", value: (v) => v.createdAt },
          { title: "by", value: (v) => v.createdBy },
          { title: "schedule", value: (v) => scheduleText(v.spec), flexible: true },
        ],
        { items },
      );
    });

  common(job.command("rollback <job>"))
    .description("make an old version the newest")
    .requiredOption("--to <version>", "which version")
    .action(async (name, options) => {
      const { api, out } = connect(options);
      const now = await api.send<{ version: number }>("POST", path("jobs", name, "rollback"), {
        version: Number(options.to),
      });
      out.note(`${name} is at version ${now.version}, with the definition of version ${options.to}`);
    });
}

export interface RunView {
  id: string;
  job: { name: string };
  trigger: string;
  state: string;
  reason: { code: string; message: string } | null;
  scheduledFor: string;
  startedAt: string | null;
  latenessMs: number | null;
  durationMs: number | null;
  node: { name: string } | null;
  attempt: number;
}

export const runColumns = (state: (state: string) => string, now: number): Column<RunView>[] => [
  { title: "run", value: (r) => r.id },
  { title: "job", value: (r) => r.job.name, flexible: true },
  { title: "state", value: (r) => state(r.state) },
  { title: "trigger", value: (r) => r.trigger },
  { title: "scheduled", value: (r) => relative(r.scheduledFor, now) },
  { title: "late", value: (r) => humanMs(r.latenessMs), right: true },
  { title: "took", value: (r) => humanMs(r.durationMs), right: true },
  { title: "node", value: (r) => r.node?.name ?? "–" },
  { title: "why", value: (r) => r.reason?.message ?? "", flexible: true },
];

export interface Tick {
  at: string;
  local: string;
  dst?: string;
}
export const tickColumns = (now: number): Column<Tick>[] => [
  { title: "local", value: (t) => t.local },
  { title: "utc", value: (t) => t.at },
  { title: "in", value: (t) => relative(t.at, now) },
  { title: "note", value: (t) => (t.dst ? `daylight saving: ${t.dst}` : "") },
];

/** Pages through a list: all of it, or up to `limit` items, and says on stderr when that isn't all. */
export async function collect<T>(
  { api, out }: Pick<Context, "api" | "out">,
  url: string,
  query: Record<string, unknown>,
  limit?: string,
): Promise<T[]> {
  const wanted = limit === undefined ? Number.POSITIVE_INFINITY : wholeNumber(limit, "limit");
  const items: T[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await api.get<{ items: T[]; nextCursor: string | null }>(url, {
      ...query,
      limit: Math.min(500, wanted - items.length),
      cursor,
    });
    items.push(...page.items);
    if (!page.nextCursor) return items;
    if (items.length >= wanted) {
      out.note(`there is more than these ${items.length}; for more: --limit ${items.length * 10}`);
      return items;
    }
    cursor = page.nextCursor;
  }
}

export function wholeNumber(text: string, name: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new CliError(exitCodes.usage, `--${name}: expected a whole number from 1, got ${text}`);
  return value;
}

const gather = (value: string, list: string[]) => [...list, value];
function pair(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new CliError(exitCodes.usage, `--env: expected KEY=VALUE, got ${text}`);
  return [text.slice(0, at), text.slice(at + 1)];
}

async function confirm(question: string): Promise<boolean> {
  const { createInterface } = await import("node:readline/promises");
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await reader.question(question)).trim());
  } finally {
    reader.close();
  }
}

/** Opens the document in the editor until it is valid or given up; the version guards against a change in between. */
async function edit({ api, out }: Context, name: string) {
  const editor = process.env.VISUAL ?? process.env.EDITOR ?? "vi";
  const found = await api.get<JobView>(path("jobs", name));
  const folder = mkdtempSync(join(tmpdir(), "distcron-edit-"));
  const file = join(folder, `${found.name}.yaml`);
  const original = stringify(found.spec, { lineWidth: 0 });
  writeFileSync(file, original, { mode: 0o600 });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      const child = spawn("/bin/sh", ["-c", `${editor} "$1"`, "sh", file], { stdio: "inherit" });
      child.on("error", reject);
      child.on("exit", resolve);
    });
    if (code !== 0) throw new CliError(exitCodes.failed, `${editor} ended with ${code}; nothing was changed`);
    const text = readFileSync(file, "utf8");
    if (text === original) return out.note("nothing changed");
    const headers = { "if-match": String(found.version) };
    const changed = await api.send<JobView>("PUT", path("jobs", found.id), parse(text), { headers });
    out.note(`${changed.name} is at version ${changed.version}`);
    rmSync(folder, { recursive: true, force: true });
  } catch (err) {
    out.note(`your text is kept in ${file}`);
    throw err;
  }
}
