// A database server of Debian's for a test file: its own directory, a free loopback port, an unprivileged user, ended by
// its process id.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./program.ts";

export interface ServerProgram {
  /** Its name in folders and messages; also the user that it runs as when we are root. */
  user: string;
  /** Fills the new directory. */
  install(dir: string, as: RunAs): void;
  command(dir: string, port: number): string[];
  /** What ends it at once, without saving anything. */
  crash: NodeJS.Signals;
  /** Rejects until the server answers. */
  ping(port: number): Promise<void>;
}

export type RunAs = { uid: number; gid: number } | Record<string, never>;

export type DatabaseServer = Awaited<ReturnType<typeof startDatabaseServer>>;

export async function startDatabaseServer(program: ServerProgram) {
  const as = runAs(program.user);
  const dir = mkdtempSync(join(tmpdir(), `distcron-${program.user}-`));
  if (as.uid !== undefined) chownSync(dir, as.uid, as.gid);
  program.install(dir, as);
  const port = await freePort();
  let child: ChildProcess | null = null;
  let said = "";
  const endWithUs = () => child?.kill("SIGKILL");
  process.once("exit", endWithUs);

  async function start() {
    const [command, ...args] = program.command(dir, port);
    const started = spawn(command!, args, { ...as, cwd: dir, stdio: ["ignore", "pipe", "pipe"] });
    child = started;
    for (const stream of [started.stdout, started.stderr]) stream.on("data", (text) => (said += text));
    await until("the database server answers", async () => {
      if (started.exitCode !== null) throw new Error(`${command} ended at its start:\n${said}`);
      return program.ping(port).then(
        () => true,
        () => false,
      );
    });
  }
  async function end(signal: NodeJS.Signals) {
    const ending = child;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise((resolve) => ending.once("exit", resolve));
    ending.kill(signal);
    await ended;
  }

  await start();
  return {
    port,
    start,
    /** As after a power cut. */
    crash: () => end(program.crash),
    pause: () => child?.kill("SIGSTOP"),
    resume: () => child?.kill("SIGCONT"),
    async remove() {
      await end(program.crash);
      process.off("exit", endWithUs);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A server reads secrets only from files of its own that nobody else may read. */
export function ownCopies(dir: string, files: Record<string, string>, as: RunAs) {
  for (const [name, from] of Object.entries(files)) {
    copyFileSync(from, join(dir, name));
    chmodSync(join(dir, name), 0o600);
    if (as.uid !== undefined) chownSync(join(dir, name), as.uid, as.gid);
  }
}

function runAs(user: string): RunAs {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string) => Number(execFileSync("id", [flag, user], { encoding: "utf8" }));
  return { uid: idOf("-u"), gid: idOf("-g") };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
