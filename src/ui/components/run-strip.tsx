// The last runs of a job, oldest first, a bar each. What went wrong differs by colour, height and hatch, so that no one of
// them has to be seen; a summary in words is its name.
import { type KeyboardEvent, type MouseEvent, useRef } from "react";
import { Link } from "wouter";
import type { RunState } from "../api/types.ts";
import { formatDuration, formatInstant, formatList } from "../lib/format.ts";
import { useTranslation } from "../lib/translation.tsx";
import "./run-strip.css";
import { runStateNames, toneOf } from "./state-badge.tsx";
import { useZone } from "./time.tsx";

export interface StripRun {
  id: string;
  state: RunState;
  scheduledFor: string;
  durationMs: number | null;
}

interface Props {
  /** Newest first, as the API has them. */
  runs: readonly StripRun[];
  zone?: string;
  /** Each bar leads to its run; arrow keys go along. */
  linked?: boolean;
}

export function RunStrip(props: Props) {
  return props.runs.length === 0 ? <span className="dc-none">–</span> : <Bars {...props} />;
}

function Bars({ runs, zone, linked = false }: Props) {
  const { t, i18n } = useTranslation("states");
  const shown = useZone(zone);
  const box = useRef<HTMLDivElement>(null);
  const inOrder = runs.toReversed();
  const words = (run: StripRun) => {
    const took = run.durationMs === null ? "" : ` · ${formatDuration(run.durationMs)}`;
    return `${t(`run.${run.state}`)} · ${formatInstant(Date.parse(run.scheduledFor), shown)}${took}`;
  };
  const counts = runStateNames
    .map((state) => ({ state, count: runs.filter((run) => run.state === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${t(`run.${state}`)}`);
  const states = formatList(counts, i18n.language);
  const label = t("strip", { count: runs.length, states });
  const bar = (run: StripRun) => ({ className: "dc-bar", "data-state": run.state, "data-tone": toneOf(run.state) });
  // A list has thousands of bars: what one says is put into words when it is pointed at.
  const tell = ({ target, currentTarget }: MouseEvent<HTMLElement>) => {
    const run = inOrder[[...currentTarget.children].indexOf(target as Element)];
    if (run) (target as HTMLElement).title = words(run);
  };
  if (!linked)
    return (
      // biome-ignore lint/a11y/useKeyWithMouseEvents: what a bar says by itself is on its job's page, for keys too
      <span className="dc-strip" role="img" aria-label={label} onMouseOver={tell}>
        {inOrder.map((run) => (
          <span key={run.id} {...bar(run)} />
        ))}
      </span>
    );
  const move = (event: KeyboardEvent) => {
    const by = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    const links = [...(box.current?.querySelectorAll("a") ?? [])];
    const to = links[links.indexOf(document.activeElement as HTMLAnchorElement) + by];
    if (by === 0 || !to) return;
    event.preventDefault();
    to.focus();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div ref={box} className="dc-strip" role="group" aria-label={label} onKeyDown={move}>
      {inOrder.map((run, i) => (
        <Link
          key={run.id}
          href={`/runs/${run.id}`}
          {...bar(run)}
          title={words(run)}
          aria-label={words(run)}
          // One stop of the Tab key, not a hundred.
          tabIndex={i === inOrder.length - 1 ? 0 : -1}
        />
      ))}
    </div>
  );
}
