// What is left to do when the warden dies with its node, and so nobody is there to end what runs: somebody who waits for
// just that. Until then it is a shell that reads from the warden's pipe, which takes a megabyte; then it becomes a program.
import { spawn } from "node:child_process";
import type { Clock } from "../../clock.ts";

/**
 * "bye": the warden has ended what it had. No word: it died. As long as the node lives that is the node's own business
 * (it ends what the warden had); one that is dying, too, may take a moment longer.
 */
const script = `
trap '' HUP INT TERM
read -r word
test "$word" = bye && exit
node=$1
shift
left=50
while kill -0 "$node" 2>/dev/null && ! grep -qs '^State:.Z' "/proc/$node/status"; do
  left=$((left - 1))
  test "$left" -gt 0 || exit
  sleep 0.2
done
exec "$@"
`;
const replaceAfterMs = 1000;

export interface Heir {
  /** There is nothing to inherit: it goes. Written before this returns; safe to repeat. */
  dismiss(): void;
}

/** `command`: what ends the node's survivors. One that is killed is replaced. */
export function startHeir(command: string[], nodePid: number, clock: Pick<Clock, "after">): Heir {
  let isDismissed = false;
  let hasComplained = false;
  let dismiss = () => {};

  function start() {
    // A session of its own: it outlives whoever is killed with the warden's.
    const child = spawn("/bin/sh", ["-c", script, "distcron-heir", String(nodePid), ...command], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
      env: { PATH: process.env.PATH ?? "" },
    });
    dismiss = () => void child.stdin.end("bye\n");
    child.stdin.on("error", () => {});
    let isOver = false;
    const over = () => {
      if (isOver) return;
      isOver = true;
      if (!isDismissed) clock.after(replaceAfterMs, () => isDismissed || start());
    };
    child.once("error", (err) => {
      // Once: it is tried again every second. The node logs what its warden complains of.
      if (!hasComplained) process.stderr.write(`nobody would end its commands after it: ${err.message}\n`);
      hasComplained = true;
      over();
    });
    child.once("exit", over);
  }

  start();
  return {
    dismiss() {
      isDismissed = true;
      dismiss();
    },
  };
}
