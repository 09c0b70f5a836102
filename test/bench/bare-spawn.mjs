// The least that Node can do: so many commands with pipes at once, nothing else. Prints the milliseconds they took.
import { spawn } from "node:child_process";

const commands = Number(process.argv[2] ?? 1000);
const started = performance.now();
let left = commands;
for (let i = 0; i < commands; i++) {
  const child = spawn("true", [], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    env: { PATH: process.env.PATH },
  });
  child.stdout.on("data", () => {});
  child.stderr.on("data", () => {});
  child.once("close", () => {
    if (--left === 0) console.log(Math.round(performance.now() - started));
  });
}
