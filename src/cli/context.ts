// What every command shares: where the server is, who we are to it, how to print.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type ApiClient, createApiClient } from "../api/client.ts";
import { type Clock, systemClock } from "../clock.ts";
import { parseDuration } from "../lib/duration.ts";
import { CliError, exitCodes } from "./exit.ts";
import { createOut, type Format, type Out } from "./output.ts";

export interface Common {
  server?: string;
  tokenFile?: string;
  dataDir?: string;
  output?: Format;
  color?: boolean;
}

export interface Context {
  out: Out;
  clock: Clock;
  api: ApiClient;
  /** The address that the client talks to. */
  url: string;
}

/** Adds the options that every command has. */
export function common(command: Command): Command {
  return command
    .addOption(new Option("--server <url>", "address of a scheduler (or DISTCRON_SERVER)"))
    .addOption(new Option("--token-file <file>", "file with the token (or DISTCRON_TOKEN, DISTCRON_TOKEN_FILE)"))
    .addOption(new Option("--data-dir <dir>", "data directory of a scheduler on this machine"))
    .addOption(new Option("-o, --output <format>", "how to print").choices(["table", "json", "yaml"]).default("table"))
    .addOption(new Option("--no-color", "plain text"));
}

export function createOutput(options: Common): Out {
  const color = options.color !== false && Boolean(process.stdout.isTTY) && !process.env.NO_COLOR;
  return createOut({ format: options.output ?? "table", color, stdout: process.stdout, stderr: process.stderr });
}

export function connect(options: Common): Context {
  const server = findServer(options, process.env);
  const api = createApiClient({ ...server, via: "cli" });
  return { out: createOutput(options), clock: systemClock, url: server.url, api };
}

/** Where a scheduler on this machine keeps its data unless it is told otherwise. */
export const usualFolders = ["./distcron-data", "/var/lib/distcron"];

/** The local.json that a scheduler on this machine leaves, looked for where it would be. */
export function localFiles(options: Common, env: NodeJS.ProcessEnv, usual = usualFolders): string[] {
  const folders = options.dataDir
    ? [options.dataDir]
    : [...(env.DISTCRON_DATA_DIR ? [env.DISTCRON_DATA_DIR] : []), ...usual];
  return folders.map((dir) => join(dir, "local.json"));
}

export interface Server {
  url: string;
  token: string | null;
  /** Of its certificate, where the machine's own scheduler left it. */
  fingerprint?: string | undefined;
}

export function findServer(options: Common, env: NodeJS.ProcessEnv, usual = usualFolders): Server {
  const given = options.server ?? env.DISTCRON_SERVER;
  const ownToken = readToken(options, env);
  if (given) return { url: given.replace(/\/+$/, ""), token: ownToken };
  const files = localFiles(options, env, usual);
  for (const file of files) {
    if (!existsSync(file)) continue;
    let local: Partial<Server>;
    try {
      local = JSON.parse(readFileSync(file, "utf8"));
    } catch (err) {
      throw new CliError(
        exitCodes.notAllowed,
        `cannot read ${file}: ${(err as Error).message}; run as the server's user`,
      );
    }
    const { url, token, fingerprint } = local;
    if (url) return { url, token: ownToken ?? token ?? null, fingerprint };
  }
  throw new CliError(
    exitCodes.unreachable,
    `no server: no scheduler runs on this machine (looked for ${files.join(", ")}) and neither --server nor DISTCRON_SERVER is given`,
  );
}

function readToken(options: Common, env: NodeJS.ProcessEnv): string | null {
  const file = options.tokenFile ?? (env.DISTCRON_TOKEN ? undefined : env.DISTCRON_TOKEN_FILE);
  if (!file) return env.DISTCRON_TOKEN?.trim() || null;
  try {
    return readFileSync(file, "utf8").trim();
  } catch (err) {
    throw new CliError(exitCodes.usage, `--token-file: cannot read ${file}: ${(err as Error).message}`);
  }
}

/** Text of a file, or of standard input for "-". */
export async function readInput(file: string): Promise<string> {
  if (file !== "-") {
    try {
      return readFileSync(file, "utf8");
    } catch (err) {
      throw new CliError(exitCodes.usage, `cannot read ${file}: ${(err as Error).message}`);
    }
  }
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

export const path = (...parts: string[]) => `/api/v1/${parts.map(encodeURIComponent).join("/")}`;

/** For commander: a duration in milliseconds; anything else is a usage error before the command has done a thing. */
export function duration(text: string): number {
  try {
    return parseDuration(text);
  } catch (err) {
    throw new InvalidArgumentError((err as Error).message);
  }
}
