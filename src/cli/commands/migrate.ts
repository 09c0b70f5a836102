// distcron migrate: the configured store's schema, or the whole store into another database.
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { type LoadedConfig, loadConfig } from "../../config.ts";
import { type Common, common, createOutput } from "../context.ts";
import { CliError, exitCodes } from "../exit.ts";
import type { Out } from "../output.ts";

interface MigrateOptions extends Common {
  to?: string;
  toFile?: string;
  config?: string;
  store?: string;
}
interface Progress {
  table: string;
  rows: number;
  total: number;
}

export function migrateCommand(program: Command): void {
  common(program.command("migrate"))
    .description("bring the store's schema up to date, or copy the whole store into another database (server stopped)")
    .option("--to <url>", "the empty database to copy into: postgres://…, mysql://… or sqlite:/path")
    .option("--to-file <file>", "file with that URL, which keeps its password out of the list of processes")
    .option("--config <file>", "configuration file of the server")
    .option("--store <url>", "the store, where the configuration names another (store.url)")
    .addHelpText(
      "after",
      `
Examples:
  distcron migrate --config /etc/distcron/config.yaml
  distcron migrate --data-dir /var/lib/distcron --to postgres://distcron:PASSWORD@db.example.com/distcron
  distcron migrate --to-file new-store-url`,
    )
    .action(async (options: MigrateOptions) => {
      const loaded = loadConfig({
        flags: { dataDir: options.dataDir, "store.url": options.store },
        env: process.env,
        ...(options.config ? { file: options.config } : {}),
      });
      const out = createOutput(options);
      const to = targetOf(options);
      if (to === null) await migrateSchema(loaded, out);
      else await copyStore(loaded, to, out);
    });
}

function targetOf({ to, toFile }: MigrateOptions): string | null {
  if (to && toFile) throw new CliError(exitCodes.usage, "--to and --to-file: give one of them");
  if (!toFile) return to ?? null;
  try {
    return readFileSync(toFile, "utf8").trim();
  } catch (err) {
    throw new CliError(exitCodes.usage, `--to-file: cannot read ${toFile}: ${(err as Error).message}`);
  }
}

async function migrateSchema({ config }: LoadedConfig, out: Out) {
  const { offline } = await import("../../main.ts");
  const migrated = await offline.migrateSchema(config);
  if (out.format !== "table") return out.data(migrated);
  const { store, before, now } = migrated;
  if (before === now) out.text(`${store}: the schema is current (version ${now})`);
  else if (before === 0) out.text(`${store}: the schema was made (version ${now})`);
  else out.text(`${store}: the schema was brought from version ${before} to ${now}`);
}

async function copyStore({ config, origins }: LoadedConfig, to: string, out: Out) {
  const { offline } = await import("../../main.ts");
  const stopped = new AbortController();
  const stop = () => stopped.abort(new Error("stopped before the copy was whole"));
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  const progress = createProgress(out);
  try {
    const copied = await offline.copyToStore(config, { to, onProgress: progress.show, signal: stopped.signal });
    progress.end();
    const rows = Object.values(copied.rows).reduce((sum, each) => sum + each, 0);
    if (out.format !== "table") out.data(copied);
    else out.text(`copied ${rows} rows from ${copied.from} to ${copied.to}; counts and checksums of every table agree`);
    out.note(
      `To switch over:
  1. set store.url (or store.urlFile) to the new address${origins["store.url"] === "default" ? "" : `; it came from: ${origins["store.url"]}`}
  2. start the server, then look: distcron doctor, distcron status
  3. nothing writes to the old store any more; keep it until you are content`,
    );
  } catch (err) {
    progress.end();
    const { code, message } = err as { code?: string; message: string };
    if (code === "target_not_empty") throw new CliError(exitCodes.conflict, message);
    throw err;
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}

/** On a terminal one line that grows, else a line for each table. */
function createProgress(out: Out) {
  const inPlace = Boolean(process.stderr.isTTY);
  let open = false;
  return {
    show({ table, rows, total }: Progress) {
      const line = `${table}: ${rows} of ${total} rows`;
      open = inPlace;
      if (inPlace) process.stderr.write(`\r\u001b[K${line}`);
      else if (rows >= total) out.note(line);
    },
    end() {
      if (open) process.stderr.write("\n");
      open = false;
    },
  };
}
