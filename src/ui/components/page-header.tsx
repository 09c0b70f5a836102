// The head of a page: what it is, what one can do here. It names the tab too, and takes the focus when a page opens, so that
// a screen reader says where one is.
import { type ReactNode, useEffect, useRef } from "react";
import { Link } from "wouter";
import { Icon } from "./icon.tsx";

interface Props {
  title: string;
  /** Beside the title: states, counts. */
  marks?: ReactNode;
  /** Below it. */
  lead?: ReactNode;
  /** The page above. */
  back?: { to: string; label: string };
  children?: ReactNode;
}

export function PageHeader({ title, marks, lead, back, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · DistCron`;
  }, [title]);
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <header className="dc-page-header">
      <div className="dc-page-title">
        {back && (
          <Link href={back.to} className="dc-back">
            <Icon name="back" size={12} />
            {back.label}
          </Link>
        )}
        <div className="dc-title-line">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {marks}
        </div>
        {lead && <div className="dc-lead">{lead}</div>}
      </div>
      <div className="dc-actions">{children}</div>
    </header>
  );
}
