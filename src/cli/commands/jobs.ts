// distcron job …: what stands in the scheduler and what one may do with a job.
import type { Command } from "commander";
import { stringify } from "yaml";
import { collect } from "../collect.ts";
import { common, connect, duration, path } from "../context.ts";
import { editJob } from "../edit-job.ts";
import { CliError, exitCodes } from "../exit.ts";
import { historyColumns, jobColumns, tickColumns, versionColumns } from "../tables.ts";
import type { JobView, RunView, Tick, VersionView } from "../views.ts";
import { followRun, waitForRun } from "../wait.ts";

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
      out.table(items, jobColumns(out.state, clock.now()), { items });
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
    .action(async (name, options) => editJob(connect(options), name));

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
      // A document has stdout to itself.
      const stdout = context.out.format === "table" ? process.stdout : process.stderr;
      if (options.follow) await followRun(context, run.id, { stdout });
      await waitForRun(context, run.id, options.timeout);
    });

  common(job.command("enable <job>"))
    .description("plan it again from now on")
    .action(async (name, options) => {
      const { api, out } = connect(options);
      const enabled = await api.send("POST", path("jobs", name, "enable"), {});
      out.done(`${name} is enabled`, enabled);
    });

  common(job.command("disable <job>"))
    .description("plan it no more; runs that have started go on")
    .option("--until <instant>", "enables itself again then (ISO 8601 with offset)")
    .action(async (name, options) => {
      const { api, out } = connect(options);
      const { until } = options;
      const disabled = await api.send("POST", path("jobs", name, "disable"), until ? { until } : {});
      out.done(`${name} is disabled${until ? ` until ${until}` : ""}`, disabled);
    });

  common(job.command("delete <job>"))
    .description("delete a job; its history stays until retention")
    .option("-y, --yes", "don't ask")
    .action(async (name, options) => {
      const { api, out } = connect(options);
      if (!options.yes && process.stdin.isTTY && !(await confirm(`Delete job ${name}? [y/N] `)))
        throw new CliError(exitCodes.failed, "not deleted");
      const deleted = await api.send("DELETE", path("jobs", name));
      out.done(`${name} is deleted`, deleted);
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
      out.table(items, historyColumns(out.state, clock.now()), { items });
    });

  common(job.command("versions <job>"))
    .description("its versions, newest first")
    .action(async (name, options) => {
      const { api, out } = connect(options);
      const items = await collect<VersionView>({ api, out }, path("jobs", name, "versions"), {});
      out.table(items, versionColumns, { items });
    });

  common(job.command("rollback <job>"))
    .description("make an old version the newest")
    .requiredOption("--to <version>", "which version")
    .action(async (name, options) => {
      const { api, out } = connect(options);
      const now = await api.send<{ version: number }>("POST", path("jobs", name, "rollback"), {
        version: Number(options.to),
      });
      out.done(`${name} is at version ${now.version}, with the definition of version ${options.to}`, now);
    });
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
