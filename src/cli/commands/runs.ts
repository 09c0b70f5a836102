// distcron run …: what ran, its output, and what one may still do about it.
import type { Command } from "commander";
import { collect } from "../collect.ts";
import { common, connect, duration, path } from "../context.ts";
import { humanMs } from "../output.ts";
import { runColumns } from "../tables.ts";
import type { RunView } from "../views.ts";
import { followRun, waitForRun } from "../wait.ts";

interface RunDetail extends RunView {
  dueAt: string;
  plannedAt: string;
  assignedAt: string | null;
  finishedAt: string | null;
  exitCode: number | null;
  signal: string | null;
  httpStatus: number | null;
  output: { bytes: number; truncated: boolean };
  attempts: {
    number: number;
    fence: number;
    node: { name: string };
    startedAt: string;
    finishedAt: string | null;
    outcome: string | null;
    exitCode: number | null;
    signal: string | null;
    httpStatus: number | null;
    error: string | null;
  }[];
}

export function runCommands(program: Command): void {
  const run = program.command("run").description("list runs, read their output, cancel, retry, wait");

  common(run.command("list"))
    .description("list runs, newest first")
    .option("--job <job>", "of this job")
    .option("--node <node>", "on this node")
    .option("--state <states>", "comma-separated: failed,lost,…")
    .option("--trigger <triggers>", "comma-separated: schedule,manual,catch_up,retry_of")
    .option("--from <instant>", "scheduled at or after")
    .option("--to <instant>", "scheduled before")
    .option("-q, --query <text>", "part of the job's name, or the start of the run's id")
    .option("-n, --limit <n>", "how many at most", "50")
    .addHelpText("after", "\nExample:\n  distcron run list --state failed,timed_out,lost,missed -n 20")
    .action(async (options) => {
      const { api, out, clock } = connect(options);
      const { job, node, state, trigger, from, to, query: q } = options;
      const items = await collect<RunView>(
        { api, out },
        path("runs"),
        { job, node, state, trigger, from, to, q },
        options.limit,
      );
      out.table(items, runColumns(out.state, clock.now()), { items });
    });

  common(run.command("get <run>"))
    .description("show a run with its attempts")
    .action(async (id, options) => {
      const { api, out } = connect(options);
      const found = await api.get<RunDetail>(path("runs", id));
      if (out.format !== "table") return out.data(found);
      const lines: [string, string][] = [
        ["run", found.id],
        ["job", found.job.name],
        ["state", out.state(found.state)],
        ["why", found.reason?.message ?? ""],
        ["trigger", found.trigger],
        ["scheduled", found.scheduledFor],
        ["started", found.startedAt ? `${found.startedAt} (${humanMs(found.latenessMs)} after due)` : "–"],
        ["finished", found.finishedAt ? `${found.finishedAt} (took ${humanMs(found.durationMs)})` : "–"],
        ["node", found.node?.name ?? "–"],
        ["output", `${found.output.bytes} bytes${found.output.truncated ? ", cut" : ""}`],
      ];
      for (const [name, value] of lines) if (value) out.text(`${name.padEnd(10)} ${value}`);
      for (const a of found.attempts) {
        const verdict = [
          a.outcome ?? "running",
          a.exitCode === null ? "" : `exit ${a.exitCode}`,
          a.signal ?? "",
          a.httpStatus === null ? "" : `HTTP ${a.httpStatus}`,
          a.error ?? "",
        ].filter(Boolean);
        out.text(`attempt ${String(a.number).padEnd(2)} ${a.startedAt} on ${a.node.name}: ${verdict.join(", ")}`);
      }
    });

  common(run.command("logs <run>"))
    .description("its output, stdout to stdout and stderr to stderr")
    .option("-f, --follow", "until the run is over")
    .option("--tail <lines>", "only the last lines")
    .option("--stream <name>", "stdout or stderr alone")
    .action(async (id, options) => {
      const context = connect(options);
      if (options.follow) return followRun(context, id, { tail: options.tail });
      const { tail, stream } = options;
      process.stdout.write(await context.api.text(path("runs", id, "output"), { tail, stream }));
    });

  common(run.command("cancel <run...>"))
    .description("stop it: TERM, and KILL after the job's killGrace")
    .action(async (ids: string[], options) => {
      const { api, out } = connect(options);
      const items: { id: string; state: string }[] = [];
      try {
        for (const id of ids) {
          const answer = await api.send<{ id: string; state: string }>("POST", path("runs", id, "cancel"), {});
          const told = answer.state === "running" || answer.state === "assigned";
          if (out.format === "table") out.note(`run ${answer.id}: ${told ? "told to stop" : answer.state}`);
          items.push(answer);
        }
      } finally {
        // Those before one that failed have been told.
        if (out.format !== "table") out.data({ items });
      }
    });

  common(run.command("retry <run>"))
    .description("run it again, with the same version and overrides")
    .option("--wait", "wait for its end; exit 1 if it did not succeed")
    .action(async (id, options) => {
      const context = connect(options);
      const again = await context.api.send<{ id: string }>("POST", path("runs", id, "retry"), {});
      if (context.out.format === "table") context.out.text(again.id);
      else if (!options.wait) context.out.data(again);
      if (options.wait) await waitForRun(context, again.id);
    });

  common(run.command("wait <run>"))
    .description("wait for its end; exit 1 if it did not succeed")
    .option("--timeout <duration>", "give up after this long (exit 7)", duration)
    .action(async (id, options) => waitForRun(connect(options), id, options.timeout));
}
