// Logs by pino: JSON for machines, a readable line on a terminal. Written in this process, without pino's transports
// (threads that a one-file build can't load). What looks like a secret never gets there.
import { pino } from "pino";

export type Logger = pino.Logger;
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal";

export interface LogOptions {
  level: LogLevel;
  /** auto: pretty on a terminal, JSON elsewhere. */
  format: "auto" | "json" | "pretty";
  /** Standard error unless given. */
  stream?: NodeJS.WritableStream & { isTTY?: boolean };
  /** Stand in every line, e.g. the role. */
  base?: Record<string, unknown>;
}

const secretKeys = ["token", "localToken", "password", "secret", "authorization", "cookie", "hash", "clusterToken"];
/** At the top and one and two levels down. */
const redact = secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);

export async function createLogger(options: LogOptions): Promise<Logger> {
  const stream = options.stream ?? process.stderr;
  const pretty = options.format === "pretty" || (options.format === "auto" && stream.isTTY === true);
  return pino(
    {
      level: options.level,
      base: options.base ?? {},
      redact: { paths: redact, censor: "••••" },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pretty ? await prettyStream(stream) : stream,
  );
}

/** Loaded only where somebody reads along. */
async function prettyStream(stream: NodeJS.WritableStream & { isTTY?: boolean }) {
  const { default: pretty } = await import("pino-pretty");
  return pretty({
    destination: stream,
    sync: true,
    colorize: stream.isTTY === true && !process.env.NO_COLOR,
    translateTime: "SYS:HH:MM:ss.l",
    ignore: "pid,hostname",
    singleLine: true,
  });
}
