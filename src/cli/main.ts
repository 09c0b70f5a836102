// The command line: builds the commands, runs one, and turns what went wrong into words on stderr and an exit code.
import { Command, CommanderError } from "commander";
import { version } from "../lib/version.ts";
import { completionCommand } from "./commands/completion.ts";
import { cronCommands } from "./commands/cron.ts";
import { devCommands } from "./commands/dev.ts";
import { documentCommands } from "./commands/documents.ts";
import { jobCommands } from "./commands/jobs.ts";
import { migrateCommand } from "./commands/migrate.ts";
import { nodeCommands } from "./commands/nodes.ts";
import { runCommands } from "./commands/runs.ts";
import { serverCommands } from "./commands/server.ts";
import { tokenCommands } from "./commands/tokens.ts";
import { userCommands } from "./commands/users.ts";
import { exitCodes, explain } from "./exit.ts";

export function buildProgram(): Command {
  const program = new Command("distcron")
    .description("A lightweight distributed cron: every tick accounted for.")
    .version(version)
    .showHelpAfterError("(add --help for usage)")
    .showSuggestionAfterError(true)
    .exitOverride();
  serverCommands(program);
  documentCommands(program);
  jobCommands(program);
  runCommands(program);
  nodeCommands(program);
  cronCommands(program);
  tokenCommands(program);
  userCommands(program);
  migrateCommand(program);
  devCommands(program);
  completionCommand(program);
  const inherit = (command: Command) => {
    for (const each of command.commands) {
      each.copyInheritedSettings(command);
      inherit(each);
    }
  };
  inherit(program);
  program.addHelpText(
    "after",
    `
Start here:
  distcron serve                         run everything on this machine
  distcron apply -f jobs.yaml            create or change jobs
  distcron job list                      what there is and when it runs next
  distcron run list --state failed       what went wrong
  distcron job why backup --at <instant> why it ran, or did not

Exit codes: 0 done, 1 failed, 2 usage or invalid input, 3 not found, 4 not allowed, 5 conflict,
6 server unreachable, 7 timed out, 78 bad server configuration.`,
  );
  return program;
}

export async function main(argv: string[]): Promise<void> {
  // The reader of a pipe may go away (… | head): that is no failure of ours.
  process.stdout.on("error", (err: NodeJS.ErrnoException) => {
    if (err.code === "EPIPE") process.exit(0);
    throw err;
  });
  try {
    await buildProgram().parseAsync(argv);
    process.exitCode ??= exitCodes.done;
  } catch (err) {
    if (err instanceof CommanderError) process.exitCode = err.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    else {
      const { exitCode, message } = explain(err);
      process.stderr.write(`distcron: ${message}\n`);
      if (process.env.DEBUG) process.stderr.write(`${(err as Error).stack}\n`);
      process.exitCode = exitCode;
    }
  }
}
