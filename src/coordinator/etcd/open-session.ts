// Registers a session: its node's id and name, each taken by one live session at most, under one new lease.
import type { NodeInfo } from "../../model/node.ts";
import { CoordinatorUnavailableError, type NodeSession, SessionRefusedError } from "../coordinator.ts";
import type { IKeyValue } from "./client.ts";
import type { EtcdDeps } from "./deps.ts";
import { type NameValue, type NodeValue, read } from "./keys.ts";
import { openLease } from "./lease.ts";
import { getAll } from "./reads.ts";
import { createSession } from "./session.ts";
import { transaction } from "./transactions.ts";
import type { Operation } from "./wire.ts";

/** How often somebody else may be faster, or an answer be lost, before it is given up. */
const tries = 5;

/** Throws SessionRefusedError or CoordinatorUnavailableError; nothing is left behind then. */
export async function openSession(deps: EtcdDeps, sessionId: string, info: NodeInfo): Promise<NodeSession> {
  const { client, keys } = deps;
  const node = keys.node(info.nodeId);
  const name = keys.name(info.name);
  const leaseEnd = new AbortController();
  const lease = await openLease(deps, deps.sessionTtlMs, (why) => leaseEnd.abort(why));
  try {
    let noAnswer: unknown = null;
    for (let i = 0; i < tries; i++) {
      const { found } = await getAll(client, [node, name]);
      const standing = found.get(node);
      // The answer was lost, the keys are ours all the same.
      if (standing?.lease === lease.id) return open(Number(standing.mod_revision));
      await refuseIfTaken(standing, found.get(name));
      const expects = [node, name].map((key) => ({ key, revision: Number(found.get(key)?.mod_revision ?? 0) }));
      const values: [string, NodeValue | NameValue][] = [
        [node, { sessionId, info, load: null }],
        [name, { nodeId: info.nodeId, sessionId }],
      ];
      const writes = values.map(([put, value]) => ({ put, value: JSON.stringify(value), lease: lease.id }));
      try {
        const { request } = transaction([], [{ runIds: [], expects, writes }]);
        const operation: Operation = { name: "openSession", by: sessionId, runIds: [] };
        const answer = await deps.wire(operation, () => client.txn(request));
        if (answer.succeeded) return open(Number(answer.header.revision));
      } catch (err) {
        if (!(err instanceof CoordinatorUnavailableError)) throw err;
        noAnswer = err;
      }
    }
    throw new CoordinatorUnavailableError(
      `session "${sessionId}" could not be opened: ${noAnswer ? "etcd gives no answer" : "others are opening it too"}; try again`,
      { cause: noAnswer },
    );
  } catch (err) {
    void lease.revoke();
    throw err;
  }

  function open(revision: number) {
    return createSession(deps, { sessionId, info, lease, leaseEnd: leaseEnd.signal, revision });
  }

  async function refuseIfTaken(standing: IKeyValue | undefined, named: IKeyValue | undefined) {
    const byId = standing && read<NodeValue>(standing);
    const byName = named && read<NameValue>(named);
    const holder = [byId, byName].find((found) => found && found.sessionId !== sessionId);
    if (!holder) return;
    const same = holder === byId ? `id "${info.nodeId}"` : `name "${info.name}"`;
    const who = holder === byId ? byId : await readNode(byName?.nodeId ?? "");
    throw new SessionRefusedError(
      `node ${same} is taken by session "${holder.sessionId}" of node "${who?.info.name ?? info.name}" ` +
        `(${who?.info.nodeId ?? byName?.nodeId}) on ${who?.info.host ?? "an unknown host"}; ` +
        "stop that one, or give this node another data directory and name",
    );
  }
  async function readNode(nodeId: string): Promise<NodeValue | undefined> {
    const kv = (await getAll(client, [keys.node(nodeId)])).found.get(keys.node(nodeId));
    return kv && read<NodeValue>(kv);
  }
}
