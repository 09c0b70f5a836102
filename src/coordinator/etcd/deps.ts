// What the parts of this coordinator share.
import type { Clock } from "../../clock.ts";
import type { Log } from "../../lib/log.ts";
import type { Random } from "../../random.ts";
import type { EtcdClient } from "./client.ts";
import type { FeedPace } from "./feed.ts";
import type { Forgetting } from "./forgetting.ts";
import type { Keys } from "./keys.ts";
import type { Wire } from "./wire.ts";

export interface EtcdDeps {
  client: EtcdClient;
  keys: Keys;
  clock: Clock;
  random: Random;
  log: Log;
  wire: Wire;
  forgetting: Forgetting;
  pace?: FeedPace;
  sessionTtlMs: number;
  leaderTtlMs: number;
  /** Takes what surprises: what a watch's callback threw, what etcd refuses to do at all. */
  onError(err: unknown): void;
}
