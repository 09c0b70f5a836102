// What isn't saved outlives the page in its tab: a session that ends, or a reload, costs nobody their work.
import { useEffect } from "react";
import { now } from "../../lib/clock.ts";
import { type Doc, isObject } from "./document.ts";
import { type Editor, useRested } from "./editor-state.ts";

export interface Draft {
  doc: Doc;
  /** Of the job that it began with; null: of none. */
  version: number | null;
  /** ISO */
  at: string;
}

const keyOf = (name: string) => `distcron.draft.${name}`;

export function readDraft(name: string): Draft | null {
  try {
    const draft = JSON.parse(sessionStorage.getItem(keyOf(name)) ?? "null") as Draft | null;
    return draft && isObject(draft.doc) ? draft : null;
  } catch {
    return null;
  }
}

export function dropDraft(name: string): void {
  try {
    sessionStorage.removeItem(keyOf(name));
  } catch {}
}

/** Keeps it while it differs from what is saved. `isPaused`: an older one waits for an answer. */
export function useKeptDraft(name: string, { doc, base, isDirty }: Editor, isPaused: boolean): void {
  const rested = useRested(doc);
  useEffect(() => {
    if (isPaused) return;
    if (!isDirty) {
      dropDraft(name);
      return;
    }
    const draft: Draft = { doc: rested, version: base?.version ?? null, at: new Date(now()).toISOString() };
    try {
      sessionStorage.setItem(keyOf(name), JSON.stringify(draft));
    } catch {}
  }, [name, rested, base, isDirty, isPaused]);
}
