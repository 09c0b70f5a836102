// Reading many keys at one revision.
import type { Leadership, SessionView, Snapshot } from "../coordinator.ts";
import { EtcdRefusedError } from "./answers.ts";
import type { EtcdClient, IKeyValue, IRequestOp } from "./client.ts";
import { assignmentView, endOf, type Keys, type NodeValue, read, textOf } from "./keys.ts";
import { getOf } from "./transactions.ts";

/** Keys a page: with large jobs a page must still fit a message. */
const page = 250;
/** Questions in one transaction. */
const atOnce = 64;

export const folderRange = (folder: string) => ({ start: folder, end: endOf(folder) });

/** All keys in [start, end), all pages at one revision: the given one, or that of the first page. */
export async function listPages(
  client: Pick<EtcdClient, "range">,
  { start, end, revision }: { start: string; end: string; revision?: number },
): Promise<{ kvs: IKeyValue[]; revision: number }> {
  const kvs: IKeyValue[] = [];
  let pinned = revision;
  for (let from = Buffer.from(start); ; ) {
    const answer = await client.range({
      key: from,
      range_end: Buffer.from(end),
      limit: page,
      ...(pinned !== undefined && { revision: pinned }),
    });
    pinned ??= Number(answer.header.revision);
    kvs.push(...answer.kvs);
    const final = answer.kvs.at(-1);
    if (!answer.more || !final) return { kvs, revision: pinned };
    from = Buffer.concat([final.key, Buffer.from([0])]);
  }
}

export const sessionView = (kv: IKeyValue): SessionView => {
  const { sessionId, info, load } = read<NodeValue>(kv);
  return { sessionId, info, load };
};

export async function readSnapshot(client: EtcdClient, keys: Keys): Promise<Snapshot> {
  return retryCompacted(async () => {
    const { kvs: nodes, revision } = await listPages(client, folderRange(keys.nodes));
    const [assignments, claims] = await Promise.all([
      listPages(client, { ...folderRange(keys.assignments), revision }),
      listPages(client, { ...folderRange(keys.claims), revision }),
    ]);
    return {
      revision,
      sessions: nodes.map(sessionView),
      assignments: assignments.kvs.map(assignmentView),
      claims: claims.kvs.map(keys.claimView),
    };
  });
}

/** The keys of these runs: first where their assignments are, then those, at the same revision. */
export async function readRuns(client: EtcdClient, keys: Keys, runIds: string[]): ReturnType<Leadership["lookup"]> {
  if (runIds.length === 0) return { assignments: [], claims: [] };
  return retryCompacted(async () => {
    const wanted = [...new Set(runIds)];
    const first = await getAll(client, [...wanted.map(keys.run), ...wanted.map(keys.claim)]);
    const places = wanted.map((runId) => first.found.get(keys.run(runId))).filter((kv) => kv !== undefined);
    const second = await getAll(
      client,
      places.map((kv) => textOf(kv.value)),
      first.revision,
    );
    const claims = wanted.map((runId) => first.found.get(keys.claim(runId))).filter((kv) => kv !== undefined);
    return { assignments: [...second.found.values()].map(assignmentView), claims: claims.map(keys.claimView) };
  });
}

/** Single keys, in the order asked for, all at one revision. */
export async function getAll(
  client: Pick<EtcdClient, "ask">,
  keys: string[],
  revision?: number,
): Promise<{ found: Map<string, IKeyValue>; revision: number }> {
  const found = new Map<string, IKeyValue>();
  let pinned = revision;
  for (let i = 0; i < keys.length; i += atOnce) {
    const success = keys.slice(i, i + atOnce).map((key): IRequestOp => {
      const { request_range } = getOf(key);
      return { request_range: { ...request_range, ...(pinned !== undefined && { revision: pinned }) } };
    });
    const answer = await client.ask(success);
    pinned ??= Number(answer.header.revision);
    for (const { response_range } of answer.responses)
      for (const kv of response_range.kvs) found.set(kv.key.toString(), kv);
  }
  return { found, revision: pinned ?? 0 };
}

/** A compaction may take the pinned revision away under a long read. */
async function retryCompacted<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (err) {
      if (tries === 2 || !(err instanceof EtcdRefusedError && /compacted/.test(err.message))) throw err;
    }
  }
}
