// Choosing among many, by typing; or several at once. The list is loaded when the field is used: until then an input stands in
// that looks the same, and what was typed meanwhile is carried over.
import { type ReactNode, useId, useRef, useState } from "react";
import { Icon } from "./icon.tsx";
import { describedBy, FieldFrame, type FieldProps, type Option } from "./inputs.tsx";
import { type OnDemand, onDemand } from "./on-demand.tsx";
import { toastError } from "./toast.tsx";

interface Shared extends FieldProps {
  "aria-label"?: string;
  data: readonly (string | Option)[];
  placeholder?: string | undefined;
  /** Names the button that empties the field. */
  clearLabel: string;
}

export interface OneProps extends Shared {
  /** "": none. */
  value: string;
  onChange(value: string): void;
  nothingFound?: string;
  /** What is typed, where the choices are searched elsewhere: all that are given match. */
  onSearch?(text: string): void;
  /** By default those whose label has what is typed. */
  matches?(option: Option, search: string): boolean;
  draw?(option: Option): ReactNode;
  onOpen?(isOpen: boolean): void;
}

export interface ManyProps extends Shared {
  value: string[];
  onChange(value: string[]): void;
}

/** What the list begins with: it takes the place of a field that has the focus. */
export interface Beginning {
  text: string;
  isOpen: boolean;
}

type Real<P> = P & { beginning: Beginning };
const load = () => import("./mantine/combo.tsx");
const One = onDemand<Real<OneProps>>(async () => (await load()).One);
const Many = onDemand<Real<ManyProps>>(async () => (await load()).Many);
const Tags = onDemand<Real<ManyProps>>(async () => (await load()).Tags);

const labelOf = (data: Shared["data"], value: string) => {
  const found = data.find((each) => (typeof each === "string" ? each : each.value) === value);
  return typeof found === "object" ? found.label : value;
};

export function Combo(props: OneProps) {
  const { value, data } = props;
  return <Field props={props} chosen={value ? [labelOf(data, value)] : []} real={One} />;
}

export function MultiCombo(props: ManyProps) {
  return <Field isMany props={props} chosen={props.value.map((each) => labelOf(props.data, each))} real={Many} />;
}

/** What one types becomes one of them with a comma or Enter. */
export function TagsField(props: ManyProps) {
  const add = (text: string) => props.onChange([...props.value, text]);
  return <Field isMany props={props} chosen={props.value} real={Tags} onLeft={add} />;
}

interface FieldOf<P> {
  props: P;
  chosen: string[];
  isMany?: boolean;
  real: OnDemand<Real<P>>;
  /** What was typed and left before there was more than the stand-in. */
  onLeft?(text: string): void;
}

function Field<P extends Shared>({ props, chosen, isMany = false, real: Real, onLeft }: FieldOf<P>) {
  const id = useId();
  const own = useRef<HTMLInputElement>(null);
  const [isUsed, setUsed] = useState(false);
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState<string | null>(null);
  const { label, "aria-label": name, placeholder, error } = props;
  // It takes the place of the field that has the focus, and of no other.
  const use = () => void Real.load().then(() => document.activeElement === own.current && setUsed(true), toastError);
  const input = (
    <input
      ref={own}
      id={id}
      data-right
      className={isMany ? "dc-pill-input" : undefined}
      role="combobox"
      aria-expanded={false}
      aria-haspopup="listbox"
      aria-label={label ? undefined : name}
      aria-invalid={Boolean(error) || undefined}
      aria-describedby={describedBy(id, props)}
      autoComplete="off"
      spellCheck={false}
      placeholder={isMany && chosen.length > 0 ? undefined : placeholder}
      value={typed ?? (isMany ? "" : (chosen[0] ?? ""))}
      onPointerEnter={() => void Real.load().catch(() => {})}
      onFocus={use}
      onBlur={() => {
        if (typed) onLeft?.(typed);
        setTyped(null);
      }}
      onPointerDown={() => setOpen(true)}
      onChange={(event) => setTyped(event.currentTarget.value)}
    />
  );
  const standIn = (
    <FieldFrame {...props} id={id} right={<Icon name="updown" size={14} />}>
      {isMany ? (
        <span className="dc-pills">
          {chosen.map((each) => (
            <span key={each}>{each}</span>
          ))}
          {input}
        </span>
      ) : (
        input
      )}
    </FieldFrame>
  );
  if (!isUsed) return standIn;
  return <Real {...props} beginning={{ text: typed ?? "", isOpen: isOpen || typed !== null }} />;
}
