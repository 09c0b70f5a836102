// What the editor works on: the document, what it was when it was read, what the server says about it while one types, and
// what a field left empty means. Fields reach all of it through the context.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { createContext, use, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { api } from "../../api/call.ts";
import type { CheckAnswer, DefaultsAnswer, JobView } from "../../api/types.ts";
import { later } from "../../lib/clock.ts";
import { type Doc, getIn, same, setIn } from "./document.ts";
import { type FieldPath, fieldOf } from "./sections.ts";

export interface Problem {
  path: string;
  message: string;
}

export interface Editor {
  doc: Doc;
  /** The job that is changed; null: a new one. */
  base: JobView | null;
  /** What it is compared with: the saved document, or what a new one began as. */
  start: Doc;
  isDirty: boolean;
  /** Grows when the document was replaced as a whole: fields that hold text of their own begin anew. */
  epoch: number;
  kind: "cmd" | "http";
  set(path: string, value: unknown): void;
  replace(doc: Doc): void;
  /** The same from text, whose mistakes keep it from being a document; null: it is one. */
  write(doc: Doc | null, broken: { line: number; message: string } | null): void;
  broken: { line: number; message: string } | null;
  /** Starts from another saved version, with this document on top. */
  rebase(base: JobView, doc: Doc): void;
  /** From now on what is wrong with the field is told. */
  touch(field: FieldPath): void;
  showAll(): void;
  problems: Problem[];
  /** A problem that the page itself found, or the server while saving; null: no more. */
  report(field: FieldPath, message: string | null): void;
  warnings: string[];
  messageOf(field: FieldPath): string | undefined;
  /** What holds for a field that is left empty. */
  defaultOf(path: string): unknown;
  defaults: DefaultsAnswer | undefined;
}

export const EditorContext = createContext<Editor | null>(null);

export function useEditor(): Editor {
  const editor = use(EditorContext);
  if (!editor) throw new Error("a field stands outside of the editor");
  return editor;
}

const restMs = 300;

/** The value as it was once it had rested for a moment. */
export function useRested<T>(value: T, ms = restMs): T {
  const [rested, setRested] = useState(value);
  useEffect(() => (value === rested ? undefined : later(ms, () => setRested(value))), [value, rested, ms]);
  return rested;
}

/** What `make` makes; what it made last while it isn't fresh. */
function useSteady<T>(isFresh: boolean, make: () => T): T {
  const held = useRef<{ value: T } | null>(null);
  if (isFresh || held.current === null) {
    const value = make();
    if (JSON.stringify(value) !== JSON.stringify(held.current?.value)) held.current = { value };
  }
  return (held.current as { value: T }).value;
}

export const checkDocument = (document: unknown): Promise<CheckAnswer> =>
  api.post<CheckAnswer>("/jobs/check", { document });

interface Beginning {
  base: JobView | null;
  doc: Doc;
}

export function useEditorState(beginning: Beginning): Editor {
  const [base, setBase] = useState(beginning.base);
  const [start, setStart] = useState(beginning.base ? beginning.base.spec : beginning.doc);
  const [doc, setDoc] = useState(beginning.doc);
  const [epoch, setEpoch] = useState(0);
  const [broken, setBroken] = useState<Editor["broken"]>(null);
  const [touched, setTouched] = useState<ReadonlySet<FieldPath>>(new Set());
  // A saved job's problems are new to whoever opens it: nobody is nagged for what they haven't written yet.
  const [isAllShown, setAllShown] = useState(beginning.base !== null);
  const [reported, setReported] = useState<ReadonlyMap<FieldPath, string>>(new Map());
  const rested = useRested(doc);
  const check = useQuery({
    queryKey: ["check", rested],
    queryFn: () => checkDocument(rested),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    gcTime: 60_000,
  });
  const { data: defaults } = useQuery({
    queryKey: ["defaults"],
    queryFn: ({ signal }) => api.get<DefaultsAnswer>("/defaults", { signal }),
    staleTime: 5 * 60_000,
  });

  const touch = useCallback(
    (field: FieldPath) => setTouched((all) => (all.has(field) ? all : new Set([...all, field]))),
    [],
  );
  const report = useCallback(
    (field: FieldPath, message: string | null) =>
      setReported((all) => {
        if ((all.get(field) ?? null) === message) return all;
        const next = new Map(all);
        if (message === null) next.delete(field);
        else next.set(field, message);
        return next;
      }),
    [],
  );
  const set = useCallback((path: string, value: unknown) => setDoc((held) => setIn(held, path.split("."), value)), []);
  const replace = useCallback((next: Doc) => {
    setDoc(next);
    setReported(new Map());
    setBroken(null);
    setEpoch((count) => count + 1);
  }, []);

  const write = useCallback<Editor["write"]>((next, mistake) => {
    if (next) setDoc(next);
    setBroken(mistake);
  }, []);

  // What was said of an older document is neither news nor over: nothing flickers while one types.
  const isFresh = rested === doc && !check.isPlaceholderData;
  const problems = useSteady(isFresh, () => {
    const own = [...reported].map(([path, message]) => ({ path, message }));
    return [...own, ...(check.data?.errors ?? [])].filter(({ path }) => {
      const field = fieldOf(path);
      return isAllShown || (field !== null && touched.has(field));
    });
  });
  const messages = useMemo(() => {
    const found = new Map<FieldPath, string[]>();
    for (const { path, message } of problems) {
      const field = fieldOf(path);
      if (field === null) continue;
      // Where in a list or a map it is; the field's own name stands above it.
      const place = path.startsWith(field) ? path.slice(field.length) : "";
      found.set(field, [...(found.get(field) ?? []), place ? `${place.replace(/^\./, "")}: ${message}` : message]);
    }
    return found;
  }, [problems]);

  const kind = doc.http === undefined ? "cmd" : "http";
  return {
    doc,
    base,
    start,
    isDirty: broken !== null || !same(start, doc),
    epoch,
    kind,
    set,
    replace,
    write,
    broken,
    rebase(next, mine) {
      setBase(next);
      setStart(next.spec);
      replace(mine);
    },
    touch,
    showAll: () => setAllShown(true),
    problems,
    report,
    warnings: check.data?.warnings ?? [],
    messageOf: (field) => messages.get(field)?.join("\n"),
    defaultOf: (path) => getIn(defaults?.[kind], path.split(".")),
    defaults,
  };
}
