// Something that has to be read: what went wrong, or what to know first.
import type { ReactNode } from "react";
import "./controls.css";

interface Props {
  tone: "bad" | "warn" | "busy";
  /** "alert": read out at once. */
  role?: "alert";
  icon?: ReactNode;
  title?: string;
  children: ReactNode;
}

export function Alert({ tone, role, icon, title, children }: Props) {
  return (
    <div className="dc-alert" data-tone={tone} role={role}>
      {icon}
      <div>
        {title && <strong>{title}</strong>}
        <div className="dc-alert-text">{children}</div>
      </div>
    </div>
  );
}
