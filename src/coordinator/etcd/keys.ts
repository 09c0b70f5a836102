// The keys under the prefix, and what stands in them. Ids are escaped, so that a name with a slash can't look like a
// folder; ordinary ones read in etcdctl as they are.
//
//   leader                               who leads; leased. Put again by refuseInFlight(): its revision guards leader writes
//   leader/settled                       put by settled(): that a wipe is dealt with. Deleting it makes the next leader `fresh`
//   schedulers/<id>                      who is up; leased
//   nodes/<node id>, names/<node name>   a node's session, and its claim to its name; leased together
//   assignments/<node>/<session>/<run>   a run's assignment
//   runs/<run>                           where that is (the key above): a run has one at most, whatever the session
//   claims/<run>                         who starts it
//   gates/<session>                      while it stands the session claims nothing (a large group is being moved)
import type { Assignment } from "../../model/assignment.ts";
import type { NodeInfo, NodeLoad } from "../../model/node.ts";
import type { AssignmentView, ClaimView, SchedulerInfo } from "../coordinator.ts";
import type { IKeyValue } from "./client.ts";

/** What the leader key says. The nonce makes each leadership's value its own. */
export interface LeaderValue {
  nonce: string;
  schedulerId: string;
  url: string;
}
export interface NodeValue {
  sessionId: string;
  info: NodeInfo;
  load: NodeLoad | null;
}
export interface NameValue {
  nodeId: string;
  sessionId: string;
}
export interface ClaimValue {
  sessionId: string;
  fence: number;
}

export type Place = Pick<Assignment, "nodeId" | "sessionId" | "runId">;
export type Keys = ReturnType<typeof createKeys>;

export function createKeys(prefix: string) {
  const under = (...parts: string[]) => [prefix.replace(/\/+$/, ""), ...parts.map(encodeURIComponent)].join("/");
  const folder = (...parts: string[]) => `${under(...parts)}/`;
  const idOf = (key: string) => decodeURIComponent(key.split("/").at(-1) as string);
  return {
    leader: under("leader"),
    settled: under("leader", "settled"),
    scheduler: (id: string) => under("schedulers", id),
    node: (nodeId: string) => under("nodes", nodeId),
    name: (name: string) => under("names", name),
    assignment: ({ nodeId, sessionId, runId }: Place) => under("assignments", nodeId, sessionId, runId),
    run: (runId: string) => under("runs", runId),
    claim: (runId: string) => under("claims", runId),
    gate: (sessionId: string) => under("gates", sessionId),
    /** All that was agreed on about sessions and runs. */
    agreed: ["nodes", "names", "assignments", "runs", "claims", "gates"].map((name) => folder(name)),
    schedulers: folder("schedulers"),
    nodes: folder("nodes"),
    assignments: folder("assignments"),
    claims: folder("claims"),
    assignmentsOf: (nodeId: string, sessionId: string) => folder("assignments", nodeId, sessionId),
    /** The last part of a key: a run's id, a node's. */
    idOf,
    claimView: (kv: IKeyValue): ClaimView => ({
      runId: idOf(textOf(kv.key)),
      ...read<ClaimValue>(kv),
      revision: Number(kv.mod_revision),
    }),
  };
}

export const textOf = (bytes: Buffer) => bytes.toString("utf8");
export const read = <T>(kv: IKeyValue): T => JSON.parse(textOf(kv.value)) as T;

export const assignmentView = (kv: IKeyValue): AssignmentView => ({
  assignment: read<Assignment>(kv),
  revision: Number(kv.mod_revision),
});
export const leaderValue = (me: SchedulerInfo, nonce: string) =>
  JSON.stringify({ nonce, schedulerId: me.id, url: me.url } satisfies LeaderValue);

/** The first key that doesn't begin with this folder: '0' comes after '/'. */
export const endOf = (folder: string) => `${folder.slice(0, -1)}0`;
