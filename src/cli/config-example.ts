// config.example.yaml, from the table of keys: every key with its default and what it is for.
import { stringify } from "yaml";
import { keys } from "../config.ts";

/** Defaults that depend on the machine are shown as comments alone. */
const ofTheMachine = new Set(["node.name", "node.slots"]);

export function exampleConfig(): string {
  const lines = [
    "# DistCron's configuration: every key with its default. Remove what you don't change.",
    "# A flag beats the environment (DISTCRON_SERVER__PORT), which beats this file, which beats the default.",
  ];
  let open: string[] = [];
  for (const [name, key] of Object.entries(keys)) {
    const path = name.split(".");
    const last = path.pop() as string;
    let shared = 0;
    while (shared < path.length && path[shared] === open[shared]) shared++;
    if (path.length === 0 || shared < open.length || shared < path.length) if (path.length <= 1) lines.push("");
    for (let i = shared; i < path.length; i++) lines.push(`${"  ".repeat(i)}${path[i]}:`);
    open = path;
    const indent = "  ".repeat(path.length);
    lines.push(`${indent}# ${key.about}${key.secret ? ` Or ${last}File: a file that holds it.` : ""}`);
    const value =
      key.default === undefined ? "" : ` ${stringify(key.default, { collectionStyle: "flow", lineWidth: 0 }).trim()}`;
    const off = key.default === undefined || ofTheMachine.has(name);
    lines.push(
      off ? `${indent}# ${last}:${ofTheMachine.has(name) ? " (of this machine)" : ""}` : `${indent}${last}:${value}`,
    );
  }
  return `${lines.join("\n")}\n`;
}
