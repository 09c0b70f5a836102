// distcron job edit: a job's document in the person's own editor.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { type Context, path } from "./context.ts";
import { CliError, exitCodes } from "./exit.ts";
import type { JobView } from "./views.ts";

/** Opens the document in the editor until it is valid or given up; the version guards against a change in between. */
export async function editJob({ api, out }: Context, name: string) {
  const editor = process.env.VISUAL ?? process.env.EDITOR ?? "vi";
  const found = await api.get<JobView>(path("jobs", name));
  const folder = mkdtempSync(join(tmpdir(), "distcron-edit-"));
  const file = join(folder, `${found.name}.yaml`);
  const original = stringify(found.spec, { lineWidth: 0 });
  writeFileSync(file, original, { mode: 0o600 });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      const child = spawn("/bin/sh", ["-c", `${editor} "$1"`, "sh", file], { stdio: "inherit" });
      child.on("error", reject);
      child.on("exit", resolve);
    });
    if (code !== 0) throw new CliError(exitCodes.failed, `${editor} ended with ${code}; nothing was changed`);
    const text = readFileSync(file, "utf8");
    if (text === original) return out.done("nothing changed", found);
    const headers = { "if-match": String(found.version) };
    const changed = await api.send<JobView>("PUT", path("jobs", found.id), parse(text), { headers });
    out.done(`${changed.name} is at version ${changed.version}`, changed);
    rmSync(folder, { recursive: true, force: true });
  } catch (err) {
    out.note(`your text is kept in ${file}`);
    throw err;
  }
}
