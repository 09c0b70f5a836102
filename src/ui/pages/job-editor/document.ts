// A job document in an editor: reading and writing at a path, what differs between two, and three of them made into one.
// Pure. Lists are taken whole: an item's place says little in a job document.

export type Doc = Record<string, unknown>;
export type Path = readonly string[];

export interface Difference {
  path: Path;
  /** undefined: not set. */
  before: unknown;
  after: unknown;
}

export const isObject = (value: unknown): value is Doc =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const same = (a: unknown, b: unknown): boolean => differences(a, b).length === 0;

export function getIn(value: unknown, path: Path): unknown {
  let at = value;
  for (const key of path) at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  return at;
}

/** A copy with the value at the path; undefined takes it out, and what is empty by that with it. */
export function setIn(doc: Doc, path: Path, value: unknown): Doc {
  const [key, ...rest] = path as [string, ...string[]];
  const held = Object.hasOwn(doc, key) ? doc[key] : undefined;
  let next = value;
  if (rest.length > 0) {
    const inner = setIn(isObject(held) ? held : {}, rest, value);
    next = Object.keys(inner).length > 0 ? inner : undefined;
  }
  if (next !== undefined) return { ...doc, [key]: next };
  const { [key]: _gone, ...others } = doc;
  return others;
}

export function differences(before: unknown, after: unknown, path: Path = []): Difference[] {
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => differences(before[key], after[key], [...path, key]));
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
}

export interface Divergence {
  path: Path;
  base: unknown;
  mine: unknown;
  theirs: unknown;
  /** Who changed it; both, if not to the same. */
  by: "mine" | "theirs" | "both";
}

const startsWith = (path: Path, start: Path) => start.every((key, i) => path[i] === key);

/** What two people made of one document, path by path; what both changed alike isn't told. */
export function divergences(base: Doc, mine: Doc, theirs: Doc): Divergence[] {
  const changed = [
    ...differences(base, mine).map(({ path }) => ({ path, by: "mine" as const })),
    ...differences(base, theirs).map(({ path }) => ({ path, by: "theirs" as const })),
  ].sort((a, b) => a.path.length - b.path.length);
  const found: Divergence[] = [];
  for (const { path, by } of changed) {
    // One that changed a whole and one that changed a part of it meet at the whole.
    const met = found.find((each) => startsWith(path, each.path));
    if (met) met.by = met.by === by ? by : "both";
    else found.push({ path, by, base: getIn(base, path), mine: getIn(mine, path), theirs: getIn(theirs, path) });
  }
  return found.filter(({ mine: one, theirs: other }) => !same(one, other));
}

/** Theirs with my changes on top: all that only I made, and of the others those whose path `isMine` answers for. */
export function merged(theirs: Doc, all: Divergence[], isMine: (divergence: Divergence) => boolean): Doc {
  return all
    .filter((each) => each.by === "mine" || (each.by === "both" && isMine(each)))
    .reduce((doc, { path, mine }) => setIn(doc, path, mine), theirs);
}

const order =
  "name title description owner runbook tags enabled schedule timezone startAt endAt jitter startDeadline cmd http place limit priority timeout killGrace retry overlap misfire onNodeLoss maxReruns pauseAfter notify keep".split(
    " ",
  );
/** In the order in which people read it; keys that nobody knows stand last. */
export function tidy(doc: Doc): Doc {
  const rank = (key: string) => (order.includes(key) ? order.indexOf(key) : order.length);
  return Object.fromEntries(Object.entries(doc).sort(([a], [b]) => rank(a) - rank(b)));
}

/** retry.limit, cmd.env["a.b"]: as the server names places. */
export const pathText = (path: Path): string =>
  path.reduce((text, key) => (/^[^\s.[\]"]+$/.test(key) ? `${text && `${text}.`}${key}` : `${text}["${key}"]`), "");

/** cmd or http in its long form, whichever way it is written. */
export function taskOf(doc: Doc, kind: "cmd" | "http"): Doc {
  const written = doc[kind];
  if (isObject(written)) return written;
  return written === undefined ? {} : { [kind === "cmd" ? "command" : "url"]: written };
}

/** Puts a part of the task into the document; what says nothing but what to run is written short. */
export function withTaskPart(doc: Doc, kind: "cmd" | "http", key: string, value: unknown): unknown {
  const task = setIn(taskOf(doc, kind), [key], value);
  const required = kind === "cmd" ? "command" : "url";
  return Object.keys(task).length === 1 && required in task ? task[required] : task;
}
