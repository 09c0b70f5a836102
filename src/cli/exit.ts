// How a command ends. The codes are part of the contract; scripts test against them.
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  notAllowed: 4,
  conflict: 5,
  unreachable: 6,
  timedOut: 7,
  badConfig: 78,
} as const;

/** Ends the command with a code and a sentence on stderr. */
export class CliError extends Error {
  readonly exitCode: number;
  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** A server that can't start as it is configured: starting it again changes nothing. */
const configCodes = new Set([
  "bad_config",
  "port_in_use",
  "listen_failed",
  "insecure_listen",
  "data_dir_locked",
  "store_newer",
  "store_corrupt",
  "node_name_taken",
  "node_id_live",
  "session_refused",
]);

/** The code and the words for whatever was thrown. */
export function explain(err: unknown): { exitCode: number; message: string } {
  if (err instanceof CliError) return { exitCode: err.exitCode, message: err.message };
  const { status, code, detail, errors, requestId, message } = err as {
    status?: number;
    code?: string;
    detail?: string;
    errors?: { path: string; message: string }[];
    requestId?: string;
    message?: string;
  };
  if (code === "unreachable") return { exitCode: exitCodes.unreachable, message: message ?? "server unreachable" };
  if (code === "timeout") return { exitCode: exitCodes.timedOut, message: message ?? "timed out" };
  if (code !== undefined && configCodes.has(code)) return { exitCode: exitCodes.badConfig, message: message ?? code };
  if (status === undefined) return { exitCode: exitCodes.failed, message: message ?? String(err) };
  const lines = [detail ?? message ?? `the server answered ${status}`];
  for (const each of errors ?? []) lines.push(`  ${each.path ? `${each.path}: ` : ""}${each.message}`);
  if (status >= 500 && requestId) lines.push(`  request ${requestId}`);
  return { exitCode: codeOf(status), message: lines.join("\n") };
}

function codeOf(status: number): number {
  if (status === 400 || status === 413 || status === 422) return exitCodes.usage;
  if (status === 401 || status === 403) return exitCodes.notAllowed;
  if (status === 404) return exitCodes.notFound;
  if (status === 409) return exitCodes.conflict;
  if (status === 503) return exitCodes.unreachable;
  return exitCodes.failed;
}
