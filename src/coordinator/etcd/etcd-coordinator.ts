// The coordinator of a cluster, over etcd. Leases say who seems to be up; what is safe is decided by etcd's transactions,
// each of which compares what it was decided on.
import type { Clock } from "../../clock.ts";
import type { Log } from "../../lib/log.ts";
import type { Random } from "../../random.ts";
import type { Coordinator, Leadership, NodeSession, SchedulerInfo } from "../coordinator.ts";
import { CoordinatorUnavailableError } from "../coordinator.ts";
import { campaign } from "./campaign.ts";
import { createEtcdClient, type EtcdAccess } from "./client.ts";
import { compactHistory } from "./compactor.ts";
import type { EtcdDeps } from "./deps.ts";
import type { FeedPace } from "./feed.ts";
import { watchForgetting } from "./forgetting.ts";
import { createKeys, type LeaderValue, read } from "./keys.ts";
import { openSession } from "./open-session.ts";
import { appear } from "./presence.ts";
import { folderRange } from "./reads.ts";
import { getOf } from "./transactions.ts";
import { directWire, type Wire } from "./wire.ts";

export interface EtcdOptions extends EtcdAccess {
  /** Of every key, such as "/distcron". */
  prefix: string;
  clock: Clock;
  random: Random;
  log: Log;
  /** After so long without a keep-alive etcd ends a node's session, or a leadership. At least 2000. */
  sessionTtlMs: number;
  leaderTtlMs: number;
  /** How often the leader compacts etcd's history. Null: something else does. */
  compactEveryMs: number | null;
  /** Takes what a watch's callback threw, and what etcd refuses to do at all. */
  onError(err: unknown): void;
  /** What stands between this and etcd, for tests and simulations. */
  wire?: Wire;
  /** How feeds find out that nothing is heard any more, for tests. */
  feedPace?: FeedPace;
  /** How long an answer is waited for. */
  timeoutMs?: number;
}

/** close() takes no longer, whatever etcd does. */
const closingMs = 1000;

/** Connects as it is needed; an etcd that is away is waited for by whatever needs it. */
export function createEtcdCoordinator(options: EtcdOptions): Coordinator {
  const { clock, random, log, onError, sessionTtlMs, leaderTtlMs, compactEveryMs, timeoutMs = 1500 } = options;
  const keys = createKeys(options.prefix);
  const client = createEtcdClient(options, { clock, random, timeoutMs, probeKey: keys.leader });
  const wire = options.wire ?? directWire;
  const closing = new AbortController();
  const tools = { client, keys, clock, random, log, wire, onError, sessionTtlMs, leaderTtlMs };
  const deps: EtcdDeps = { ...tools, forgetting: watchForgetting(tools, closing.signal) };
  if (options.feedPace) deps.pace = options.feedPace;
  const leaderships = new Set<Leadership>();
  /** Lost ones too: their watches go on until they are closed. */
  const sessions = new Set<NodeSession>();
  const campaigns = new Set<Promise<unknown>>();
  const members = new Map<string, () => Promise<void>>();
  async function leave(id: string) {
    const disappear = members.get(id);
    members.delete(id);
    await disappear?.();
  }
  function lead(leadership: Leadership) {
    leaderships.add(leadership);
    leadership.lost.addEventListener("abort", () => leaderships.delete(leadership), { once: true });
    if (compactEveryMs !== null) void compactHistory({ client, clock, log }, compactEveryMs, leadership.lost);
    return leadership;
  }

  return {
    async campaign(me, signal) {
      const stop = AbortSignal.any([signal, closing.signal]);
      stop.throwIfAborted();
      if (!members.has(me.id)) members.set(me.id, appear(deps, me));
      const standing = campaign(deps, me, stop).then(lead);
      campaigns.add(standing);
      const done = () => campaigns.delete(standing);
      standing.then(done, done);
      return new Promise((resolve, reject) => {
        const giveUp = () => {
          reject(stop.reason);
          campaigns.add(leave(me.id));
        };
        stop.addEventListener("abort", giveUp, { once: true });
        standing
          .then((won) => (stop.aborted ? won.resign() : resolve(won)), reject)
          .finally(() => stop.removeEventListener("abort", giveUp));
      });
    },

    async openSession(sessionId, info) {
      closing.signal.throwIfAborted();
      const opened = await openSession(deps, sessionId, info);
      const session: NodeSession = {
        ...opened,
        close() {
          sessions.delete(session);
          return opened.close();
        },
      };
      sessions.add(session);
      if (closing.signal.aborted) await session.close();
      closing.signal.throwIfAborted();
      return session;
    },

    async schedulers() {
      const { start, end } = folderRange(keys.schedulers);
      const all = { request_range: { key: Buffer.from(start), range_end: Buffer.from(end) } };
      const [entries, leaders] = (await client.ask([all, getOf(keys.leader)])).responses;
      const leader = leaders?.response_range.kvs[0];
      const leading = leader && read<LeaderValue>(leader).schedulerId;
      return (entries?.response_range.kvs ?? []).map((kv) => {
        const info = read<SchedulerInfo>(kv);
        return { ...info, leader: info.id === leading };
      });
    },

    async close() {
      closing.abort(new CoordinatorUnavailableError("this coordinator was closed; open another one"));
      const over = new AbortController();
      const all = Promise.allSettled([
        ...[...leaderships].map((leadership) => leadership.resign()),
        ...[...sessions].map((session) => session.close()),
        ...[...members.keys()].map(leave),
        ...campaigns,
      ]);
      await Promise.race([all, clock.sleep(closingMs, over.signal).catch(() => {})]);
      over.abort();
      client.close();
    },
  };
}
