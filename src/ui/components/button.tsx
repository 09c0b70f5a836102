// Buttons: with words, or with an icon alone. Plain elements with classes: a page has many of them, and is drawn at once.
import type { AnchorHTMLAttributes, ButtonHTMLAttributes, ReactNode } from "react";
import { Link } from "wouter";
import "./controls.css";

type Native = ButtonHTMLAttributes<HTMLButtonElement>;

interface Look {
  /** "filled", the default, is for what a page is there for: one of them. */
  variant?: "filled" | "default" | undefined;
  size?: "compact-xs" | "compact-sm" | "xs" | "sm";
  color?: "red";
  fullWidth?: boolean;
  leftSection?: ReactNode;
  rightSection?: ReactNode;
  children?: ReactNode;
}

const looksOf = ({ variant = "filled", size = "xs", color, fullWidth }: Look, className = "") => ({
  className: `dc-btn ${className}`,
  "data-variant": variant,
  "data-size": size,
  "data-color": color,
  "data-wide": fullWidth,
});

const Inside = ({ leftSection, rightSection, children }: Look) => (
  <>
    {leftSection}
    <span>{children}</span>
    {rightSection}
  </>
);

/** `loading`: what it began isn't over yet; until then it can't be pressed again. */
export function Button(props: Look & Native & { loading?: boolean }) {
  const { variant, size, color, fullWidth, leftSection, rightSection, children, loading, className, ...rest } = props;
  return (
    <button
      type="button"
      {...rest}
      {...looksOf(props, className)}
      data-loading={loading || undefined}
      disabled={loading || rest.disabled}
    >
      <Inside {...{ leftSection, rightSection, children }} />
    </button>
  );
}

/** Looks like a button, and is a way to a page. */
export function ButtonLink({ href, className, ...look }: Look & { href: string; className?: string }) {
  return (
    <Link href={href} {...looksOf(look, className)}>
      <Inside {...look} />
    </Link>
  );
}

interface IconLook {
  variant?: "subtle" | "light" | "default";
  color?: "gray";
  size?: "sm" | "md" | "lg";
  /** Said beside it while it is pointed at or has the focus. */
  tip?: string;
}

const iconLooksOf = ({ variant = "subtle", color, size = "md", tip }: IconLook, className = "") => ({
  className: `dc-icon-btn ${className}`,
  "data-variant": variant,
  "data-color": color,
  "data-size": size,
  "data-tip": tip,
});

/** Its name is in `aria-label`. */
export function IconButton(props: IconLook & Native) {
  const { variant, color, size, tip, className, children, ...rest } = props;
  return (
    <button type="button" {...rest} {...iconLooksOf(props, className)}>
      {children}
    </button>
  );
}

export function IconLink(props: IconLook & AnchorHTMLAttributes<HTMLElement>) {
  const { variant, color, size, tip, className, children, ...rest } = props;
  return (
    <a {...rest} {...iconLooksOf(props, className)}>
      {children}
    </a>
  );
}
