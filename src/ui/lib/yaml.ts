// One job document as YAML: read with the place of every path, written so that people like to read it. Read as the server
// reads files (src/define/job-files.ts): merge keys, no date type, a key only once. The library is large: a
// page that only writes loads this file when it is needed.
import {
  type Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  stringify,
} from "yaml";

export interface ReadYaml {
  value: unknown;
  /** Set: the text is no YAML, and `value` means nothing. Lines count from 1. */
  problem: { line: number; message: string } | null;
  /** Where a path such as retry.delay or schedule[1] stands, or what encloses it. */
  lineOf(path: string): number;
}

export function readYaml(text: string): ReadYaml {
  const counter = new LineCounter();
  const line = (offset: number) => Math.max(1, counter.linePos(offset).line);
  const fail = (at: number, message: string): ReadYaml => ({
    value: undefined,
    problem: { line: at, message },
    lineOf: () => at,
  });
  const parsed = parseAllDocuments(text.replace(/^\uFEFF/, ""), {
    lineCounter: counter,
    prettyErrors: false,
    merge: true,
  });
  const documents: Document[] = Array.isArray(parsed) ? parsed : [];
  const wrong = documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])[0];
  if (wrong) return fail(line(wrong.pos[0]), wrong.message);
  const [document, second] = documents.filter(({ contents }) => contents !== null);
  if (second) return fail(line(second.range?.[0] ?? 0), "expected one document, got several");
  try {
    const value: unknown = document?.toJS({ maxAliasCount: 10_000 }) ?? null;
    return { value, problem: null, lineOf: (path) => line(offsetOf(document?.contents, path)) };
  } catch (err) {
    return fail(1, (err as Error).message);
  }
}

function offsetOf(start: unknown, path: string): number {
  let node = start;
  let offset = (node as Node | null | undefined)?.range?.[0] ?? 0;
  for (const [, plain, index, quoted] of path.matchAll(/([^.[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/g)) {
    const key = plain ?? (quoted === undefined ? undefined : (JSON.parse(`"${quoted}"`) as string));
    let found: { at: unknown; value: unknown } | undefined;
    if (isMap(node)) {
      const pair = node.items.find((each) => isPair(each) && isScalar(each.key) && String(each.key.value) === key);
      if (pair) found = { at: pair.key, value: pair.value };
    } else if (isSeq(node) && index !== undefined && node.items[Number(index)])
      found = { at: node.items[Number(index)], value: node.items[Number(index)] };
    if (!found) break;
    offset = (found.at as Node).range?.[0] ?? offset;
    node = found.value;
  }
  return offset;
}

export const writeYaml = (value: unknown): string => stringify(value, { lineWidth: 0 });
