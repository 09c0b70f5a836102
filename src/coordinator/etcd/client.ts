// The one place that speaks to etcd. Of the etcd3 package it uses typed calls and bare streams; its watcher, leases,
// election, retries and circuit breaker lose events or lie about leases when a network misbehaves.
//
// Every call has a deadline. Only reads are tried again here. A revision that is lower than one that was known when the
// call was sent means that etcd was wiped or restored: everything this process believed of it is void.
import type { CallOptions } from "@grpc/grpc-js";
import { noop } from "cockatiel";
import {
  Etcd3,
  GRPCUnavailableError,
  type ICallable,
  type ICompare,
  type IDuplexStream,
  type IKeyValue,
  type IRangeRequest,
  type IRangeResponse,
  type IRequestOp,
  type ITxnRequest,
  type ITxnResponse,
  type IWatchRequest,
  type IWatchResponse,
} from "etcd3";
import type { Clock } from "../../clock.ts";
import type { Random } from "../../random.ts";
import { CoordinatorUnavailableError } from "../coordinator.ts";
import { explain, wasNotSent } from "./answers.ts";

export type { ICompare, IKeyValue, IRangeRequest, IRequestOp, ITxnRequest, ITxnResponse, IWatchResponse };

export interface EtcdAccess {
  /** `http://host:port` or `https://host:port`, one of each member. */
  endpoints: string[];
  username?: string;
  password?: string;
  /** PEM texts. With a client certificate neither user nor password is needed. */
  tls?: { ca: string; cert?: string; key?: string };
}

export interface WatchStream {
  stream: IDuplexStream<IWatchRequest, IWatchResponse>;
  /** The connection seems dead: the next call makes a new one. */
  distrust(): void;
}

export interface EtcdClient {
  /** A linearizable read, tried again when there is no answer. */
  range(request: IRangeRequest): Promise<IRangeResponse>;
  /** Several reads at one revision, tried again too. */
  ask(reads: IRequestOp[]): Promise<ITxnResponse>;
  /** Sent once at most. Throws CoordinatorUnavailableError when its outcome is unknown. */
  txn(request: ITxnRequest): Promise<ITxnResponse>;
  grant(ttlS: number): Promise<{ lease: string; ttlS: number }>;
  /** The seconds that the lease still has; 0: it is gone. One stream for one question. */
  keepAlive(lease: string, timeoutMs: number): Promise<number>;
  revoke(lease: string): Promise<void>;
  compact(revision: number): Promise<void>;
  openWatch(): Promise<WatchStream>;
  /** The highest revision that was heard of. */
  readonly revision: number;
  /** Takes note of a revision that an event was seen with. */
  saw(revision: number): void;
  /**
   * Takes note of a revision that some member has answered with. It may only be a little behind the others; if it is
   * behind what was known, a question that can't be answered by such a one is asked.
   */
  compare(revision: number): void;
  /** Called when etcd turns out to have been wiped or restored. Returns how to stop listening. */
  onForgotten(listener: (why: string) => void): () => void;
  close(): void;
}

const readRetries = 2;
const retryMs = 50;
/** gRPC's code of a stream that its client has ended. */
const cancelledByUs = 1;

/** One client a member, so that it is us who choose. */
function connect({ tls, username, password }: EtcdAccess, endpoint: string, deadline: () => number): Etcd3 {
  return new Etcd3({
    hosts: [endpoint],
    ...(username ? { auth: { username, password: password ?? "" } } : {}),
    ...(tls && {
      credentials: {
        rootCertificate: Buffer.from(tls.ca),
        ...(tls.cert && { certChain: Buffer.from(tls.cert) }),
        ...(tls.key && { privateKey: Buffer.from(tls.key) }),
      },
    }),
    grpcOptions: {
      "grpc.keepalive_time_ms": 6000,
      "grpc.keepalive_timeout_ms": 2000,
      "grpc.max_receive_message_length": 64 << 20,
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 1000,
      "grpc.service_config_disable_resolution": 1,
      // Own connections for watches, leases and the rest: a backlog of events doesn't delay a keep-alive, and a
      // connection that is given up is really given up.
      "grpc.use_local_subchannel_pool": 1,
    },
    defaultCallOptions: ({ isStream }) => (isStream ? {} : { deadline: deadline() }),
    faultHandling: { host: () => noop, global: noop },
  });
}

/** `probeKey`: some key that may be read. */
export function createEtcdClient(
  access: EtcdAccess,
  { clock, random, timeoutMs, probeKey }: { clock: Clock; random: Random; timeoutMs: number; probeKey: string },
): EtcdClient {
  const members = access.endpoints.map((endpoint) => connect(access, endpoint, () => clock.now() + timeoutMs));
  /** The member that is asked, until it fails: a dead one costs one call, not every third. */
  let chosen = Math.floor(random.next() * members.length);
  const listeners = new Set<(why: string) => void>();
  let closed = false;
  let revision = 0;
  /** How often etcd was found to have forgotten. */
  let lives = 0;

  /** Answers within the deadline even if the library doesn't. */
  function within<T>(what: string, ms: number, answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = clock.after(ms + 250, () =>
        reject(new CoordinatorUnavailableError(`no answer from etcd to ${what} within ${ms} ms`)),
      );
      answer.then(resolve, (err) => reject(explain(what, err))).finally(cancel);
    });
  }
  function leave(member: number) {
    if (member === chosen) chosen = (member + 1) % members.length;
  }
  /** What was certainly never sent goes to the next member; anything else is asked once. */
  async function call<T>(what: string, send: (etcd: Etcd3, options: CallOptions) => Promise<T>, ms = timeoutMs) {
    for (let tried = 1; ; tried++) {
      if (closed) throw new CoordinatorUnavailableError("this coordinator was closed; open another one");
      const member = chosen;
      try {
        return await within(what, ms, send(members[member] as Etcd3, { deadline: clock.now() + ms }));
      } catch (err) {
        if (!(err instanceof CoordinatorUnavailableError)) throw err;
        leave(member);
        if (tried >= members.length || !wasNotSent(err)) throw err;
      }
    }
  }
  /** For linearizable calls, whose answers know all that was committed before they were sent. */
  async function callStore<T extends { header: { revision: string } }>(
    what: string,
    send: (etcd: Etcd3, options: CallOptions) => Promise<T>,
  ): Promise<T> {
    const [known, life] = [revision, lives];
    const response = await call(what, send);
    const said = Number(response.header.revision);
    if (said < known && life === lives) {
      lives++;
      revision = said;
      const why = `etcd was wiped or restored: its revision went from ${known} back to ${said}`;
      for (const listener of [...listeners]) listener(why);
    } else if (life === lives) revision = Math.max(revision, said);
    return response;
  }

  const range = (request: IRangeRequest) =>
    again(() => callStore("a read", (etcd, options) => etcd.kv.range(request, options)));
  let probing = false;
  function compare(said: number) {
    if (said >= revision || probing || closed) return;
    probing = true;
    const done = () => {
      probing = false;
    };
    // Unanswered: the next doubt asks again.
    range({ key: Buffer.from(probeKey), count_only: true }).then(done, done);
  }
  async function again<T>(read: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await read();
      } catch (err) {
        if (closed || tries === readRetries || !(err instanceof CoordinatorUnavailableError)) throw err;
        await clock.sleep(retryMs << tries);
      }
    }
  }

  return {
    get revision() {
      return revision;
    },
    saw(seen) {
      revision = Math.max(revision, seen);
    },
    compare,
    range,
    ask: (reads) => again(() => callStore("a read", (etcd, options) => etcd.kv.txn({ success: reads }, options))),
    txn: (request) => callStore("a transaction", (etcd, options) => etcd.kv.txn(request, options)),
    async grant(ttlS) {
      const { ID, TTL } = await call("a new lease", (etcd, options) =>
        etcd.leaseClient.leaseGrant({ TTL: ttlS }, options),
      );
      return { lease: ID, ttlS: Number(TTL) };
    },
    keepAlive: (lease, ms) =>
      call(
        "a keep-alive",
        async (etcd, options) => {
          const stream = await etcd.leaseClient.leaseKeepAlive(options);
          try {
            return await new Promise<number>((resolve, reject) => {
              stream.on("data", ({ TTL, header }) => {
                compare(Number(header.revision));
                resolve(Number(TTL));
              });
              stream.on("error", reject);
              stream.on("end", () => reject(new Error("the stream ended")));
              stream.write({ ID: lease });
            });
          } finally {
            // Ended first: a cancelled stream that is still writable counts as a failure of its host.
            stream.end();
            stream.cancel();
          }
        },
        ms,
      ),
    async revoke(lease) {
      await call("giving up a lease", (etcd, options) => etcd.leaseClient.leaseRevoke({ ID: lease }, options));
    },
    async compact(at) {
      await call("compacting", (etcd, options) => etcd.kv.compact({ revision: at }, options));
    },
    openWatch() {
      const member = chosen;
      const pool = (members[member] as unknown as { pool: ICallable<unknown> }).pool;
      const opening = pool.withConnection("Watch", ({ client, resource, metadata }) => {
        const withLeader = metadata.clone();
        // The member ends the stream when it has lost its quorum, rather than showing nothing.
        withLeader.set("hasleader", "true");
        const { watch } = client as unknown as { watch(metadata: object, options: object): WatchStream["stream"] };
        const stream = watch.call(client, withLeader, {});
        stream.on("error", (err) => {
          if ((err as { code?: number }).code !== cancelledByUs) leave(member);
        });
        const silent = new GRPCUnavailableError("nothing was heard on this connection");
        function distrust() {
          leave(member);
          pool.markFailed(resource, silent);
        }
        return { stream, distrust };
      });
      return within("a watch", timeoutMs, opening);
    },
    onForgotten(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      closed = true;
      listeners.clear();
      for (const member of members) member.close();
    },
  };
}
