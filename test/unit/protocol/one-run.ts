// Model of one run on two sessions under two schedulers: planning, handing out, moving, claiming, starting, reporting,
// losing, rerunning, cleaning up; with crashes, pauses, expired leases, writes that arrive late, and a wipe of etcd.
// What schedulers do is in one-run-leader.ts, what nodes do in one-run-node.ts.
import { type Model, stepsFrom } from "./explore.ts";
import { leaderSteps } from "./one-run-leader.ts";
import { nodeSteps } from "./one-run-node.ts";

export type SessionId = "A" | "B";
export const sessionIds: SessionId[] = ["A", "B"];
/** The rules that can be taken away, one at a time, and the job's policy. */
export interface Rules {
  onNodeLoss: "fail" | "rerun";
  /** R1: the store is written before etcd. */
  storeFirst: boolean;
  /** R2: reports are heard from the floor on; else only those of the last fence. */
  floor: boolean;
  /** R3: a move compares the revision of the old assignment. */
  moveComparesOld: boolean;
  /** R3: a claim compares the revision of the assignment it read; else only that there is one. */
  claimComparesRevision: boolean;
  /** R4: after an unknown write the leader key is put again, so what is in flight is refused. */
  refuseInFlight: boolean;
  /** R5: a row `assigned` without keys is handed out again. */
  assignedIsChecked: boolean;
  /** R6: a session ends by compare-and-set, and beats of an ended one are refused. */
  sessionEndIsCas: boolean;
  /** R7: trust is checked again at the start. */
  trustAtStart: boolean;
  /** R8: a claim that was given up is reported. */
  reportsRelease: boolean;
  /** R18: with `rerun`, what still runs is killed before trust ends. */
  killBeforeTrustEnds: boolean;
  /** R9: how a leader's term comes about: allocated in the store and guarded by a nonce, or derived from what etcd says. */
  term: "allocated" | "max of store and etcd" | "create revision";
  /** R10: after a wipe, whose inventory decides whether an assigned run was started. */
  inventories: "all" | "the row's session" | "none";
  /** R10: whether a wipe is known until it is settled, or only to the leader that saw it. */
  wipeKnown: "until settled" | "to the first leader";
}

export const allRules: Rules = {
  onNodeLoss: "fail",
  storeFirst: true,
  floor: true,
  moveComparesOld: true,
  claimComparesRevision: true,
  refuseInFlight: true,
  assignedIsChecked: true,
  sessionEndIsCas: true,
  trustAtStart: true,
  reportsRelease: true,
  killBeforeTrustEnds: true,
  term: "allocated",
  inventories: "all",
  wipeKnown: "until settled",
};

/** How often each thing may go wrong. */
export interface Faults {
  leaderCrash: number;
  leaderDeposed: number;
  lateWrite: number;
  nodeCrash: number;
  nodePause: number;
  leaseLoss: number;
  trustLapse: number;
  wipe: number;
}

export type RowState = "none" | "planned" | "assigned" | "running" | "done" | "lost";
export interface Row {
  state: RowState;
  fence: number;
  floor: number;
  session: SessionId | "";
}

export interface Held {
  fence: number;
  revision: number;
}
export interface Claim {
  session: SessionId;
  fence: number;
}

/** A leader's transaction on etcd, with what it compares: the leader's guard and epoch, and what it acts on. */
export interface Transaction {
  kind: "assign" | "move" | "rerun" | "clean";
  guard: number;
  epoch: number;
  /** The claim as it was read (rerun, clean). */
  claim?: Claim | null;
  from?: SessionId;
  old?: Held | null;
  to?: SessionId;
  fence?: number;
}

export interface Scheduler {
  /** What this scheduler believes to stand in the leader key; 0: it doesn't lead. */
  guard: number;
  term: number;
  fresh: boolean;
  doing: "new" | "idle" | "deciding" | "storing" | "sending" | "refusing" | "ending";
  row: Row | null;
  transaction: Transaction | null;
  ending: SessionId | "";
}

export interface Node {
  up: boolean;
  paused: boolean;
  /** Whether it believes to be trusted. */
  trusted: boolean;
  view: Held | null;
  /** Fence of what it has claimed, of what it runs; 0: nothing. */
  claimed: number;
  runs: number;
  spool: ["started" | "finished" | "released", number][];
}

export interface State {
  store: {
    term: number;
    row: Row;
    trusted: Record<SessionId, boolean>;
    ended: Record<SessionId, boolean>;
  };
  etcd: {
    /** What stands in the leader key; 0: no leader. */
    leader: number;
    epoch: number;
    lastGuard: number;
    assignments: Record<SessionId, Held | null>;
    claim: Claim | null;
    revision: number;
    leases: Record<SessionId, boolean>;
    wiped: boolean;
  };
  schedulers: [Scheduler, Scheduler];
  inFlight: Transaction[];
  nodes: Record<SessionId, Node>;
  faults: Faults;
  /** What a god would see: how often each fence was started, and whether one was after the end. */
  starts: Record<string, number>;
  startedAfterEnd: boolean;
}

export type Draft = ReturnType<typeof stepsFrom<State>>;

export const isOpen = (row: Row) => row.state === "planned" || row.state === "assigned" || row.state === "running";
export const isOver = (row: Row) => row.state === "done" || row.state === "lost";
export const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

const noFaults: Faults = {
  leaderCrash: 0,
  leaderDeposed: 0,
  lateWrite: 0,
  nodeCrash: 0,
  nodePause: 0,
  leaseLoss: 0,
  trustLapse: 0,
  wipe: 0,
};

export function oneRun(change: Partial<Rules>, allowed: Partial<Faults>): Model<State> {
  const rules: Rules = { ...allRules, ...change };
  // A node that may be cut off, paused or killed may find its trust over, once.
  const trustLapse = allowed.leaseLoss || allowed.nodePause || allowed.nodeCrash ? 1 : 0;
  const scheduler: Scheduler = {
    guard: 0,
    term: 0,
    fresh: false,
    doing: "idle",
    row: null,
    transaction: null,
    ending: "",
  };
  const node: Node = { up: true, paused: false, trusted: true, view: null, claimed: 0, runs: 0, spool: [] };
  const initial: State = {
    store: {
      term: 0,
      row: { state: "none", fence: 0, floor: 0, session: "" },
      trusted: { A: true, B: true },
      ended: { A: false, B: false },
    },
    etcd: {
      leader: 0,
      epoch: 0,
      lastGuard: 0,
      assignments: { A: null, B: null },
      claim: null,
      revision: 0,
      leases: { A: true, B: true },
      wiped: false,
    },
    schedulers: [scheduler, scheduler],
    inFlight: [],
    nodes: { A: node, B: node },
    faults: { ...noFaults, trustLapse, ...allowed },
    starts: {},
    startedAfterEnd: false,
  };

  return {
    initial,
    steps(state) {
      const draft = stepsFrom(state);
      leaderSteps(rules, state, draft);
      nodeSteps(rules, state, draft);
      if (state.faults.wipe && state.etcd.leader) draft.fails("etcd is wiped", (s) => wipe(rules, s));
      return draft.steps;
    },
    broken(state) {
      const starts = Object.values(state.starts);
      if (starts.some((count) => count > 1)) return "two starts under one (run, fence)";
      if (rules.onNodeLoss === "fail" && starts.length > 1) return "two starts of a run that is never rerun";
      if (rules.onNodeLoss === "rerun" && state.nodes.A.runs && state.nodes.B.runs) return "two attempts at once";
      return state.startedAfterEnd ? "started after its end was recorded" : null;
    },
    finished: (state) => isOver(state.store.row),
  };
}

function wipe(rules: Rules, s: State) {
  s.faults.wipe--;
  // A nonce is never made twice; a revision starts again.
  const lastGuard = rules.term === "allocated" ? s.etcd.lastGuard : 0;
  s.etcd = {
    ...s.etcd,
    leader: 0,
    epoch: 0,
    lastGuard,
    assignments: { A: null, B: null },
    claim: null,
    wiped: true,
  };
}
