// Ids that are made once and kept in the data directory.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { newId } from "../lib/id.ts";
import type { Random } from "../random.ts";

/** A node that came back under another id would leave its runs behind, a scheduler would wait for its own ghost. */
export function keptId(dataDir: string, name: "node-id" | "scheduler-id", clock: Clock, random: Random): string {
  const file = join(dataDir, name);
  const kept = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
  if (kept) return kept;
  const id = newId(clock, random);
  writeFileSync(file, `${id}\n`, { mode: 0o600 });
  return id;
}
