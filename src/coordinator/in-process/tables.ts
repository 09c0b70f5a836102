// What the in-process coordinator keeps, and the compares and writes that its transactions are made of.
// Assignments are immutable values: they are handed on as they were given, never copied, so that handing out a thousand
// runs costs no more than a thousand map entries. `stop` makes a new value.
import type { Assignment } from "../../model/assignment.ts";
import type { NodeInfo, NodeLoad } from "../../model/node.ts";
import type { AssignmentView, ClaimView, SchedulerInfo, SessionView } from "../coordinator.ts";
import type { Compare, Entry, KeySpace, Write } from "./key-space.ts";

export interface Tables {
  /** One key: who leads. Put again by refuseInFlight(), so its revision guards every write of the leader. */
  leader: { nonce: string; schedulerId: string };
  /** One key, put by settled(): gone after a wipe, never there in a new process. */
  history: { settled: true };
  /** By nonce, in order of arrival: who waits to lead. */
  candidates: SchedulerInfo;
  schedulers: SchedulerInfo;
  /** By session id. `lease` tells one opening of a session from the next. */
  sessions: { info: NodeInfo; load: NodeLoad | null; lease: symbol };
  /** By run id: a run has one assignment at most. */
  assignments: Assignment;
  /** By run id. */
  claims: { sessionId: string; fence: number };
}

export type Space = KeySpace<Tables>;

export const leaderKey = "leader";
export const historyKey = "settled";

export const absent = (table: keyof Tables, key: string): Compare<Tables> => ({ table, key, revision: 0 });
export const at = (table: keyof Tables, key: string, revision: number): Compare<Tables> => ({ table, key, revision });

export const putAssignment = (value: Assignment): Write<Tables> => ({ table: "assignments", key: value.runId, value });
export const dropAssignment = (runId: string): Write<Tables> => ({ table: "assignments", key: runId, value: null });
export const putClaim = (runId: string, value: Tables["claims"]): Write<Tables> => ({
  table: "claims",
  key: runId,
  value,
});
export const dropClaim = (runId: string): Write<Tables> => ({ table: "claims", key: runId, value: null });

export const assignmentView = (entry: Entry<Assignment>): AssignmentView => ({
  assignment: entry.value,
  revision: entry.revision,
});
export const claimView = ({ key, value, revision }: Entry<Tables["claims"]>): ClaimView => ({
  runId: key,
  ...value,
  revision,
});
export const sessionView = (sessionId: string, { info, load }: Tables["sessions"]): SessionView => ({
  sessionId,
  info,
  load,
});
