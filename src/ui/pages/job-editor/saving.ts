// From the document to a saved job: judged by the server, shown as changes, written under the version that it began with.
import { useState } from "react";
import { useLocation } from "wouter";
import { ApiError, api } from "../../api/call.ts";
import { queryClient } from "../../api/query-client.ts";
import type { JobChanged, JobView, RunDetailView } from "../../api/types.ts";
import { toastDone, toastError, toastWarning } from "../../components/toast.tsx";
import { leaveFreely } from "../../lib/leave-guard.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { jobPath } from "../job/job-actions.ts";
import { type Difference, differences, tidy } from "./document.ts";
import { checkDocument, type Editor } from "./editor-state.ts";

export interface Pending {
  runs: boolean;
  differences: Difference[];
  warnings: string[];
}

interface Wishes {
  /** It can't be saved as it is: where that is told. */
  onInvalid(): void;
  onSaved(): void;
}

export function useSaving(editor: Editor, { onInvalid, onSaved }: Wishes) {
  const { t } = useTranslation("job-editor");
  const [, navigate] = useLocation();
  const [pending, setPending] = useState<Pending | null>(null);
  const [conflict, setConflict] = useState<JobView | null>(null);
  const [isBusy, setBusy] = useState(false);
  const { base } = editor;

  /** What changes; a document that says nothing of `enabled` leaves it as it is. */
  const changesOf = (job: JobView, doc: Editor["doc"]) =>
    differences("enabled" in doc ? { ...job.spec, enabled: job.enabled } : job.spec, doc);

  async function inTurn(work: () => Promise<void>) {
    if (isBusy) return;
    setBusy(true);
    try {
      await work();
    } catch (err) {
      refused(err);
    } finally {
      setBusy(false);
    }
  }

  function refused(err: unknown) {
    const known = err instanceof ApiError ? err : null;
    if (known?.code === "version_conflict" && known.current) {
      setPending(null);
      setConflict(known.current as JobView);
    } else if (known?.code === "name_taken") {
      setPending(null);
      editor.report("name", known.message);
      onInvalid();
    } else toastError(err);
  }

  async function write(runs: boolean) {
    const body = tidy(editor.doc);
    const outcome = base
      ? await api.put<JobChanged>(`/jobs/${base.id}`, body, { ifMatch: base.version })
      : await api.post<JobChanged>("/jobs", body);
    setPending(null);
    const { stillRunning, warnings, ...job } = outcome;
    warnings.forEach(toastWarning);
    if (stillRunning.length > 0) toastWarning(t("stillRunning", { count: stillRunning.length }));
    await arrive(job, runs, t(base ? "saved.changed" : "saved.created", { name: job.name }));
  }

  /** The job's own page, with word of what was done. */
  async function arrive(job: JobView, runs: boolean, words: string | null) {
    onSaved();
    leaveFreely();
    let run: RunDetailView | null = null;
    try {
      if (runs) run = await api.post<RunDetailView>(`/jobs/${job.id}/run`);
    } catch (err) {
      toastError(err);
    }
    const started = run && { to: `/runs/${run.id}`, label: t("saved.toRun") };
    if (words !== null || started) toastDone(words ?? t("saved.runs", { name: job.name }), started ?? undefined);
    for (const topic of ["jobs", "runs", "stats"]) void queryClient.invalidateQueries({ queryKey: [topic] });
    navigate(jobPath(job.name));
  }

  return {
    pending,
    conflict,
    isBusy,
    /** Judges, and asks where a saved job changes. `runs`: and runs it then. */
    begin: (runs: boolean) =>
      inTurn(async () => {
        editor.showAll();
        if (editor.broken) return onInvalid();
        const { errors, warnings } = await checkDocument(editor.doc);
        if (errors.length > 0) return onInvalid();
        if (!base) return write(runs);
        const changes = changesOf(base, editor.doc);
        if (changes.length > 0) setPending({ runs, differences: changes, warnings });
        else if (runs) await arrive(base, true, null);
        else toastDone(t("noChange"));
      }),
    commit: () => inTurn(() => write(pending?.runs ?? false)),
    dismiss: () => setPending(null),
    meet: setConflict,
    /** After a conflict: the document that it shall be, on top of theirs; what that changes is shown at once. */
    settle(theirs: JobView, doc: Editor["doc"]) {
      setConflict(null);
      editor.rebase(theirs, doc);
      const changes = changesOf(theirs, doc);
      if (changes.length > 0) setPending({ runs: false, differences: changes, warnings: [] });
      else toastDone(t("conflict.tookTheirs", { version: theirs.version }));
    },
  };
}
