// Files of jobs, YAML or JSON: one document, a list, `jobs: [...]`, or several YAML documents. Reads; what the documents
// say is judged by model/job-document.ts. Positions are kept, so that every complaint can name its line.
import { type Document, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from "yaml";

export interface FilePosition {
  /** From 1. */
  line: number;
  column: number;
}

export interface FileDocument extends FilePosition {
  document: unknown;
  /** Where a path such as retry.delay or schedule[1] stands; where it doesn't, the nearest that encloses it. */
  positionOf(path: string): FilePosition;
}

export interface JobFile {
  documents: FileDocument[];
  errors: (FilePosition & { message: string })[];
}

const mostBytes = 16 * 1024 * 1024;
const mostDocuments = 100_000;
/** Uses of an anchor, multiplied through nested ones: enough for shared defaults, too few to blow up. */
const mostAliases = 10_000;

/** Never throws. With an error in it, a file's documents are incomplete: don't use them. */
export function readJobFile(text: string): JobFile {
  const start = { line: 1, column: 1 };
  const fail = (message: string): JobFile => ({ documents: [], errors: [{ ...start, message }] });
  if (text.length > mostBytes) return fail(`expected at most ${mostBytes} characters, got ${text.length}`);
  const counter = new LineCounter();
  const position = (offset: number): FilePosition => {
    const { line, col } = counter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const parsed = parseAllDocuments(text.replace(/^\uFEFF/, ""), {
    lineCounter: counter,
    prettyErrors: false,
    merge: true,
  });
  const file: JobFile = { documents: [], errors: [] };
  for (const document of Array.isArray(parsed) ? parsed : []) {
    for (const problem of [...document.errors, ...document.warnings])
      file.errors.push({ ...position(problem.pos[0]), message: problem.message });
    if (document.errors.length === 0 && document.contents !== null) readDocument(document, position, file);
  }
  if (file.documents.length > mostDocuments)
    return fail(`expected at most ${mostDocuments} jobs, got ${file.documents.length}`);
  if (file.documents.length + file.errors.length === 0 && !namesNoJobs(parsed))
    return fail("expected job documents, got an empty file");
  return file;
}

/** `jobs: []` or an empty list says so on purpose. */
const namesNoJobs = (parsed: unknown) =>
  Array.isArray(parsed) && parsed.some((document: Document) => isMap(document.contents) || isSeq(document.contents));

function readDocument(document: Document, position: (offset: number) => FilePosition, file: JobFile) {
  const root = document.contents as Node;
  const at = (node: unknown): FilePosition => position((node as Node | null)?.range?.[0] ?? root.range?.[0] ?? 0);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: mostAliases });
  } catch (err) {
    file.errors.push({ ...at(root), message: `aliases can't be followed: ${(err as Error).message}` });
    return;
  }
  const add = (each: unknown, node: unknown) =>
    file.documents.push({
      document: each,
      ...at(node),
      positionOf: (path) => position(offsetOf(node, path) ?? root.range?.[0] ?? 0),
    });
  const addAll = (list: unknown, node: unknown) => {
    if (!Array.isArray(list)) file.errors.push({ ...at(node), message: "expected a list of job documents below jobs" });
    else for (const [i, each] of list.entries()) add(each, isSeq(node) ? node.items[i] : node);
  };

  if (isSeq(root)) addAll(value, root);
  else if (!isMap(root))
    file.errors.push({ ...at(root), message: "expected a job document, a list of them, or jobs: [...]" });
  else if (!root.has("jobs") || root.has("name")) add(value, root);
  else {
    for (const pair of root.items) {
      const key = isScalar(pair.key) ? pair.key.value : null;
      if (key === "jobs") addAll((value as { jobs: unknown }).jobs, pair.value);
      else if (!String(key).startsWith("x-"))
        file.errors.push({
          ...at(pair.key),
          message: `expected only jobs beside jobs, got ${key}; keys for anchors begin with x-`,
        });
    }
  }
}

/** Where the deepest part of a path that is written stands. */
function offsetOf(start: unknown, path: string): number | undefined {
  let node = start;
  let offset = (node as Node | null)?.range?.[0];
  for (const match of path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)) {
    const key = match[3] ?? (match[1] === undefined ? undefined : (JSON.parse(`"${match[1]}"`) as string));
    let found: { at: unknown; value: unknown } | undefined;
    if (isMap(node)) {
      const pair = node.items.find((each) => isPair(each) && isScalar(each.key) && String(each.key.value) === key);
      if (pair) found = { at: pair.key, value: pair.value };
    } else if (isSeq(node) && match[2] !== undefined) {
      const item = node.items[Number(match[2])];
      if (item) found = { at: item, value: item };
    }
    if (!found) break;
    offset = (found.at as Node).range?.[0] ?? offset;
    node = found.value;
  }
  return offset;
}
