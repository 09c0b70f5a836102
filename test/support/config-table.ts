// The rows of the configuration table in docs/guide/running.md, from the table of keys.
import { keys } from "../../src/config.ts";

/** Defaults that depend on the machine, in words. */
const ofTheMachine: Record<string, string> = { "node.name": "the host's name", "node.slots": "8 × cores" };

export function configTable(): string[] {
  return Object.entries(keys).map(([name, key]) => {
    const fallback = ofTheMachine[name] ?? (key.default === undefined ? "–" : `\`${shown(key.default)}\``);
    return `| \`${name}\` | ${fallback} | ${key.about}${key.secret ? ` Or \`${name.split(".").at(-1)}File\`: a file that holds it.` : ""} |`;
  });
}

const shown = (value: unknown): string =>
  Array.isArray(value) ? `[${value.join(", ")}]` : typeof value === "object" ? JSON.stringify(value) : String(value);
