// An instant, chosen by date and clock in the job's zone; the document has it with its offset.
import { type ReactNode, useState } from "react";
import { TextInput } from "../../components/inputs.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { instantIn, isZone, localIn } from "../../lib/zones.ts";
import { useEditor } from "./editor-state.ts";
import { Field, useField } from "./fields.tsx";
import type { FieldPath } from "./sections.ts";

/** The zone that the schedule is read in; UTC where that is none. */
export function useJobZone(): string {
  const { doc, defaultOf } = useEditor();
  const zone = String(doc.timezone ?? defaultOf("timezone") ?? "UTC");
  return isZone(zone) ? zone : "UTC";
}

export function InstantField({ path }: { path: FieldPath }) {
  const { epoch } = useEditor();
  const zone = useJobZone();
  const field = useField(path);
  const { t } = useTranslation("job-editor");
  return (
    <Field path={path}>
      <InstantInput
        key={`${epoch} ${zone}`}
        label={field.label}
        description={t("inZone", { zone })}
        error={field.error}
        zone={zone}
        value={typeof field.value === "string" ? field.value : ""}
        onChange={(value) => field.set(value === "" ? undefined : value)}
      />
    </Field>
  );
}

interface InputProps {
  label: string;
  description?: string;
  error?: ReactNode;
  zone: string;
  value: string;
  onChange(value: string): void;
}

/** What isn't a moment that a clock can show (milliseconds, a mistake) stays the text that it is. */
export function InstantInput({ zone, value, onChange, ...rest }: InputProps) {
  const shown = value === "" ? "" : localIn(zone, value);
  const [isText] = useState(shown === null || /\.\d/.test(value));
  // While one types a year the browser tells of years such as 2: the input keeps what it has.
  const [typed, setTyped] = useState(shown ?? "");
  if (isText)
    return <TextInput {...rest} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)} />;
  return (
    <TextInput
      {...rest}
      type="datetime-local"
      step={1}
      value={typed}
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value);
        onChange(currentTarget.value === "" ? "" : (instantIn(zone, currentTarget.value) ?? ""));
      }}
    />
  );
}
