// The warden's last word: its node has died, and nothing of it runs any more. Said to any scheduler, so that the node's runs
// are settled now and not when its trust runs out. Only then is an HTTP client loaded: size no longer matters.
import type { ClientRequestArgs } from "node:http";
import type { Clock } from "../../clock.ts";
import { isAlive, readStat } from "../processes.ts";
import type { WillFrame } from "./protocol.ts";

type Will = NonNullable<WillFrame["will"]>;

const askWithinMs = 2000;
const giveUpMs = 10_000;
const pollMs = 50;
/** A peer that takes longer has something that can't be ended. */
const waitForOthersMs = 4000;

/** `isNodeGone`: whether the process itself is, not just its voice. Resolves whatever comes of it; true: a scheduler knows. */
export async function announceDeath(will: Will, given: { clock: Clock; isNodeGone(): boolean }): Promise<boolean> {
  const { clock } = given;
  const began = clock.monotonic();
  const elapsed = () => clock.monotonic() - began;
  // A node that is only stopped may go on, and what runs in itself would run twice.
  while (!given.isNodeGone() || will.peers.some(isThere)) {
    if (elapsed() > waitForOthersMs) return false;
    await clock.sleep(pollMs);
  }
  for (let pauseMs = 250; elapsed() < giveUpMs; pauseMs *= 2) {
    for (const url of will.urls) if (await tell(url, will, clock)) return true;
    await clock.sleep(pauseMs);
  }
  return false;
}

/** False: it may help to ask again, or another. */
async function tell(url: string, will: Will, clock: Clock): Promise<boolean> {
  try {
    const { request } = url.startsWith("https:") ? await import("node:https") : await import("node:http");
    const options: ClientRequestArgs & { ca?: string } = {
      method: "POST",
      headers: { authorization: `Bearer ${will.credential}`, "content-length": 0, "user-agent": "distcron-warden" },
      agent: false,
      ...(will.ca === null ? {} : { ca: will.ca }),
    };
    return await new Promise<boolean>((resolve) => {
      const asking = request(url + will.path, options, (response) => {
        response.resume();
        const status = response.statusCode ?? 500;
        // Refused means that the session has ended already.
        finish(status < 429);
      });
      const cancel = clock.after(askWithinMs, () => asking.destroy(new Error(`no answer within ${askWithinMs} ms`)));
      function finish(said: boolean) {
        cancel();
        resolve(said);
      }
      asking.on("error", () => finish(false));
      asking.end();
    });
  } catch {
    // Not a URL, or a certificate that can't be read: nobody is left to be told.
    return false;
  }
}

function isThere(pid: number): boolean {
  if (process.platform === "linux") return isAlive(readStat(pid));
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
