// Jobs as files: apply, diff, export, validate, and importing a crontab.
import { readdirSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import type { Command } from "commander";
import { stringify } from "yaml";
import { collect } from "../collect.ts";
import { type Common, type Context, common, connect, createOutput, path, readInput } from "../context.ts";
import { CliError, exitCodes } from "../exit.ts";

interface Applied {
  name: string;
  result: "created" | "changed" | "unchanged" | "deleted";
  diff?: { path: string; before: unknown; after: unknown }[];
  warnings: string[];
}
interface Position {
  line: number;
  column: number;
}
interface Problem extends Position {
  file: string;
  path?: string;
  message: string;
}

async function offline() {
  return (await import("../../main.ts")).offline;
}

/** Where a document stands, and the parts of it. */
interface Origin extends Position {
  file: string;
  positionOf(path: string): Position;
}

/** Documents of a file, a folder of YAML and JSON files, or standard input. Throws with every problem found. */
export async function readDocuments(source: string): Promise<{ documents: unknown[]; origins: Origin[] }> {
  const files =
    source !== "-" && statSync(source, { throwIfNoEntry: false })?.isDirectory() ? listFiles(source) : [source];
  const { readJobFile } = await offline();
  const documents: unknown[] = [];
  const origins: Origin[] = [];
  const problems: Problem[] = [];
  for (const file of files) {
    const read = readJobFile(await readInput(file));
    for (const { document, ...where } of read.documents) {
      documents.push(document);
      origins.push({ file, ...where });
    }
    for (const error of read.errors) problems.push({ file, ...error });
  }
  if (problems.length) throw new CliError(exitCodes.usage, problems.map(describe).join("\n"));
  return { documents, origins };
}

const listFiles = (folder: string) => {
  const files = readdirSync(folder)
    .filter((name) => [".yaml", ".yml", ".json"].includes(extname(name)))
    .sort()
    .map((name) => join(folder, name));
  if (files.length === 0) throw new CliError(exitCodes.usage, `${folder}: no .yaml, .yml or .json file in it`);
  return files;
};

const describe = ({ file, line, column, path: at, message }: Problem) =>
  `${file === "-" ? "standard input" : file}:${line}:${column}: ${at ? `${at}: ` : ""}${message}`;

/** Checks without a server; a job's defaults come from the server, so that only the document itself is judged. */
async function check(source: string): Promise<{ count: number; problems: Problem[]; warnings: Problem[] }> {
  const { documents, origins } = await readDocuments(source);
  const { validateJob } = await offline();
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const seen = new Map<string, number>();
  for (const [i, document] of documents.entries()) {
    const { file, line, column, positionOf } = origins[i] as Origin;
    const result = validateJob(document);
    for (const error of result.errors) problems.push({ file, ...positionOf(error.path), ...error });
    for (const message of result.warnings) warnings.push({ file, line, column, message });
    const name = (document as { name?: unknown } | null)?.name;
    if (typeof name !== "string") continue;
    const first = seen.get(name);
    const message = `${name} stands twice (first in line ${first})`;
    if (first !== undefined) problems.push({ file, ...positionOf("name"), path: "name", message });
    else seen.set(name, line);
  }
  return { count: documents.length, problems, warnings };
}

function printApplied(out: Context["out"], results: Applied[], dryRun: boolean) {
  if (out.format !== "table") return out.data({ results });
  for (const each of results) {
    out.text(`${each.result.padEnd(9)} ${each.name}${dryRun && each.result !== "unchanged" ? " (dry run)" : ""}`);
    for (const d of each.diff ?? []) out.text(`    ${d.path}: ${show(d.before)} → ${show(d.after)}`);
    for (const warning of each.warnings) out.note(`  warning: ${each.name}: ${warning}`);
  }
}
const show = (value: unknown) => (value === undefined ? "(none)" : JSON.stringify(value));

async function apply(
  context: Context,
  options: { file: string; prune?: boolean; tag?: string },
  dryRun: boolean,
): Promise<Applied[]> {
  const { documents } = await readDocuments(options.file);
  const body = {
    jobs: documents,
    prune: options.prune ?? false,
    ...(options.tag ? { selector: { tag: options.tag } } : {}),
    dryRun,
  };
  const answer = await context.api.send<{ results: Applied[] }>("POST", path("jobs", "apply"), body);
  return answer.results;
}

export function documentCommands(program: Command): void {
  common(program.command("apply"))
    .description("make the scheduler's jobs match files")
    .requiredOption("-f, --file <file>", "file, folder, or - for standard input")
    .option("--prune", "delete jobs with the tag that aren't in the files")
    .option("--tag <tag>", "the tag that --prune goes by")
    .option("--dry-run", "say what would change")
    .addHelpText(
      "after",
      "\nExamples:\n  distcron apply -f jobs.yaml\n  distcron apply -f jobs/ --prune --tag team-a\n  cat jobs.yaml | distcron apply -f - --dry-run",
    )
    .action(async (options) => {
      if (options.prune && !options.tag)
        throw new CliError(exitCodes.usage, "--prune needs --tag: it deletes only jobs with that tag");
      const context = connect(options);
      printApplied(context.out, await apply(context, options, options.dryRun ?? false), options.dryRun ?? false);
    });

  common(program.command("diff"))
    .description("what apply would change; exit 1 if anything differs")
    .requiredOption("-f, --file <file>", "file, folder, or - for standard input")
    .option("--prune", "count jobs with the tag that aren't in the files")
    .option("--tag <tag>", "the tag that --prune goes by")
    .action(async (options) => {
      const context = connect(options);
      const results = await apply(context, options, true);
      const differing = results.filter((each) => each.result !== "unchanged");
      printApplied(context.out, context.out.format === "table" ? differing : results, true);
      if (differing.length)
        throw new CliError(exitCodes.failed, `${differing.length} of ${results.length} jobs differ`);
    });

  common(program.command("export"))
    .description("print the jobs as a file for apply")
    .option("--tag <tag>", "only jobs with this tag")
    .action(async (options) => {
      const { api, out } = connect(options);
      const query = { tag: options.tag };
      const items = await collect<{ spec: unknown; enabled: boolean }>({ api, out }, path("jobs"), query);
      const jobs = items.map((each) => each.spec);
      if (out.format === "json") out.data({ jobs });
      else process.stdout.write(stringify({ jobs }, { lineWidth: 0 }));
    });

  common(program.command("validate"))
    .description("check files without a server")
    .requiredOption("-f, --file <file>", "file, folder, or - for standard input")
    .action(async (options) => {
      const out = createOutput(options);
      const { count, problems, warnings } = await check(options.file);
      if (out.format !== "table") out.data({ jobs: count, errors: problems, warnings });
      for (const each of warnings) out.note(`warning: ${describe(each)}`);
      if (problems.length)
        throw new CliError(
          exitCodes.usage,
          out.format === "table" ? problems.map(describe).join("\n") : `${problems.length} problems`,
        );
      if (out.format === "table") out.note(`${count} ${count === 1 ? "job is" : "jobs are"} valid`);
    });

  const importing = program.command("import").description("bring jobs from elsewhere");
  common(importing.command("crontab <file>"))
    .description("turn a crontab into jobs; nothing of it is dropped silently")
    .option("--system", "with a user column, as in /etc/crontab")
    .option("--dry-run", "print the jobs instead of creating them")
    .option("--timezone <zone>", "zone of the machine that the crontab comes from")
    .addHelpText(
      "after",
      "\nExamples:\n  crontab -l | distcron import crontab - --dry-run\n  distcron import crontab /etc/crontab --system --timezone Europe/Berlin",
    )
    .action(async (file, options) => importCrontab(file, options));
}

async function importCrontab(
  file: string,
  options: Common & { system?: boolean; dryRun?: boolean; timezone?: string },
) {
  const { importCrontab: read } = await offline();
  const result = read(await readInput(file), { system: options.system ?? false, timezone: options.timezone });
  const out = createOutput(options);
  const jobs = result.jobs.map(({ line, document }) => ({ ...document, line }));
  if (options.dryRun && out.format !== "table") out.data({ jobs, errors: result.errors, warnings: result.warnings });
  else {
    for (const each of result.warnings) out.note(`line ${each.line}: warning: ${each.message}`);
    for (const each of result.errors) out.note(`line ${each.line}: ${each.message}`);
    if (options.dryRun)
      process.stdout.write(stringify({ jobs: result.jobs.map((each) => each.document) }, { lineWidth: 0 }));
  }
  if (result.errors.length)
    throw new CliError(
      exitCodes.usage,
      `${result.errors.length} ${result.errors.length === 1 ? "line" : "lines"} can't be imported; nothing was created`,
    );
  if (options.dryRun) return;
  const context = connect(options);
  const answer = await context.api.send<{ results: Applied[] }>("POST", path("jobs", "apply"), {
    jobs: result.jobs.map((each) => each.document),
    dryRun: false,
  });
  printApplied(out, answer.results, false);
}
