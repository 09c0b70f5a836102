// Model of changing a job, or cancelling a run, right when the run is due: one tick, planned as version 1 and handed out.
// The leader may crash between any two steps, and another takes over. The edit deletes rows that it could take back and
// has the tick planned anew under a fresh id; the planner leaves the job alone until that is settled. Simpler than life:
// the keys of the tick's old row go before its new row gets any.
import { type Model, stepsFrom } from "./explore.ts";

export interface ChangeRules {
  /** R13: rows are marked in the store first, taken back in etcd, then settled. Else they are deleted at once. */
  marksFirst: boolean;
  /** R13: what becomes of a row that was taken back. */
  takenBack: "deleted" | "updated in place";
  /** R13: the planner leaves a job alone while an edit of it isn't settled. */
  plannerWaits: boolean;
  /** R13: a row that is made again gets an id that was never used. */
  freshIds: boolean;
  /** R13, R14: a new leader takes up what the last one left half done. */
  resumes: boolean;
  /** R3: a claim compares the revision of the assignment that the node read. */
  claimComparesRevision: boolean;
  /** R14: the wish to cancel stands in the store before anything else happens. */
  cancelInStoreFirst: boolean;
}

export const allChangeRules: ChangeRules = {
  marksFirst: true,
  takenBack: "deleted",
  plannerWaits: true,
  freshIds: true,
  resumes: true,
  claimComparesRevision: true,
  cancelInStoreFirst: true,
};

type Stop = "" | "cancel" | "revoke";
interface Row {
  id: number;
  version: number;
  fence: number;
  floor: number;
  state: "planned" | "assigned" | "running" | "done" | "cancelled";
  revoking: boolean;
  cancelRequested: boolean;
}
interface Held {
  id: number;
  version: number;
  fence: number;
  stop: Stop;
  revision: number;
}
type Claim = Pick<Held, "id" | "version" | "fence">;

interface State {
  job: { version: number; revising: boolean; cursor: "past the tick" | "before the tick" };
  row: Row | null;
  lastId: number;
  assignment: Held | null;
  claim: Claim | null;
  revision: number;
  node: {
    view: Held | null;
    holds: Claim | null;
    runs: Claim | null;
    spool: ["started" | "finished" | "released" | "cancelled", Claim][];
  };
  leader: {
    doing: "idle" | "marking" | "taking back" | "settling" | "requesting" | "stopping" | "cancelling" | "dead";
    /** Remembered between the steps of an operation, and lost with the leader. */
    tookBack: boolean;
  };
  answer: "" | "taken back" | "goes on";
  cancelBegun: boolean;
  crashesLeft: number;
  starts: string[];
  broken: string | null;
}

export function change(operation: "edit" | "cancel", without: Partial<ChangeRules> = {}, crashes = 2): Model<State> {
  const rules = { ...allChangeRules, ...without };
  const assignment: Held = { id: 1, version: 1, fence: 1, stop: "", revision: 1 };
  const initial: State = {
    job: { version: 1, revising: false, cursor: "past the tick" },
    row: { id: 1, version: 1, fence: 1, floor: 0, state: "assigned", revoking: false, cancelRequested: false },
    lastId: 1,
    assignment,
    claim: null,
    revision: 1,
    node: { view: assignment, holds: null, runs: null, spool: [] },
    leader: { doing: operation === "edit" ? "marking" : "requesting", tookBack: false },
    answer: "",
    cancelBegun: false,
    crashesLeft: crashes,
    starts: [],
    broken: null,
  };

  return {
    initial,
    steps(state) {
      const draft = stepsFrom(state);
      operate(state, draft);
      if (state.leader.doing !== "dead") plan(state, draft);
      // One queue: nothing comes between an edit's steps but while it waits for the node's answer.
      if (state.leader.doing === "idle" || state.leader.doing === "settling") tend(state, draft);
      nodeSteps(state, draft);
      return draft.steps;
    },
    broken: (s) => s.broken,
    finished: (s) => s.leader.doing === "idle" && isOver(s.row) && !s.job.revising && !s.assignment && !s.claim,
  };

  function operate(state: State, { may, fails }: Draft) {
    const { doing } = state.leader;
    if (doing !== "idle" && doing !== "dead" && state.crashesLeft)
      fails(`the leader crashes before ${doing}`, (s) => {
        s.crashesLeft--;
        s.leader = { doing: "dead", tookBack: false };
      });
    if (doing === "dead")
      may("a new leader takes over", (s) => {
        s.leader.doing = "idle";
        if (!rules.resumes) return;
        if (s.job.revising) s.leader.doing = "taking back";
        if (s.row?.cancelRequested && !isOver(s.row)) s.leader.doing = "stopping";
      });
    edit(state, doing, may);
    cancel(doing, may);
  }

  function edit(state: State, doing: State["leader"]["doing"], may: Draft["may"]) {
    if (doing === "marking")
      may(rules.marksFirst ? "store: version 2, row marked" : "store: version 2, row deleted", (s) => {
        s.job.version = 2;
        s.leader.doing = "taking back";
        if (!rules.marksFirst) s.row = null;
        else {
          s.job.revising = true;
          s.job.cursor = "before the tick";
          if (s.row && !isOver(s.row)) s.row.revoking = true;
        }
      });
    if (doing === "taking back")
      may(
        `etcd: ${state.claim ? "claimed, the node is asked for it" : "unclaimed, the assignment is deleted"}`,
        (s) => {
          s.leader = { doing: "settling", tookBack: !s.claim };
          if (!s.claim) s.assignment = null;
          else if (s.assignment) s.assignment = { ...s.assignment, stop: "revoke", revision: ++s.revision };
        },
      );
    if (doing === "settling")
      may("store: what was taken back is settled, and the answer given", (s) => {
        const { row } = s;
        const givenBack = row?.state === "planned" && row.floor > row.fence;
        if (row?.revoking && !isOver(row) && row.state !== "running" && (s.leader.tookBack || givenBack)) {
          if (rules.takenBack === "deleted") s.row = null;
          else s.row = { ...row, version: s.job.version, state: "planned", revoking: false };
          s.answer = "taken back";
        } else {
          if (row) row.revoking = false;
          s.answer = row ? "goes on" : "taken back";
        }
        s.job.revising = false;
        // The cursor moved with the mark; only where rows are deleted at once is it left to the end.
        if (!rules.marksFirst) s.job.cursor = "before the tick";
        s.leader = { doing: "idle", tookBack: false };
      });
  }

  function cancel(doing: State["leader"]["doing"], may: Draft["may"]) {
    if (doing === "requesting")
      may(rules.cancelInStoreFirst ? "store: cancel requested" : "(nothing in the store yet)", (s) => {
        if (rules.cancelInStoreFirst && s.row) s.row.cancelRequested = true;
        s.leader.doing = "stopping";
      });
    if (doing === "stopping")
      may("etcd: assignment deleted if unclaimed, else stop written", (s) => {
        s.cancelBegun = true;
        s.leader = { doing: "cancelling", tookBack: !s.claim };
        if (!s.claim) s.assignment = null;
        else if (s.assignment) s.assignment = { ...s.assignment, stop: "cancel", revision: ++s.revision };
      });
    if (doing === "cancelling")
      may("store: cancelled if it was unclaimed", (s) => {
        if (s.leader.tookBack && s.row && !isOver(s.row)) s.row.state = "cancelled";
        s.leader = { doing: "idle", tookBack: false };
      });
  }

  /** Not in the queue: it may come in between any two steps of the leader. */
  function plan({ job, row }: State, { may }: Draft) {
    if (job.cursor === "before the tick" && !(rules.plannerWaits && job.revising))
      may(row ? "the planner meets the tick's row and goes past it" : "the planner plans the tick again", (s) => {
        s.job.cursor = "past the tick";
        if (s.row) return;
        s.lastId++;
        const id = rules.freshIds ? s.lastId : 1;
        const { version } = s.job;
        s.row = { id, version, fence: 0, floor: 0, state: "planned", revoking: false, cancelRequested: false };
      });
  }

  /** Assigner, reconciler. */
  function tend(state: State, { may }: Draft) {
    const { row, assignment, claim } = state;
    const untouched = row && !row.revoking && !row.cancelRequested;
    if (untouched && (row.state === "planned" || row.state === "assigned") && !assignment && !claim)
      may(`the run is handed out, version ${row.version}, fence ${row.fence + 1}`, (s) => {
        const given = s.row as Row;
        given.fence++;
        given.state = "assigned";
        const { id, version, fence } = given;
        s.assignment = { id, version, fence, stop: "", revision: ++s.revision };
        if (s.cancelBegun) s.broken = "handed out again although its cancel had begun";
      });
    if (untouched && claim?.id === row.id && claim.fence < row.floor && !isOver(row))
      may("a claim that was given back is cleared", (s) => {
        s.claim = null;
        s.assignment = null;
      });
    if (assignment && !claim && assignment.id !== row?.id)
      may("an unclaimed assignment without a row is deleted", (s) => {
        s.assignment = null;
      });
    if (claim && (claim.id !== row?.id || isOver(row)))
      may("claim and assignment of a run that is over or unknown are deleted", (s) => {
        s.claim = null;
        s.assignment = null;
      });
    if (assignment && !claim && isOver(row) && assignment.id === row?.id)
      may("the assignment of a run that is over is deleted", (s) => {
        s.assignment = null;
      });
  }

  function nodeSteps({ assignment, claim, node, row }: State, { may }: Draft) {
    if (JSON.stringify(node.view) !== JSON.stringify(assignment))
      may(`the node sees ${assignment ? `version ${assignment.version} ${assignment.stop}` : "it gone"}`, (s) => {
        s.node.view = s.assignment;
        if (s.node.runs && s.assignment?.stop === "cancel") {
          s.node.spool.push(["cancelled", s.node.runs]);
          s.node.runs = null;
        }
      });
    const { view, holds, runs } = node;
    if (view && !claim && !holds && !runs)
      may(`the node claims version ${view.version}, fence ${view.fence}`, (s) => {
        if (assignment?.id !== view.id) return false;
        if (rules.claimComparesRevision && assignment.revision !== view.revision) return false;
        const { id, version, fence } = view;
        s.claim = { id, version, fence };
        s.node.holds = s.claim;
        return true;
      });
    if (holds && view?.stop)
      may("the node gives it back before the start", (s) => {
        s.node.holds = null;
        s.node.spool.push([view.stop === "cancel" ? "cancelled" : "released", holds]);
      });
    if (holds && !view?.stop)
      may(`the node STARTS version ${holds.version}`, (s) => {
        s.node.holds = null;
        s.node.runs = holds;
        s.node.spool.push(["started", holds]);
        s.broken ??= judge(s, holds);
        s.starts.push(`${holds.id}/${holds.fence}`);
      });
    if (runs)
      may("the node finishes", (s) => {
        s.node.runs = null;
        s.node.spool.push(["finished", runs]);
      });
    const report = node.spool[0];
    if (report)
      may(`"${report[0]}" is recorded`, (s) => {
        s.node.spool.shift();
        if (row) record(s.row as Row, ...report);
      });
  }
}

type Draft = ReturnType<typeof stepsFrom<State>>;
const isOver = (row: Row | null) => row?.state === "done" || row?.state === "cancelled";

function judge({ row, starts, answer }: State, started: Claim): string | null {
  if (starts.includes(`${started.id}/${started.fence}`)) return "two starts under one (run, fence)";
  if (row?.id !== started.id) return "a start without a row";
  if (row.state === "cancelled") return "started after it was recorded as cancelled";
  if (answer === "taken back" && started.version === 1) return "the old version started after the answer";
  return starts.length > 0 ? "one tick started twice" : null;
}

function record(row: Row, kind: State["node"]["spool"][number][0], { id, fence }: Claim) {
  if (row.id !== id || fence < row.floor || isOver(row)) return;
  if (kind === "started") row.state = "running";
  if (kind === "finished") row.state = "done";
  if (kind === "cancelled") row.state = "cancelled";
  if (kind === "released") {
    row.state = "planned";
    row.floor = fence + 1;
  }
}
