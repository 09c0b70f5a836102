// Where a command gets a new password from: a file, the terminal (without echo), or it makes one and shows it once. Never
// from an argument, which every user of the machine could read.
import { leastPasswordLength } from "../api/contract/accounts.ts";
import { systemRandom } from "../random.ts";
import { readInput } from "./context.ts";
import { CliError, exitCodes } from "./exit.ts";

export interface Terminal {
  stdin: Pick<NodeJS.ReadStream, "isTTY" | "setRawMode" | "on" | "off" | "resume" | "pause">;
  stderr: { write(text: string): unknown };
}

export interface NewPassword {
  password: string;
  /** Nobody but the command knows it: show it. */
  generated: boolean;
}

/** Throws CliError. */
export async function newPassword(
  options: { passwordFile?: string; generate?: boolean },
  terminal: Terminal = process,
): Promise<NewPassword> {
  if (options.passwordFile !== undefined) {
    const password = (await readInput(options.passwordFile)).replace(/\r?\n$/, "");
    if (password.includes("\n"))
      throw new CliError(exitCodes.usage, `--password-file: ${options.passwordFile} must hold one line, the password`);
    return { password: longEnough(password), generated: false };
  }
  if (options.generate || !terminal.stdin.isTTY)
    return { password: Buffer.from(systemRandom.bytes(15)).toString("base64url"), generated: true };
  const password = longEnough(await readHidden("New password: ", terminal));
  if ((await readHidden("Again: ", terminal)) !== password)
    throw new CliError(exitCodes.usage, "the two passwords differ; nothing was changed");
  return { password, generated: false };
}

function longEnough(password: string): string {
  if (password.length >= leastPasswordLength) return password;
  throw new CliError(exitCodes.usage, `expected a password of at least ${leastPasswordLength} characters`);
}

const [interrupt, endOfInput, backspace, del] = ["\u0003", "\u0004", "\b", "\u007f"];

/** One line typed at a terminal, which shows nothing of it. Throws CliError when it was given up. */
export async function readHidden(prompt: string, { stdin, stderr }: Terminal): Promise<string> {
  stderr.write(prompt);
  stdin.setRawMode(true);
  stdin.resume();
  try {
    return await new Promise<string>((resolve, reject) => {
      let line: string[] = [];
      const finish = (end: () => void) => {
        stdin.off("data", hear);
        end();
      };
      function hear(data: Buffer | string) {
        for (const key of String(data)) {
          if (key === "\r" || key === "\n") return finish(() => resolve(line.join("")));
          if (key === interrupt || (key === endOfInput && line.length === 0))
            return finish(() => reject(new CliError(exitCodes.failed, "given up; nothing was changed")));
          if (key === backspace || key === del) line = line.slice(0, -1);
          else if (key >= " ") line.push(key);
        }
      }
      stdin.on("data", hear);
    });
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write("\n");
  }
}
