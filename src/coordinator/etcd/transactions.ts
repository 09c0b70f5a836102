// Many small compare-and-write items in few etcd transactions: as many as fit, and when one is refused, what the refusal
// read says which items it was for; the others are sent again without them. An item holds whole or not at all.
import { CoordinatorUnavailableError, type WriteOutcome } from "../coordinator.ts";
import type { EtcdClient, ICompare, IKeyValue, IRequestOp, ITxnRequest, ITxnResponse } from "./client.ts";
import { endOf, textOf } from "./keys.ts";

/** What must be so. Revision 0: the key is absent. `large`: on refusal its value isn't read, only its revision. */
export type Expect = { key: string } & ({ revision: number; large?: true } | { value: string } | { lease: string });
export type Write = { put: string; value: string; lease?: string } | { drop: string } | { dropFolder: string };

export interface Item {
  runIds: string[];
  expects: Expect[];
  writes: Write[];
}

export interface ItemResult {
  outcome: WriteOutcome;
  /** Refused: what stood under the item's keys. */
  seen: Map<string, IKeyValue>;
}

export interface CommitDeps {
  client: Pick<EtcdClient, "txn">;
  /** What every transaction compares besides; when that fails, all is refused and `onGuardFailed` hears what stood. */
  guard: Expect[];
  onGuardFailed(seen: Map<string, IKeyValue>): void;
  /** Puts the transaction on its way. */
  send(runIds: string[], transact: () => Promise<ITxnResponse>): Promise<ITxnResponse>;
  /** Takes what etcd refused to do at all (rights, size): a certain refusal, but one that a person must hear of. */
  onError(err: unknown): void;
}

/** etcd's default --max-txn-ops; compares, writes and reads count each for themselves. */
const maxOps = 128;
/** etcd takes 1.5 MiB a request. */
const maxBytes = 1 << 20;
/** Transactions under way at once. */
const lanes = 4;

/** One outcome an item, in order. Never throws. Once unknown, an item isn't sent again. */
export async function commitItems(deps: CommitDeps, items: Item[]): Promise<ItemResult[]> {
  const results = new Map<Item, ItemResult>();
  const batches = pack(items, maxOps - deps.guard.length);
  await Promise.all(
    Array.from({ length: Math.min(lanes, batches.length) }, async () => {
      for (let batch = batches.shift(); batch; batch = batches.shift()) await commitBatch(deps, batch, results);
    }),
  );
  return items.map((item) => results.get(item) as ItemResult);
}

/** Whether an item, with this many guards beside it, fits one transaction. */
export const fits = (item: Item, guards: number): boolean =>
  Math.max(item.expects.length, item.writes.length) <= maxOps - guards;

async function commitBatch(deps: CommitDeps, batch: Item[], results: Map<Item, ItemResult>) {
  let left = batch;
  const settle = (items: Item[], outcome: WriteOutcome, seen = new Map<string, IKeyValue>()) => {
    for (const item of items) results.set(item, { outcome, seen });
  };
  while (left.length > 0) {
    const { request, reads } = transaction(deps.guard, left);
    let response: ITxnResponse;
    try {
      response = await deps.send(
        left.flatMap(({ runIds }) => runIds),
        () => deps.client.txn(request),
      );
    } catch (err) {
      if (err instanceof CoordinatorUnavailableError) return settle(left, "unknown");
      deps.onError(err);
      return settle(left, "refused");
    }
    if (response.succeeded) return settle(left, "done");
    const seen = readBack(response, reads);
    if (!deps.guard.every((expect) => holds(expect, seen))) {
      settle(left, "refused", seen);
      return deps.onGuardFailed(seen);
    }
    const good = left.filter(({ expects }) => expects.every((expect) => holds(expect, seen)));
    // One at least must be at fault; if etcd sees what we don't, nothing is gained by asking again.
    if (good.length === left.length) return settle(left, "refused", seen);
    settle(
      left.filter((item) => !good.includes(item)),
      "refused",
      seen,
    );
    left = good;
  }
}

/** On refusal, every key that was compared is read. */
export function transaction(guard: Expect[], items: Item[]): { request: ITxnRequest; reads: string[] } {
  const expects = [...guard, ...items.flatMap((item) => item.expects)];
  const large = new Set(expects.filter((expect) => "large" in expect).map(({ key }) => key));
  const reads = [...new Set(expects.map(({ key }) => key))];
  return {
    reads,
    request: {
      compare: expects.map(compareOf),
      success: items.flatMap((item) => item.writes).map(writeOf),
      failure: reads.map((key) => getOf(key, large.has(key))),
    },
  };
}

export function readBack(response: ITxnResponse, keys: string[]): Map<string, IKeyValue> {
  const seen = new Map<string, IKeyValue>();
  for (const [i, { response_range }] of response.responses.entries()) {
    const kv = response_range?.kvs[0];
    if (kv) seen.set(keys[i] as string, kv);
  }
  return seen;
}

export function holds(expect: Expect, seen: Map<string, IKeyValue>): boolean {
  const kv = seen.get(expect.key);
  if ("revision" in expect) return Number(kv?.mod_revision ?? 0) === expect.revision;
  if (!kv) return false;
  return "value" in expect ? textOf(kv.value) === expect.value : kv.lease === expect.lease;
}

export const getOf = (key: string, keysOnly = false): IRequestOp => ({
  request_range: { key: Buffer.from(key), keys_only: keysOnly },
});

function compareOf(expect: Expect): ICompare {
  const key = Buffer.from(expect.key);
  if ("revision" in expect) return { key, target: "Mod", result: "Equal", mod_revision: expect.revision };
  if ("value" in expect) return { key, target: "Value", result: "Equal", value: Buffer.from(expect.value) };
  return { key, target: "Lease", result: "Equal", lease: expect.lease };
}

export function writeOf(write: Write): IRequestOp {
  if ("drop" in write) return { request_delete_range: { key: Buffer.from(write.drop) } };
  if ("dropFolder" in write) {
    const folder = write.dropFolder;
    return { request_delete_range: { key: Buffer.from(folder), range_end: Buffer.from(endOf(folder)) } };
  }
  const { put, value, lease } = write;
  return { request_put: { key: Buffer.from(put), value: Buffer.from(value), ...(lease && { lease }) } };
}

function pack(items: Item[], room: number): Item[][] {
  const batches: Item[][] = [];
  let batch: Item[] = [];
  let used = { expects: 0, writes: 0, bytes: 0 };
  for (const item of items) {
    const bytes = item.writes.reduce((sum, write) => sum + ("put" in write ? Buffer.byteLength(write.value) : 0), 0);
    const next = {
      expects: used.expects + item.expects.length,
      writes: used.writes + item.writes.length,
      bytes: used.bytes + bytes,
    };
    if (batch.length > 0 && (Math.max(next.expects, next.writes) > room || next.bytes > maxBytes)) {
      batches.push(batch);
      batch = [];
      used = { expects: item.expects.length, writes: item.writes.length, bytes };
    } else used = next;
    batch.push(item);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
