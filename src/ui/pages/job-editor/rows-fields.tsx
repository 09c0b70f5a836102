// Fields of several rows: names with values, and the words of a command.
import { useEffect, useId, useState } from "react";
import { Button, IconButton } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { TextArea, TextInput } from "../../components/inputs.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { isObject } from "./document.ts";
import { useEditor } from "./editor-state.ts";
import { Field, useField } from "./fields.tsx";
import type { FieldPath } from "./sections.ts";

interface Row {
  id: number;
  name: string;
  value: string;
}

/** Names with texts: environment variables, headers, labels. */
export function PairsField({ path, required }: PairsProps) {
  const { epoch } = useEditor();
  return <Pairs key={epoch} path={path} required={required ?? false} />;
}

interface PairsProps {
  path: FieldPath;
  /** Written even where there are none. */
  required?: boolean;
}

function Pairs({ path, required }: PairsProps) {
  const { t } = useTranslation("job-editor");
  const { report } = useEditor();
  const field = useField(path);
  const [rows, setRows] = useState<Row[]>(() =>
    Object.entries(isObject(field.value) ? field.value : {}).map(([name, value], id) => ({
      id,
      name,
      value: typeof value === "string" ? value : JSON.stringify(value),
    })),
  );
  const change = (next: Row[]) => {
    setRows(next);
    const meant = next.filter(({ name, value }) => name !== "" || value !== "");
    const twice = meant.find(({ name }, i) => meant.findIndex((other) => other.name === name) < i);
    report(path, twice ? t("twice", { name: twice.name }) : null);
    const isUnset = meant.length === 0 && !required;
    field.set(isUnset ? undefined : Object.fromEntries(meant.map(({ name, value }) => [name, value])));
  };
  // What stood twice is gone with the field.
  useEffect(() => () => report(path, null), [report, path]);
  const alter = (id: number, part: Partial<Row>) =>
    change(rows.map((row) => (row.id === id ? { ...row, ...part } : row)));
  return (
    <Field path={path} wide>
      <fieldset className="je-rows">
        <legend>{field.label}</legend>
        {field.description && <p className="je-hint">{field.description}</p>}
        {rows.map((row, i) => (
          <div key={row.id} className="je-pair">
            <TextInput
              aria-label={t("pair.name", { field: field.label, number: i + 1 })}
              placeholder={t("pair.namePlaceholder")}
              value={row.name}
              spellCheck={false}
              autoComplete="off"
              inputClass="dc-mono"
              onChange={({ currentTarget: { value } }) => alter(row.id, { name: value })}
            />
            <TextArea
              aria-label={t("pair.value", { field: field.label, number: i + 1 })}
              placeholder={t("pair.valuePlaceholder")}
              value={row.value}
              minRows={1}
              maxRows={8}
              spellCheck={false}
              autoComplete="off"
              inputClass="dc-mono"
              onChange={({ currentTarget: { value } }) => alter(row.id, { value })}
            />
            <RemoveButton
              label={t("pair.remove", { name: row.name || i + 1 })}
              onClick={() => change(rows.filter(({ id }) => id !== row.id))}
            />
          </div>
        ))}
        {field.error && <p className="je-error">{field.error}</p>}
        <AddButton
          label={t(`add.${path}`)}
          onClick={() => setRows([...rows, { id: 1 + Math.max(-1, ...rows.map(({ id }) => id)), name: "", value: "" }])}
        />
      </fieldset>
    </Field>
  );
}

/** A program and its arguments, one a line of the form. */
export function WordsField({ path, words }: { path: FieldPath; words: string[] }) {
  const { t } = useTranslation("job-editor");
  const field = useField(path);
  const id = useId();
  return (
    <Field path={path} wide>
      <fieldset className="je-rows">
        <legend>{t("argv.label")}</legend>
        <p className="je-hint">{t("argv.hint")}</p>
        {words.map((word, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a word has no other name than its place
          <div key={`${id}${i}`} className="je-word">
            <TextArea
              aria-label={i === 0 ? t("argv.program") : t("argv.argument", { number: i })}
              placeholder={i === 0 ? "/usr/bin/rsync" : ""}
              value={word}
              minRows={1}
              maxRows={8}
              spellCheck={false}
              autoComplete="off"
              inputClass="dc-mono"
              onChange={({ currentTarget: { value } }) => field.set(words.map((old, j) => (j === i ? value : old)))}
            />
            {i > 0 && (
              <RemoveButton
                label={t("argv.remove", { number: i })}
                onClick={() => field.set(words.filter((_, j) => j !== i))}
              />
            )}
          </div>
        ))}
        {field.error && <p className="je-error">{field.error}</p>}
        <AddButton label={t("argv.add")} onClick={() => field.set([...words, ""])} />
      </fieldset>
    </Field>
  );
}

export function RemoveButton({ label, onClick }: { label: string; onClick(): void }) {
  return (
    <IconButton variant="subtle" color="gray" size="lg" aria-label={label} onClick={onClick}>
      <Icon name="close" size={14} />
    </IconButton>
  );
}

export function AddButton({ label, onClick }: { label: string; onClick(): void }) {
  return (
    <Button variant="default" size="compact-sm" leftSection={<Icon name="plus" size={12} />} onClick={onClick}>
      {label}
    </Button>
  );
}
