// How a node reaches a scheduler: in one process by function calls, in a cluster over HTTP.
import type { ReportPort } from "./assignment.ts";
import type { NodeInfo, NodeLoad } from "./node.ts";

/** Rejections say nothing of what happened, unless they carry one of the codes named: ask again. */
export interface SchedulerLink {
  reports: ReportPort;
  /** The node's last session, if it hasn't ended. */
  formerSession(nodeId: string): Promise<string | null>;
  /**
   * Registers a session and ends the former one. `graceMs`: how long the session is trusted after a beat. May be repeated.
   * Rejects with code node_name_taken or unauthenticated (the cluster's token is another): don't ask again; with node_id_live
   * when the former session's process was heard a moment ago: ask again for some seconds, for it may have been killed.
   */
  register(request: { sessionId: string; info: NodeInfo; former: string | null }): Promise<{ graceMs: number }>;
  /**
   * `onlyAsks`: the session isn't trusted any longer for it. `live: false`: the session has ended. `drain`: whether the node
   * is wished to take nothing new; null: unknown.
   */
  beat(sessionId: string, load: NodeLoad, onlyAsks: boolean): Promise<{ live: boolean; drain: boolean | null }>;
  /** The node is done; what it had claimed and not started was given back. May be repeated. */
  closeSession(sessionId: string): Promise<void>;
  /** How far the schedulers' clock is ahead of this machine's, as measured lately; 0: not measured. */
  clockOffsetMs(): number;
}

/** What a node's warden needs to say that the node is gone and nothing of it runs any more. */
export interface LastWill {
  /** Base URLs of schedulers. */
  urls: string[];
  path: string;
  /** Of the session: the bearer's token. */
  credential: string;
  /** PEM of the authorities to trust; null: the system's. */
  ca: string | null;
}
