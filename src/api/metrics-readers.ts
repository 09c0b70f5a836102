// Who may read a node's metrics from elsewhere: whoever shows a token of scope metrics. Schedulers know the tokens; a node
// asks them, and remembers for a while. A node that is cut off goes on showing its metrics to those it knows: then they
// are needed most.
import type { Clock } from "../clock.ts";
import { hashToken } from "./access.ts";

export type MayRead = { answer: "yes" } | { answer: "no" | "unknown"; detail: string };

export interface MetricsReadersOptions {
  /** Asks a scheduler. Rejects when none answers. */
  ask(token: string): Promise<{ mayRead: boolean; detail?: string | undefined }>;
  clock: Pick<Clock, "monotonic">;
}

/** A token that is revoked is refused within this time. */
const goodForMs = 60_000;
const badForMs = 10_000;
const remembered = 100;
const mostQuestions = 8;

/** Never rejects. `unknown`: no scheduler could be asked, and the token was never seen to be good. */
export function createMetricsReaders({ ask, clock }: MetricsReadersOptions): (token: string) => Promise<MayRead> {
  const known = new Map<string, { said: MayRead; at: number }>();
  const asking = new Map<string, Promise<MayRead>>();

  function remember(hash: string, said: MayRead) {
    known.delete(hash);
    known.set(hash, { said, at: clock.monotonic() });
    if (known.size <= remembered) return;
    // Guesses don't push out a token that is good.
    const guess = [...known].find(([, { said }]) => said.answer !== "yes") ?? [...known][0];
    known.delete(guess?.[0] as string);
  }

  async function find(hash: string, token: string): Promise<MayRead> {
    try {
      const { mayRead, detail } = await ask(token);
      const said: MayRead = mayRead ? { answer: "yes" } : { answer: "no", detail: detail ?? "it is refused" };
      remember(hash, said);
      return said;
    } catch (err) {
      const last = known.get(hash)?.said;
      return last?.answer === "yes" ? last : { answer: "unknown", detail: (err as Error).message };
    }
  }

  return async (token) => {
    const hash = hashToken(token);
    const last = known.get(hash);
    const holdsMs = last?.said.answer === "yes" ? goodForMs : badForMs;
    if (last && clock.monotonic() - last.at < holdsMs) return last.said;
    const underway = asking.get(hash);
    if (underway !== undefined) return underway;
    if (asking.size >= mostQuestions)
      return { answer: "unknown", detail: "too many tokens are being asked about at once; try again in a moment" };
    const answer = find(hash, token).finally(() => asking.delete(hash));
    asking.set(hash, answer);
    return answer;
  };
}
