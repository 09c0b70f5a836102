// Says in advance why a program can't be run, where the system would not: behind setpriv(1) a missing program is an exit
// code like any other.
import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";

/** The file that execvp(3) would run, or null. `path` is the command's own PATH, `cwd` what it starts in. */
export function findProgram(file: string, path: string, cwd: string): string | null {
  if (file.includes("/")) return isProgram(file.startsWith("/") ? file : join(cwd, file)) ? file : null;
  for (const dir of path.split(":")) {
    const candidate = join(dir || cwd, file);
    if (isProgram(candidate)) return candidate;
  }
  return null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

export function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
