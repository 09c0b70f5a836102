// The form's fields: each writes one place of the document. Left empty it isn't written at all, and shows what then holds.
import { type ReactNode, useState } from "react";
import { Select, TextArea, TextInput } from "../../components/inputs.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { getIn, taskOf, withTaskPart } from "./document.ts";
import { useEditor } from "./editor-state.ts";
import type { FieldPath } from "./sections.ts";

const textOf = (value: unknown): string =>
  value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);

/** One field's value and what goes with it. The parts of cmd and http are found whichever way the task is written. */
export function useField(path: FieldPath) {
  const editor = useEditor();
  const { t, i18n } = useTranslation("job-editor");
  const [head, part] = path.split(".") as [string, string | undefined];
  const isTask = head === "cmd" || head === "http";
  const value = isTask ? taskOf(editor.doc, head)[part as string] : getIn(editor.doc, path.split("."));
  const own = editor.defaultOf(path);
  const byDefault = Array.isArray(own) ? own.join(", ") : own === undefined ? "" : textOf(own);
  const hint = `field.${path}.hint`;
  return {
    value,
    label: t(`field.${path}.label`),
    description: i18n.exists(hint, { ns: "job-editor" }) ? t(hint) : undefined,
    error: editor.messageOf(path),
    byDefault,
    placeholder: byDefault ? t("byDefault", { value: byDefault }) : undefined,
    set(next: unknown) {
      if (isTask) editor.set(head, withTaskPart(editor.doc, head, part as string, next));
      else editor.set(path, next);
    },
    touch: () => editor.touch(path),
  };
}

/** Where a field is: by this it is found when there is something wrong with it. */
export function Field({ path, wide, children }: { path: FieldPath; wide?: boolean | undefined; children: ReactNode }) {
  const { touch } = useEditor();
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only watches its field being left
    <div className="je-field" data-field={path} data-wide={wide} onBlur={() => touch(path)}>
      {children}
    </div>
  );
}

/** What is wrong with a group of fields as a whole. */
export function GroupError({ path }: { path: FieldPath }) {
  const message = useEditor().messageOf(path);
  return message ? (
    <p className="je-error je-across" data-field={path} tabIndex={-1}>
      {message}
    </p>
  ) : null;
}

interface TextProps {
  path: FieldPath;
  mono?: boolean;
  wide?: boolean;
  /** Of lines: it takes several, and grows with them. */
  rows?: number;
  /** Written even where it is empty. */
  required?: boolean;
  placeholder?: string;
}

export function TextField({ path, mono, wide, rows, required, placeholder }: TextProps) {
  const field = useField(path);
  const props = {
    label: field.label,
    description: field.description,
    error: field.error,
    placeholder: placeholder ?? field.placeholder,
    value: textOf(field.value),
    spellCheck: !mono,
    autoComplete: "off",
    inputClass: mono ? "dc-mono" : undefined,
    ...(required ? { required: true, withAsterisk: true } : {}),
    onChange: (event: { currentTarget: { value: string } }) =>
      field.set(event.currentTarget.value === "" && !required ? undefined : event.currentTarget.value),
  };
  return (
    <Field path={path} wide={wide}>
      {rows === undefined ? <TextInput {...props} /> : <TextArea {...props} minRows={rows} maxRows={20} />}
    </Field>
  );
}

/** A number as soon as the text is one; until then, and for `none`, the text, about which the server has its say. */
export function NumberField({ path }: { path: FieldPath }) {
  const field = useField(path);
  const text = textOf(field.value);
  return (
    <Field path={path}>
      <TextInput
        label={field.label}
        description={field.description}
        error={field.error}
        placeholder={field.placeholder}
        inputMode="decimal"
        autoComplete="off"
        value={text}
        onChange={({ currentTarget: { value } }) =>
          field.set(value === "" ? undefined : String(Number(value)) === value ? Number(value) : value)
        }
        onBlur={() => text.trim() !== "" && Number.isFinite(Number(text)) && field.set(Number(text))}
      />
    </Field>
  );
}

export function ChoiceField({ path, values, name = path }: { path: FieldPath; values: string[]; name?: string }) {
  const { t } = useTranslation("job-editor");
  const field = useField(path);
  const written = textOf(field.value);
  // What the document says is shown, known or not.
  const all = written !== "" && !values.includes(written) ? [...values, written] : values;
  return (
    <Field path={path}>
      <Select
        label={field.label}
        description={field.description}
        error={field.error}
        placeholder={field.placeholder ?? t("unset")}
        data={all.map((value) => ({
          value,
          label: values.includes(value) ? t(`choice.${name}.${value}`, { defaultValue: value }) : value,
        }))}
        value={written}
        onChange={(value) => field.set(value || undefined)}
      />
    </Field>
  );
}

/** Yes, no, or what holds anyway. */
export function FlagField({ path }: { path: FieldPath }) {
  const { t } = useTranslation("job-editor");
  const field = useField(path);
  return (
    <Field path={path}>
      <Select
        label={field.label}
        description={field.description}
        error={field.error}
        placeholder={
          field.byDefault === ""
            ? t("unset")
            : t("byDefault", { value: t(`common:${field.byDefault === "true" ? "yes" : "no"}`) })
        }
        data={[
          { value: "true", label: t("common:yes") },
          { value: "false", label: t("common:no") },
        ]}
        value={typeof field.value === "boolean" ? String(field.value) : ""}
        onChange={(value) => field.set(value === "" ? undefined : value === "true")}
      />
    </Field>
  );
}

/** A list in one line, with commas: numbers where all of it are numbers. */
export function CommaField({ path, single }: { path: FieldPath; single?: boolean }) {
  const { epoch } = useEditor();
  return <CommaText key={epoch} path={path} single={single ?? false} />;
}

/** `single`: what isn't a list of numbers is written as the text that it is. */
function CommaText({ path, single }: { path: FieldPath; single: boolean }) {
  const field = useField(path);
  const [text, setText] = useState(
    Array.isArray(field.value) ? field.value.map(textOf).join(", ") : textOf(field.value),
  );
  const read = (typed: string): unknown => {
    const parts = typed.split(/[\s,]+/).filter(Boolean);
    if (parts.length === 0) return undefined;
    if (parts.every((part) => /^\d+$/.test(part))) return parts.map(Number);
    return single ? typed.trim() : parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  };
  return (
    <Field path={path}>
      <TextInput
        label={field.label}
        description={field.description}
        error={field.error}
        placeholder={field.placeholder}
        autoComplete="off"
        value={text}
        onChange={({ currentTarget: { value } }) => {
          setText(value);
          field.set(read(value));
        }}
      />
    </Field>
  );
}
