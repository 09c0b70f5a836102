// A switch, one of a few side by side, and the parts of a page of which one is shown.
import { type InputHTMLAttributes, type KeyboardEvent, type ReactNode, useId } from "react";
import "./controls.css";

interface ToggleProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "size"> {
  label: string;
  description?: string;
}

export function Checkbox({ label, description, ...rest }: ToggleProps) {
  const id = useId();
  return (
    <div className="dc-switch-field">
      <input {...rest} type="checkbox" id={id} aria-describedby={description ? `${id}-hint` : undefined} />
      <span>
        <label htmlFor={id}>{label}</label>
        {description && (
          <span id={`${id}-hint`} className="dc-field-hint">
            {description}
          </span>
        )}
      </span>
    </div>
  );
}

export const Switch = (props: ToggleProps) => (
  <Checkbox {...props} role="switch" aria-checked={props.checked} className="dc-switch" />
);

/** One of several below each other; `name` is that of all of them. */
export function Radio({ label, ...rest }: Omit<InputHTMLAttributes<HTMLInputElement>, "size"> & { label: ReactNode }) {
  return (
    <label className="dc-radio">
      <input {...rest} type="radio" />
      <span>{label}</span>
    </label>
  );
}

interface SegmentsProps<V extends string> {
  "aria-label"?: string;
  "aria-labelledby"?: string;
  size?: "xs" | "sm";
  value: V;
  data: readonly { value: V; label: string }[];
  disabled?: boolean;
  onChange(value: V): void;
}

export function SegmentedControl<V extends string>({
  size = "sm",
  value,
  data,
  disabled,
  onChange,
  ...name
}: SegmentsProps<V>) {
  const id = useId();
  return (
    <div role="radiogroup" className="dc-segments" data-size={size} {...name}>
      {data.map((each) => (
        <label key={each.value}>
          <input
            type="radio"
            className="dc-segment"
            name={id}
            value={each.value}
            checked={each.value === value}
            disabled={disabled}
            onChange={() => onChange(each.value)}
          />
          <span>{each.label}</span>
        </label>
      ))}
    </div>
  );
}

interface TabsProps<V extends string> {
  value: V;
  tabs: readonly { value: V; label: string }[];
  onChange(value: V): void;
  /** What the chosen tab shows. */
  children: ReactNode;
}

export function Tabs<V extends string>({ value, tabs, onChange, children }: TabsProps<V>) {
  const id = useId();
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const at = tabs.findIndex((each) => each.value === value);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + tabs.length, Home: 0, End: tabs.length - 1 }[event.key];
    const next = to === undefined ? undefined : tabs[to % tabs.length];
    if (!next) return;
    event.preventDefault();
    onChange(next.value);
    event.currentTarget.querySelector<HTMLElement>(`[data-value="${next.value}"]`)?.focus();
  };
  return (
    <>
      <div role="tablist" className="dc-tabs" onKeyDown={onKeyDown}>
        {tabs.map((each) => (
          <button
            key={each.value}
            type="button"
            role="tab"
            id={`${id}-${each.value}`}
            data-value={each.value}
            aria-selected={each.value === value}
            aria-controls={`${id}-panel`}
            tabIndex={each.value === value ? 0 : -1}
            onClick={() => onChange(each.value)}
          >
            {each.label}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${value}`}>
        {children}
      </div>
    </>
  );
}
