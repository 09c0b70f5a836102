// The program on a terminal of its own, so many columns wide: what it prints there, colours and all.
import { spawnSync } from "node:child_process";
import { cleanEnv, program } from "./program.ts";

const python = `
import fcntl, os, pty, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, int(sys.argv[1]), 0, 0))
    os.execv(sys.argv[2], sys.argv[2:])
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:  # a terminal that nobody has open any more
        break
    if not data:
        break
    os.write(1, data)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

/** Runs the program to its end; its lines. Throws when it fails. */
export function onTerminal(columns: number, args: string[], env: Record<string, string> = {}): string[] {
  const given = ["-c", python, String(columns), process.execPath, program, ...args];
  const { status, stdout, stderr } = spawnSync("python3", given, {
    encoding: "utf8",
    timeout: 30_000,
    env: cleanEnv({ TERM: "xterm-256color", ...env }),
  });
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stdout}${stderr}`);
  return stdout.trimEnd().split("\r\n");
}
