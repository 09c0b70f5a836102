// A check for /readyz: asked of what it checks once a second at most, and answered within a second whatever that does.
import type { Clock } from "../clock.ts";

const holdMs = 1000;
const withinMs = 1000;

/** Answers null, or why not. `look` throws when something is wrong. Never rejects. */
export function createCheck(clock: Clock, look: () => Promise<void>): () => Promise<string | null> {
  let at = Number.NEGATIVE_INFINITY;
  let latest: Promise<string | null> = Promise.resolve(null);

  async function askedNow(): Promise<string | null> {
    let cancel = () => {};
    const late = new Promise<string>((resolve) => {
      cancel = clock.after(withinMs, () => resolve(`no answer within ${withinMs} ms`));
    });
    const told = look().then(
      () => null,
      (err: unknown) => (err instanceof Error ? err.message : String(err)),
    );
    return Promise.race([told, late]).finally(() => cancel());
  }

  return () => {
    if (clock.monotonic() - at >= holdMs) {
      at = clock.monotonic();
      latest = askedNow();
    }
    return latest;
  };
}
