// Breadth-first search of every state that a small model of the protocol can reach. It finds the shortest way to each
// broken promise, and states from which the work can't be finished any more although nothing else goes wrong.

export interface Step<S> {
  label: string;
  state: S;
  /** Something going wrong, which a run must never need in order to end. */
  fault: boolean;
}

/** States are plain JSON: two with the same text are the same state. */
export interface Model<S> {
  initial: S;
  steps(state: S): Step<S>[];
  /** The promise that is broken in this state, or null. */
  broken(state: S): string | null;
  /** Where everything must be able to end without a further fault. */
  finished(state: S): boolean;
}

export interface Exploration {
  states: number;
  /** False: the search stopped early, at `maxStates` or (with stopAtFirst) at the first broken promise. */
  complete: boolean;
  /** By promise: the shortest way to break it. */
  violations: Record<string, string[]>;
}

export const forgotten = "forgotten: nothing can finish it any more";

export function explore<S>(model: Model<S>, options: { maxStates: number; stopAtFirst?: boolean }): Exploration {
  const index = new Map<string, number>();
  /** `state`: until its steps have been taken. */
  const found: { state: S | null; from: number; label: string; before: number[]; ends: boolean }[] = [];
  const violations: Record<string, string[]> = {};

  function way(to: number) {
    const labels: string[] = [];
    for (let i = to; i > 0; i = found[i]!.from) labels.push(found[i]!.label);
    return labels.reverse();
  }
  function visit(state: S, from: number, label: string): number {
    const text = JSON.stringify(state);
    const known = index.get(text);
    if (known !== undefined) return known;
    const id = found.length;
    index.set(text, id);
    const broken = model.broken(state);
    // What is broken already isn't followed: it would show nothing new.
    const ends = broken !== null || model.finished(state);
    found.push({ state: broken === null ? state : null, from, label, before: [], ends });
    if (broken !== null) violations[broken] ??= way(id);
    return id;
  }

  visit(model.initial, -1, "");
  let complete = true;
  for (let id = 0; id < found.length; id++) {
    const here = found[id]!;
    const { state: taken } = here;
    if (taken === null) continue;
    if (found.length > options.maxStates || (options.stopAtFirst && Object.keys(violations).length > 0)) {
      complete = false;
      break;
    }
    here.state = null;
    for (const { label, state, fault } of model.steps(taken)) {
      const next = visit(state, id, label);
      if (!fault) found[next]!.before.push(id);
    }
  }
  if (complete) {
    const lost = firstThatCannotEnd(found);
    if (lost >= 0) violations[forgotten] = way(lost);
  }
  return { states: found.length, complete, violations };
}

/** Walks back from every end along fault-free steps; answers the first state that was not met, or -1. */
function firstThatCannotEnd(states: { before: number[]; ends: boolean }[]): number {
  const canEnd = states.map(({ ends }) => ends);
  const open = states.flatMap(({ ends }, id) => (ends ? [id] : []));
  for (let id = open.pop(); id !== undefined; id = open.pop())
    for (const before of states[id]!.before)
      if (!canEnd[before]) {
        canEnd[before] = true;
        open.push(before);
      }
  return canEnd.indexOf(false);
}

/** Collects the steps from one state: each changes a copy of it; `false` means that the step can't be taken after all. */
export function stepsFrom<S>(state: S) {
  const steps: Step<S>[] = [];
  const add = (fault: boolean) => (label: string, change: (copy: S) => unknown) => {
    const copy = copyOf(state);
    if (change(copy) !== false) steps.push({ label, state: copy, fault });
  };
  return { steps, may: add(false), fails: add(true) };
}

/** Of plain data: quicker than reading a text of it again. */
function copyOf<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  const copy: Record<string, unknown> = {};
  for (const key in value) copy[key] = copyOf(value[key]);
  return copy as T;
}
