// The editor: the sections of the form or the text, what is wrong, and the ways out: save, or leave.
import "./job-editor.css";
import { useCallback, useDeferredValue, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import type { JobView } from "../../api/types.ts";
import { Bones } from "../../components/async.tsx";
import { Button } from "../../components/button.tsx";
import { SegmentedControl } from "../../components/choices.tsx";
import { confirm } from "../../components/confirm.tsx";
import { Icon } from "../../components/icon.tsx";
import { onDemand } from "../../components/on-demand.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Time } from "../../components/time.tsx";
import { useLeaveGuard } from "../../lib/leave-guard.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { useUrlState } from "../../lib/url-state.ts";
import { jobPath } from "../job/job-actions.ts";
import type { Doc } from "./document.ts";
import { dropDraft, readDraft, useKeptDraft } from "./draft.ts";
import { type Editor, EditorContext, useEditor, useEditorState } from "./editor-state.ts";
import { DocsSection, ProblemsSection, WhereSection } from "./plain-sections.tsx";
import { useSaving } from "./saving.ts";
import { fieldOf, type SectionName, sectionNames, sectionOf } from "./sections.ts";
import { WhatSection } from "./what-section.tsx";
import { WhenSection } from "./when-section.tsx";

const YamlView = onDemand(async () => (await import("./yaml-view.tsx")).YamlView, <Bones />);
const ChangesDialog = onDemand(async () => (await import("./changes-dialog.tsx")).ChangesDialog);
const ConflictDialog = onDemand(async () => (await import("./conflict-dialog.tsx")).ConflictDialog);

interface Props {
  title: string;
  /** What its unsaved work is kept under. */
  draft: string;
  base: JobView | null;
  doc: Doc;
  /** The job as it is by now. */
  latest?: JobView;
}

const inAddress = { view: "form" };

export function JobEditor({ title, draft, base, doc, latest }: Props) {
  const { t } = useTranslation("job-editor");
  const [, navigate] = useLocation();
  const [{ view }, setView] = useUrlState(inAddress);
  const editor = useEditorState({ base, doc });
  const [seeksProblem, seekProblem] = useState(false);
  const [older, setOlder] = useState(() => readDraft(draft));
  useKeptDraft(draft, editor, older !== null);
  const saving = useSaving(editor, { onInvalid: () => seekProblem(true), onSaved: () => dropDraft(draft) });

  const ask = useCallback(async () => {
    const question = { title: t("leave.title"), text: t("leave.text"), action: t("leave.action"), danger: true };
    const yes = await confirm(question);
    if (yes) dropDraft(draft);
    return yes;
  }, [t, draft]);
  useLeaveGuard(editor.isDirty, ask);
  useSaveKey(() => void saving.begin(false));

  const form = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!seeksProblem || editor.problems.length === 0) return;
    seekProblem(false);
    goToFirstProblem(form.current, editor);
  }, [seeksProblem, editor]);

  const isYaml = view === "yaml";
  const newer = latest && editor.base && latest.version > editor.base.version && !saving.isBusy ? latest : null;
  return (
    <EditorContext value={editor}>
      <PageHeader
        title={title}
        back={base ? { to: jobPath(base.name), label: base.name } : { to: "/jobs", label: t("jobs:title") }}
      >
        <SegmentedControl
          aria-label={t("view.label")}
          size="xs"
          value={isYaml ? "yaml" : "form"}
          // Text that is no document can't be shown as a form.
          disabled={editor.broken !== null}
          onChange={(next) => setView({ view: next }, { replace: true })}
          data={[
            { value: "form", label: t("view.form") },
            { value: "yaml", label: t("view.yaml") },
          ]}
        />
      </PageHeader>
      {older && (
        <Notice>
          <span>
            {t("draft.found")} <Time at={older.at} relative />
          </span>
          <Button
            size="compact-xs"
            onClick={() => {
              editor.replace(older.doc);
              setOlder(null);
            }}
          >
            {t("draft.restore")}
          </Button>
          <Button size="compact-xs" variant="default" onClick={() => setOlder(null)}>
            {t("draft.drop")}
          </Button>
        </Notice>
      )}
      {newer && (
        <Notice>
          <span>{t("newer", { version: newer.version, who: newer.updatedBy })}</span>
          <Button size="compact-xs" variant="default" onClick={() => saving.meet(newer)}>
            {t("compare")}
          </Button>
        </Notice>
      )}
      <div ref={form} className="je-body">
        {isYaml ? (
          <YamlView key={editor.epoch} />
        ) : (
          <Form onYaml={() => setView({ view: "yaml" }, { replace: true })} />
        )}
      </div>
      <div className="je-bar">
        <span aria-live="polite" className="je-bar-state">
          {editor.problems.length > 0 || editor.broken ? (
            <button type="button" className="dc-link je-error" onClick={() => goToFirstProblem(form.current, editor)}>
              {t("problemCount", { count: editor.broken ? 1 : editor.problems.length })}
            </button>
          ) : (
            editor.isDirty && <span className="dc-soft">{t("unsaved")}</span>
          )}
        </span>
        <Button variant="default" onClick={() => navigate(base ? jobPath(base.name) : "/jobs")}>
          {t("common:cancel")}
        </Button>
        <Button
          variant="default"
          loading={saving.isBusy}
          leftSection={<Icon name="play" size={12} />}
          onClick={() => void saving.begin(true)}
        >
          {t("saveAndRun")}
        </Button>
        <Button loading={saving.isBusy} onClick={() => void saving.begin(false)} title={t("saveKey")}>
          {t("common:save")}
        </Button>
      </div>
      {saving.pending && (
        <ChangesDialog
          {...saving.pending}
          version={editor.base?.version ?? 1}
          isSaving={saving.isBusy}
          onSave={() => void saving.commit()}
          onClose={saving.dismiss}
        />
      )}
      {saving.conflict && (
        <ConflictDialog
          base={editor.start}
          mine={editor.doc}
          theirs={saving.conflict}
          onTake={(next) => saving.settle(saving.conflict as JobView, next)}
          onClose={() => saving.meet(null)}
        />
      )}
    </EditorContext>
  );
}

function useSaveKey(save: () => void) {
  const latest = useRef(save);
  latest.current = save;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "s") return;
      event.preventDefault();
      if (!document.querySelector('[role="dialog"]')) latest.current();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

function goToFirstProblem(form: HTMLElement | null, { problems }: Editor) {
  const wrong = new Set(problems.map(({ path }) => fieldOf(path)));
  const fields = [...(form?.querySelectorAll<HTMLElement>("[data-field]") ?? [])];
  const first = fields.find(({ dataset }) => wrong.has(dataset.field as never));
  const target = first?.querySelector<HTMLElement>('input:not([type="hidden"]), textarea') ?? first;
  (target ?? form?.querySelector<HTMLElement>("textarea, .je-others"))?.focus();
}

function Notice({ children }: { children: React.ReactNode }) {
  return (
    <div className="je-notice" role="status">
      <Icon name="info" size={16} />
      {children}
    </div>
  );
}

const parts: Record<SectionName, () => React.ReactNode> = {
  what: WhatSection,
  when: WhenSection,
  where: WhereSection,
  problems: ProblemsSection,
  docs: DocsSection,
};

/** So many sections are drawn at once; the others, below what one sees, a moment later. */
const inSight = 2;

function Form({ onYaml }: { onYaml(): void }) {
  const { t } = useTranslation("job-editor");
  const { problems, warnings } = useEditor();
  const isWhole = useDeferredValue(true, false);
  const counts = new Map<SectionName, number>();
  for (const { path } of problems) {
    const field = fieldOf(path);
    if (field) counts.set(sectionOf(field), (counts.get(sectionOf(field)) ?? 0) + 1);
  }
  const others = problems.filter(({ path }) => fieldOf(path) === null);
  return (
    <div className="je-form">
      <nav className="je-nav" aria-label={t("sections")}>
        <ul>
          {sectionNames.map((name) => (
            <li key={name}>
              <a href={`#${name}`} onClick={(event) => goTo(event, name)}>
                {t(`section.${name}`)}
                {counts.has(name) && (
                  <span className="je-count">
                    {counts.get(name)} <span className="dc-hidden">{t("problems")}</span>
                  </span>
                )}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div className="je-sections">
        {others.length > 0 && (
          <div className="je-others" role="alert" tabIndex={-1}>
            {others.map(({ path, message }) => (
              <p key={`${path} ${message}`} className="je-error">
                {path && <code className="dc-mono">{path}</code>} {message}
              </p>
            ))}
            <button type="button" className="dc-link" onClick={onYaml}>
              {t("fixInYaml")}
            </button>
          </div>
        )}
        {sectionNames.slice(0, isWhole ? sectionNames.length : inSight).map((name) => {
          const Part = parts[name];
          return (
            <section key={name} id={name} className="dc-panel je-section" aria-labelledby={`je-${name}`}>
              <h2 id={`je-${name}`} tabIndex={-1}>
                {t(`section.${name}`)}
              </h2>
              <Part />
            </section>
          );
        })}
        {warnings.map((warning) => (
          <p key={warning} className="je-warning">
            <Icon name="warning" size={14} />
            {warning}
          </p>
        ))}
      </div>
    </div>
  );
}

/** Within the page, without an entry in the history. */
function goTo(event: React.MouseEvent, name: SectionName) {
  event.preventDefault();
  document.getElementById(name)?.scrollIntoView({ block: "start" });
  document.getElementById(`je-${name}`)?.focus({ preventScroll: true });
}
