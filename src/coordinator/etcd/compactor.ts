// Forgets etcd's history behind the leader, for etcd keeps all of it unless told otherwise. A whole interval of it always
// remains, so that a feed that was cut off for a while needn't list everything again.
import type { Clock } from "../../clock.ts";
import type { Log } from "../../lib/log.ts";
import type { EtcdClient } from "./client.ts";

export async function compactHistory(
  { client, clock, log }: { client: EtcdClient; clock: Clock; log: Log },
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  for (let before = client.revision; !signal.aborted; ) {
    const now = client.revision;
    try {
      await clock.sleep(everyMs, signal);
      if (before > 0 && before < now) await client.compact(before);
    } catch (err) {
      // Somebody else has compacted further, or etcd is away: the next time does for both.
      if (!signal.aborted) log.debug({ err, revision: before }, "etcd's history was not compacted");
    }
    before = now;
  }
}
