// A copy of the built program, made once a test process: what is started later in a test is then the same build as what
// was started first, even when somebody builds anew meanwhile.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./program.ts";
import { root } from "./repository.ts";

let copy: Promise<string> | null = null;

/** The path of the copy's program. Rejects when there is no finished build within a minute. */
export function programCopy(): Promise<string> {
  copy ??= makeCopy();
  return copy;
}

async function makeCopy(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "distcron-program-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const stamp = join(root, "dist/.built");
  const built = () => (existsSync(stamp) ? readFileSync(stamp, "utf8") : "");
  mkdirSync(join(folder, "bin"));
  cpSync(join(root, "bin/distcron.js"), join(folder, "bin/distcron.js"));
  cpSync(join(root, "package.json"), join(folder, "package.json"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const copied = () => {
    const before = built();
    if (before === "") return false;
    try {
      rmSync(join(folder, "dist"), { recursive: true, force: true });
      cpSync(join(root, "dist"), join(folder, "dist"), { recursive: true });
    } catch {
      return false; // It is being built at this moment.
    }
    return built() === before;
  };
  await until("dist/ is built and was copied whole", copied, 60_000);
  return join(folder, "bin/distcron.js");
}
