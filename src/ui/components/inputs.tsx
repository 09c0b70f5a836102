// What one types into or chooses from: the browser's own elements, with a label, a hint and what is wrong with it. What needs
// more than they can do is loaded when it is used: combo.tsx.
import {
  type InputHTMLAttributes,
  type ReactNode,
  type Ref,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useEffect,
  useId,
  useRef,
  useState,
} from "react";
import { IconButton } from "./button.tsx";
import { Icon } from "./icon.tsx";
import "./controls.css";

export interface FieldProps {
  label?: ReactNode;
  description?: ReactNode;
  /** What is wrong; true: that something is. */
  error?: ReactNode;
  size?: "xs" | "sm";
  /** Of the whole. */
  className?: string | undefined;
  /** Of what one types into. */
  inputClass?: string | undefined;
  /** A mark behind the label: it can't be left empty. */
  withAsterisk?: boolean;
  w?: number;
}

interface FrameProps extends FieldProps {
  id: string;
  left?: ReactNode;
  right?: ReactNode;
  children: ReactNode;
}

/** The ids by which an input's hint and error are told. */
export const describedBy = (id: string, { description, error }: FieldProps) =>
  [...(typeof error === "string" ? [`${id}-error`] : []), ...(description ? [`${id}-hint`] : [])].join(" ") ||
  undefined;

export function FieldFrame(props: FrameProps) {
  const { id, label, description, error, size = "sm", className = "", withAsterisk, w, left, right, children } = props;
  const box = (
    <span className="dc-input" data-size={size} data-error={Boolean(error) || undefined}>
      {left && <span className="dc-input-left">{left}</span>}
      {children}
      {right && <span className="dc-input-right">{right}</span>}
    </span>
  );
  return (
    <div className={`dc-field ${className}`} style={w === undefined ? undefined : { width: w }}>
      {label && (
        <label htmlFor={id} id={`${id}-label`} className="dc-label">
          {label}
          {withAsterisk && <span aria-hidden="true"> *</span>}
        </label>
      )}
      {box}
      {typeof error === "string" && (
        <p id={`${id}-error`} className="dc-field-error">
          {error}
        </p>
      )}
      {description && (
        <p id={`${id}-hint`} className="dc-field-hint">
          {description}
        </p>
      )}
    </div>
  );
}

/** What of the properties is the frame's, and what the element's own. */
function parted<P extends FieldProps>(props: P, id: string) {
  const { label, description, error, size, className, inputClass = "", withAsterisk, w, ...own } = props;
  const frame = { id, label, description, error, size, className, withAsterisk, w } as FieldProps & { id: string };
  const about = {
    id,
    "aria-invalid": Boolean(error) || undefined,
    "aria-describedby": describedBy(id, props),
    className: inputClass,
  };
  return { frame, own: { ...own, ...about } };
}

type Native<E> = Omit<E, "size">;
type TextProps = FieldProps &
  Native<InputHTMLAttributes<HTMLInputElement>> & {
    ref?: Ref<HTMLInputElement>;
    leftSection?: ReactNode;
    rightSection?: ReactNode;
  };

export function TextInput({ leftSection, rightSection, ...props }: TextProps) {
  const id = useId();
  const { frame, own } = parted(props, id);
  return (
    <FieldFrame {...frame} left={leftSection} right={rightSection}>
      <input {...own} data-left={leftSection ? true : undefined} data-right={rightSection ? true : undefined} />
    </FieldFrame>
  );
}

interface Visibility {
  /** Shown as it is; by default a button of its own decides. */
  visible?: boolean;
  onVisible?(visible: boolean): void;
  showLabel: string;
}

export function PasswordInput({ visible, onVisible, showLabel, ...props }: TextProps & Visibility) {
  const [isShown, setShown] = useState(false);
  const shown = visible ?? isShown;
  return (
    <TextInput
      {...props}
      type={shown ? "text" : "password"}
      rightSection={
        <IconButton
          size="sm"
          color="gray"
          aria-label={showLabel}
          aria-pressed={shown}
          onClick={() => (onVisible ?? setShown)(!shown)}
        >
          <Icon name={shown ? "eyeOff" : "eye"} size={16} />
        </IconButton>
      }
    />
  );
}

type AreaProps = FieldProps &
  TextareaHTMLAttributes<HTMLTextAreaElement> & {
    ref?: Ref<HTMLTextAreaElement>;
    /** It grows with its text from the one to the other. */
    minRows: number;
    maxRows: number;
  };

/** As high as its text. Browsers that can't do that by themselves are helped while one types. */
export function TextArea({ minRows, maxRows, ref, ...props }: AreaProps) {
  const id = useId();
  const own = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (own.current && !growsByItself) grow(own.current);
  });
  const { frame, own: rest } = parted(props, id);
  return (
    <FieldFrame {...frame}>
      <textarea
        {...rest}
        rows={minRows}
        style={{ ["--rows" as string]: minRows, ["--most-rows" as string]: maxRows }}
        ref={(element) => {
          own.current = element;
          if (typeof ref === "function") ref(element);
          else if (ref) ref.current = element;
        }}
      />
    </FieldFrame>
  );
}

const growsByItself = CSS.supports("field-sizing", "content");
function grow(area: HTMLTextAreaElement) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}

export interface Option {
  value: string;
  label: string;
}
export type Options = readonly (Option | { group: string; items: readonly Option[] })[];

type SelectProps = FieldProps &
  Omit<Native<SelectHTMLAttributes<HTMLSelectElement>>, "onChange" | "value"> & {
    data: Options;
    value: string;
    /** The choice of none of them; absent: one of them holds. */
    placeholder?: string | undefined;
    onChange(value: string): void;
  };

/** One of a few, the browser's own way: it works with keyboards, phones and screen readers, and weighs nothing. "" is none. */
export function Select({ data, value, placeholder, onChange, ...props }: SelectProps) {
  const id = useId();
  const { frame, own } = parted(props, id);
  return (
    <FieldFrame {...frame} right={<Icon name="updown" size={14} />}>
      <select
        {...own}
        value={value}
        data-right
        data-empty={value === "" || undefined}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {placeholder !== undefined && <option value="">{placeholder}</option>}
        {data.map((each) =>
          "group" in each ? (
            <optgroup key={each.group} label={each.group}>
              {each.items.map((item) => (
                <OptionOf key={item.value} {...item} />
              ))}
            </optgroup>
          ) : (
            <OptionOf key={each.value} {...each} />
          ),
        )}
      </select>
    </FieldFrame>
  );
}

const OptionOf = ({ value, label }: Option) => <option value={value}>{label}</option>;
