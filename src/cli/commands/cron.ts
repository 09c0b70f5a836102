// distcron cron …: what a schedule means, without a server.
import type { Command } from "commander";
import { systemClock } from "../../clock.ts";
import { wholeNumber } from "../collect.ts";
import { common, createOutput } from "../context.ts";
import { CliError, exitCodes } from "../exit.ts";
import { tickColumns } from "../tables.ts";

export function cronCommands(program: Command): void {
  const cron = program.command("cron").description("try schedules, without a server");

  common(cron.command("next <expression>"))
    .description("its next ticks")
    .option("--timezone <zone>", "IANA name", "UTC")
    .option("-n, --count <n>", "how many", "10")
    .option("--from <instant>", "after this instant (ISO 8601 with offset)")
    .addHelpText(
      "after",
      '\nExamples:\n  distcron cron next "0 3 * * *" --timezone Europe/Berlin\n  distcron cron next "@every 90s" -n 3',
    )
    .action(async (expression, options) => {
      const out = createOutput(options);
      const preview = await look(expression, options);
      out.table(preview.ticks, tickColumns(systemClock.now()), preview);
      if (out.format === "table") for (const warning of preview.warnings) out.note(`warning: ${warning}`);
    });

  common(cron.command("explain <expression>"))
    .description("in words, with warnings")
    .option("--timezone <zone>", "IANA name", "UTC")
    .action(async (expression, options) => {
      const out = createOutput(options);
      const preview = await look(expression, { ...options, count: "3" });
      if (out.format !== "table") return out.data(preview);
      out.text(preview.description);
      for (const tick of preview.ticks)
        out.text(`  ${tick.local}${tick.dst ? `  (daylight saving: ${tick.dst})` : ""}`);
      for (const warning of preview.warnings) out.note(`warning: ${warning}`);
    });
}

async function look(schedule: string, options: { timezone: string; count: string; from?: string }) {
  const { offline } = await import("../../main.ts");
  const from = options.from ? new Date(options.from).getTime() : systemClock.now();
  if (Number.isNaN(from))
    throw new CliError(
      exitCodes.usage,
      `--from: expected an instant such as 2026-12-01T08:00:00+01:00, got ${options.from}`,
    );
  try {
    return offline.preview({ schedule, timezone: options.timezone, count: wholeNumber(options.count, "count"), from });
  } catch (err) {
    if ((err as { code?: string }).code === "invalid_schedule")
      throw new CliError(exitCodes.usage, (err as Error).message);
    throw err;
  }
}
