// What saving would change, before it does.

import { Button } from "../../components/button.tsx";
import { DiffView } from "../../components/diff-view.tsx";
import { Icon } from "../../components/icon.tsx";
import { Dialog, DialogButtons } from "../../components/mantine/dialog.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { type Difference, pathText } from "./document.ts";

interface Props {
  differences: Difference[];
  warnings: string[];
  version: number;
  runs: boolean;
  isSaving: boolean;
  onSave(): void;
  onClose(): void;
}

export function ChangesDialog({ differences, warnings, version, runs, isSaving, onSave, onClose }: Props) {
  const { t } = useTranslation("job-editor");
  return (
    <Dialog onClose={onClose} size="xl" title={t("changes.title", { count: differences.length })}>
      <p className="dc-plain dc-soft">{t("changes.lead", { version })}</p>
      <Differences differences={differences} />
      {warnings.map((warning) => (
        <p key={warning} className="je-warning">
          <Icon name="warning" size={14} />
          {warning}
        </p>
      ))}
      <DialogButtons>
        <Button variant="default" onClick={onClose}>
          {t("changes.back")}
        </Button>
        <Button onClick={onSave} loading={isSaving} data-autofocus>
          {t(runs ? "saveAndRun" : "common:save")}
        </Button>
      </DialogButtons>
    </Dialog>
  );
}

function Differences({ differences }: { differences: Difference[] }) {
  const { t } = useTranslation("job-editor");
  return (
    <ul className="je-changes" aria-label={t("changes.list")}>
      {differences.map(({ path, before, after }) => (
        <li key={path.join("\n")}>
          <code className="dc-mono je-path">{pathText(path)}</code>
          {isLong(before) || isLong(after) ? (
            <DiffView label={pathText(path)} before={String(before ?? "")} after={String(after ?? "")} />
          ) : (
            <Change before={before} after={after} />
          )}
        </li>
      ))}
    </ul>
  );
}

const isLong = (value: unknown) => typeof value === "string" && value.trim().includes("\n");

function Change({ before, after }: Pick<Difference, "before" | "after">) {
  const { t } = useTranslation("job-editor");
  return (
    <>
      <span className="je-before">
        <span className="dc-hidden">{t("changes.before")} </span>
        <Value of={before} />
      </span>
      <span aria-hidden="true">→</span>
      <span className="je-after">
        <span className="dc-hidden">{t("changes.after")} </span>
        <Value of={after} />
      </span>
    </>
  );
}

/** A value of a document, to read. */
export function Value({ of }: { of: unknown }) {
  const { t } = useTranslation("job-editor");
  if (of === undefined) return <em className="dc-soft">{t("notSet")}</em>;
  return <span className="je-value dc-mono">{typeof of === "string" ? of : JSON.stringify(of)}</span>;
}
