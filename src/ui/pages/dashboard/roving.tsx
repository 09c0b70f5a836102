// Many small things in a row that are one stop of the Tab key: the arrow keys go from one to the next.
import type { KeyboardEvent, ReactNode } from "react";

const steps: Record<string, (at: number, last: number) => number> = {
  ArrowRight: (at, last) => Math.min(last, at + 1),
  ArrowLeft: (at) => Math.max(0, at - 1),
  Home: () => 0,
  End: (_, last) => last,
};

/** Its links and buttons carry data-rove, the first of them a tabIndex of 0 and the others of -1. */
export function Roving({ label, className, children }: { label: string; className: string; children: ReactNode }) {
  const onKeyDown = (event: KeyboardEvent<HTMLFieldSetElement>) => {
    const step = steps[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-rove]")];
    const at = all.indexOf(document.activeElement as HTMLElement);
    if (at < 0) return;
    event.preventDefault();
    all[step(at, all.length - 1)]?.focus();
  };
  return (
    <fieldset className={`dash-roving ${className}`} aria-label={label} onKeyDown={onKeyDown}>
      {children}
    </fieldset>
  );
}
