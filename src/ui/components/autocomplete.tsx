// A text with suggestions, the browser's own way: it works with keyboards, phones and screen readers, and weighs nothing.
import { TextInput } from "@mantine/core";
import { type ReactNode, useId } from "react";

interface Props {
  label: string;
  description?: string;
  options: readonly string[];
  value: string;
  onChange(value: string): void;
  error?: ReactNode;
  placeholder?: string;
  required?: boolean;
}

export function Autocomplete({ options, onChange, required, ...rest }: Props) {
  const id = useId();
  return (
    <>
      <TextInput
        {...rest}
        {...(required ? { required, withAsterisk: false } : {})}
        mt="sm"
        list={id}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <datalist id={id}>
        {options.map((option) => (
          <option key={option} value={option} />
        ))}
      </datalist>
    </>
  );
}
