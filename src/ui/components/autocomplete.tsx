// A text with suggestions, the browser's own way: it works with keyboards, phones and screen readers, and weighs nothing.
import { type ReactNode, useId, useState } from "react";
import { TextInput } from "./inputs.tsx";

interface Props {
  label: string;
  description?: string;
  /** A function: made when the field is used. */
  options: readonly string[] | (() => readonly string[]);
  value: string;
  onChange(value: string): void;
  error?: ReactNode;
  placeholder?: string;
  required?: boolean;
}

export function Autocomplete({ options, onChange, ...rest }: Props) {
  const id = useId();
  // Hundreds of them may be there, which most visits don't need.
  const [isUsed, setUsed] = useState(false);
  return (
    <>
      <TextInput
        {...rest}
        list={id}
        autoComplete="off"
        spellCheck={false}
        onFocus={() => setUsed(true)}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <datalist id={id}>
        {isUsed &&
          (typeof options === "function" ? options() : options).map((option) => <option key={option} value={option} />)}
      </datalist>
    </>
  );
}
