// The fields of components/combo.tsx, once they are used.
import { MultiSelect, Select, TagsInput } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import type { Beginning, ManyProps, OneProps } from "../combo.tsx";
import type { Option } from "../inputs.tsx";
import { Mantine } from "./provider.tsx";

type Of<P> = P & { beginning: Beginning };

/** What an input of the library needs of ours. */
function shared(props: Of<OneProps> | Of<ManyProps>) {
  const { label, description, error, size = "sm", className, w, placeholder, data, clearLabel } = props;
  return {
    "aria-label": label ? undefined : props["aria-label"],
    label,
    description,
    error,
    size,
    className: `dc-field ${className ?? ""}`,
    w,
    placeholder,
    data: data as (string | Option)[],
    clearButtonProps: { "aria-label": clearLabel },
    clearable: true,
    inputWrapperOrder: ["label", "input", "error", "description"] as ("label" | "input" | "error" | "description")[],
  };
}

/** The focus was in the field whose place this takes; it opens once it is there. */
function useBeginning({ isOpen }: Beginning) {
  const input = useRef<HTMLInputElement>(null);
  const [isOpened, setOpened] = useState(false);
  useEffect(() => {
    input.current?.focus();
    setOpened(isOpen);
  }, [isOpen]);
  return {
    ref: input,
    dropdownOpened: isOpened,
    onDropdownOpen: () => setOpened(true),
    onDropdownClose: () => setOpened(false),
  };
}

export function One(props: Of<OneProps>) {
  const { value, onChange, beginning, nothingFound, onSearch, matches, draw, onOpen } = props;
  const field = useBeginning(beginning);
  const { dropdownOpened } = field;
  // biome-ignore lint/correctness/useExhaustiveDependencies: whether it is open is told, to whoever asks by now
  useEffect(() => onOpen?.(dropdownOpened), [dropdownOpened]);
  const [search, setSearch] = useState("");
  const searchFor = (text: string) => {
    setSearch(text);
    onSearch?.(text);
  };
  // What was typed before this was there; only now, for the library begins with the text of what is chosen.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once
  useEffect(() => {
    if (beginning.text) searchFor(beginning.text);
  }, []);
  return (
    <Mantine>
      <Select
        {...shared(props)}
        {...field}
        value={value || null}
        searchable
        searchValue={search}
        onSearchChange={searchFor}
        nothingFoundMessage={nothingFound}
        maxDropdownHeight={280}
        limit={100}
        {...(onSearch || matches
          ? {
              filter: ({ options, search, limit }) =>
                options
                  .filter((option) => "value" in option && (!matches || matches(option as Option, search)))
                  .slice(0, limit),
            }
          : {})}
        {...(draw ? { renderOption: ({ option }) => draw(option as Option) } : {})}
        onChange={(next) => onChange(next ?? "")}
      />
    </Mantine>
  );
}

export function Many(props: Of<ManyProps>) {
  const { value, onChange, beginning, placeholder } = props;
  const field = useBeginning(beginning);
  return (
    <Mantine>
      <MultiSelect
        {...shared(props)}
        {...field}
        placeholder={value.length > 0 ? "" : placeholder}
        value={value}
        onChange={onChange}
      />
    </Mantine>
  );
}

export function Tags(props: Of<ManyProps>) {
  const { value, onChange, beginning, placeholder } = props;
  const field = useBeginning(beginning);
  const whole = beginning.text.split(",");
  const rest = whole.pop() ?? "";
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was typed before this was there
  useEffect(() => {
    if (whole.length > 0) onChange([...value, ...whole]);
  }, []);
  return (
    <Mantine>
      <TagsInput
        {...shared(props)}
        {...field}
        placeholder={value.length > 0 ? "" : placeholder}
        value={value}
        defaultSearchValue={rest}
        splitChars={[","]}
        onChange={onChange}
      />
    </Mantine>
  );
}
