// A server of the real program in a data directory of its own: started, ready, asked over the CLI and REST, ended by pid.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { type Ended, hasEnded, type RunOptions, run, start, until } from "./program.ts";

export interface RunRow {
  id: string;
  job: { name: string };
  state: string;
  trigger: string;
  reason: { code: string; message: string } | null;
  scheduledFor: string;
  attempt: number;
  attempts: { number: number; outcome: string | null; exitCode: number | null; httpStatus: number | null }[];
  exitCode: number | null;
  output: { bytes: number; truncated: boolean };
  covers: { from: string; to: string; count: number } | null;
}

export type Server = Awaited<ReturnType<typeof createServer>>;

/**
 * `config`: what its configuration file says. `env`: its environment beyond the tests' own. `dataDir`: by default its own.
 * `port`: by default another at each start.
 */
export async function createServer(
  given: { config?: object; env?: Record<string, string>; dataDir?: string; port?: number } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), "distcron-e2e-"));
  const dataDir = given.dataDir ?? join(folder, "data");
  const localFile = join(dataDir, "local.json");
  const configFile = join(folder, "config.yaml");
  // A short horizon: a change of a job takes effect soon, and a start after a crash has little to catch up.
  writeFileSync(configFile, stringify({ scheduler: { horizon: "5s" }, ...given.config }));
  let current: ReturnType<typeof start> | null = null;

  const local = () => JSON.parse(readFileSync(localFile, "utf8")) as { url: string; token: string };

  async function up() {
    // What a killed server left would be taken for the new one's.
    rmSync(localFile, { force: true });
    const args = ["serve", "--config", configFile, "--data-dir", dataDir, "--port", String(given.port ?? 0)];
    const now = start(args, given.env ? { env: given.env } : {});
    current = now;
    await until(`the server is ready: ${now.text.stderr}`, async () => {
      if (hasEnded(now.child)) throw new Error(`the server ended at its start: ${now.text.stdout}${now.text.stderr}`);
      if (!existsSync(localFile)) return false;
      try {
        return (await fetch(`${local().url}/readyz`)).ok;
      } catch {
        return false;
      }
    });
  }

  /** Sends a signal; resolves when the process has ended. */
  async function end(signal: NodeJS.Signals): Promise<Ended | null> {
    if (!current) return null;
    const { child, ended } = current;
    if (!hasEnded(child)) child.kill(signal);
    const worst = setTimeout(() => child.kill("SIGKILL"), 15_000);
    try {
      return await ended;
    } finally {
      clearTimeout(worst);
      current = null;
    }
  }

  const cli = (args: string[], options: RunOptions = {}) => run([...args, "--data-dir", dataDir], options);

  /** What the CLI prints as JSON; throws unless it ends with 0. */
  async function json<T>(args: string[], options: RunOptions = {}): Promise<T> {
    const answer = await cli([...args, "-o", "json"], options);
    if (answer.code !== 0) throw new Error(`${args.join(" ")} ended with ${answer.code}: ${answer.stderr}`);
    return JSON.parse(answer.stdout) as T;
  }

  async function api<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const { url, token } = local();
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    const isJson = response.headers.get("content-type")?.includes("json");
    return (isJson ? JSON.parse(text) : text) as T;
  }

  const apply = (...jobs: object[]) => api("POST", "/jobs/apply", { jobs });
  const getRun = (id: string) => api<RunRow>("GET", `/runs/${id}`);
  const output = (id: string, stream?: string) =>
    api<string>("GET", `/runs/${id}/output${stream ? `?stream=${stream}` : ""}`);

  /** Starts a run by hand; its id. */
  const trigger = async (job: string) => (await api<RunRow>("POST", `/jobs/${job}/run`, {})).id;

  const over = (id: string, timeoutMs?: number) =>
    until(
      `run ${id} is over`,
      async () => {
        const found = await getRun(id);
        return ["planned", "assigned", "running"].includes(found.state) ? null : found;
      },
      timeoutMs,
    );

  /** All runs of a job, oldest first, those that aren't due yet left out. */
  async function runsOf(job: string): Promise<RunRow[]> {
    const rows: RunRow[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const query = `?job=${job}&limit=500${cursor ? `&cursor=${cursor}` : ""}`;
      const page: { items: RunRow[]; nextCursor: string | null } = await api("GET", `/runs${query}`);
      rows.push(...page.items);
      cursor = page.nextCursor;
    }
    return rows.reverse();
  }

  await up();
  return {
    folder,
    dataDir,
    configFile,
    localFile,
    up,
    end,
    cli,
    json,
    api,
    apply,
    trigger,
    getRun,
    over,
    output,
    runsOf,
    get url() {
      return local().url;
    },
    get process() {
      if (!current) throw new Error("the server isn't running");
      return current;
    },
    /** For afterAll: ends the server, and removes all it left. */
    async dispose() {
      await end("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
