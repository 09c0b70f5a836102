// Model of two ticks of one job with `overlap: skip`, both handed out ahead of time to session A, which may be cut off:
// they must never run at once, and what is recorded as skipped must not run. The leader is one and takes whole steps.
import { type Model, stepsFrom } from "./explore.ts";

type SessionId = "A" | "B";
type Tick = 0 | 1;
type Pair<T> = [T, T];
const ticks: Tick[] = [0, 1];

export interface OverlapRules {
  /** R11: nothing of the job moves while a run of it is claimed elsewhere and not over. */
  movesWait: boolean;
  /** R11: all unclaimed runs of the job move in one transaction. */
  movesTogether: boolean;
  /** R12: when a cut-off node ends what it runs: at the next tick's due instant, when its trust ends, or not. */
  lostCopyEnds: "at the next tick" | "with trust" | "never";
  /** R7: a run is claimed before any verdict on it, a skip too. */
  claimBeforeVerdict: boolean;
}

interface State {
  due: Pair<boolean>;
  rows: Pair<"assigned" | "running" | "done" | "skipped" | "lost">;
  assigned: Pair<SessionId>;
  claims: Pair<SessionId | "">;
  runs: Pair<SessionId | "" | "over">;
  /** A's lease, what A believes of its trust, what the store does, and whether its session was ended. */
  lease: boolean;
  trusted: boolean;
  storeTrusts: boolean;
  ended: boolean;
  /** The instant up to which a lost copy may still run is past. */
  exclusiveOver: boolean;
  gatedUnclaimed: boolean;
  spool: [Tick, "started" | "finished" | "skipped"][];
  cutsLeft: number;
  skippedAndRun: boolean;
}

export function twoTicks(rules: OverlapRules): Model<State> {
  const initial: State = {
    due: [false, false],
    rows: ["assigned", "assigned"],
    assigned: ["A", "A"],
    claims: ["", ""],
    runs: ["", ""],
    lease: true,
    trusted: true,
    storeTrusts: true,
    ended: false,
    exclusiveOver: false,
    gatedUnclaimed: false,
    spool: [],
    cutsLeft: 1,
    skippedAndRun: false,
  };
  const isOver = (s: State, tick: Tick) => ["done", "skipped", "lost"].includes(s.rows[tick]);
  const isRunning = (s: State, tick: Tick) => s.runs[tick] === "A" || s.runs[tick] === "B";
  const endWhatRunsOnA = (s: State) => {
    for (const tick of ticks)
      if (s.runs[tick] === "A") {
        s.runs[tick] = "over";
        s.spool.push([tick, "finished"]);
      }
  };

  function steps(state: State) {
    const { steps, may, fails } = stepsFrom(state);

    for (const tick of ticks) {
      const sibling: Tick = tick === 0 ? 1 : 0;
      if (!state.due[tick] && (tick === 0 || state.due[0]))
        may(`R${tick} becomes due`, (s) => {
          s.due[tick] = true;
        });

      for (const k of ["A", "B"] as const) {
        const mayStart = k === "B" || state.trusted;
        const unclaimedHere = state.assigned[tick] === k && !state.claims[tick];
        const busy = state.runs[sibling] === k;
        if (unclaimedHere && mayStart)
          may(`${k} claims R${tick}`, (s) => {
            s.claims[tick] = k;
          });
        if (state.claims[tick] === k && state.due[tick] && !state.runs[tick] && mayStart) {
          if (busy)
            may(`${k}'s gate: R${tick} is skipped`, (s) => {
              s.runs[tick] = "over";
              s.spool.push([tick, "skipped"]);
            });
          else
            may(`${k} STARTS R${tick}`, (s) => {
              s.runs[tick] = k;
              s.spool.push([tick, "started"]);
              if (s.rows[tick] === "skipped") s.skippedAndRun = true;
            });
        }
        if (!rules.claimBeforeVerdict && unclaimedHere && busy && state.due[tick] && !state.gatedUnclaimed)
          may(`${k}'s gate: R${tick} is skipped, unclaimed`, (s) => {
            s.gatedUnclaimed = true;
            s.spool.push([tick, "skipped"]);
          });
        if (state.runs[tick] === k)
          may(`${k} finishes R${tick}`, (s) => {
            s.runs[tick] = "over";
            s.spool.push([tick, "finished"]);
          });
      }

      const inTheWay =
        state.claims[sibling] === "A" &&
        (!isOver(state, sibling) || (state.rows[sibling] === "lost" && !state.exclusiveOver));
      const noticed = state.assigned[tick] === "A" && !state.claims[tick] && !state.lease && !isOver(state, tick);
      if (noticed && !(rules.movesWait && inTheWay))
        may(`leader moves ${rules.movesTogether ? "the job's unclaimed runs" : `R${tick}`} to B`, (s) => {
          for (const moved of ticks)
            if (moved === tick || (rules.movesTogether && !s.claims[moved])) s.assigned[moved] = "B";
        });
      if (state.ended && state.claims[tick] === "A" && !isOver(state, tick))
        may(`leader records R${tick} lost`, (s) => {
          s.rows[tick] = "lost";
        });
    }

    const report = state.spool[0];
    if (report)
      may(`R${report[0]} is recorded as ${report[1]}`, (s) => {
        const [tick, kind] = s.spool.shift()!;
        if (kind === "started") {
          if (s.rows[tick] === "assigned") s.rows[tick] = "running";
        } else if (!isOver(s, tick) || s.rows[tick] === "lost") s.rows[tick] = kind === "finished" ? "done" : "skipped";
      });

    if (state.cutsLeft && state.lease)
      fails("A is cut off: its lease ends", (s) => {
        s.cutsLeft--;
        s.lease = false;
      });
    if (!state.lease && state.trusted)
      fails("A's own trust ends", (s) => {
        s.trusted = false;
        if (rules.lostCopyEnds === "with trust") endWhatRunsOnA(s);
      });
    if (!state.trusted && state.storeTrusts)
      may("the store's trust in A ends", (s) => {
        s.storeTrusts = false;
      });
    if (!state.storeTrusts && !state.ended)
      may("leader ends session A", (s) => {
        s.ended = true;
      });
    if (!state.exclusiveOver && exclusiveMayEnd(state))
      may("the instant passes up to which a lost copy may run", (s) => {
        s.exclusiveOver = true;
        if (rules.lostCopyEnds === "at the next tick") endWhatRunsOnA(s);
      });
    return steps;
  }

  function exclusiveMayEnd({ trusted, due, ended }: State) {
    if (rules.lostCopyEnds === "at the next tick") return !trusted && due[1];
    return rules.lostCopyEnds === "with trust" ? !trusted : ended;
  }

  return {
    initial,
    steps,
    broken(s) {
      if (isRunning(s, 0) && isRunning(s, 1)) return "two runs of a job that must not overlap";
      const lie = s.skippedAndRun || ticks.some((tick) => s.rows[tick] === "skipped" && isRunning(s, tick));
      return lie ? "recorded as skipped, and run" : null;
    },
    finished: (s) => isOver(s, 0) && isOver(s, 1),
  };
}
