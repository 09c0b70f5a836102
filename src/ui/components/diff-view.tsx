// Two texts, and what differs: minus and plus before each line, so that colour isn't needed.

import { diffLines } from "../lib/line-diff.ts";
import { useTranslation } from "../lib/translation.tsx";
import "./diff-view.css";

const signs = { same: " ", plus: "+", minus: "−", gap: "⋯" } as const;

interface Props {
  before: string;
  after: string;
  /** What the two are. */
  label: string;
}

export function DiffView({ before, after, label }: Props) {
  const { t } = useTranslation();
  const lines = diffLines(before, after);
  if (lines.length === 0) return <p className="dc-plain dc-soft">{t("diff.same")}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keyboard too
    <section className="dc-diff" aria-label={label} tabIndex={0}>
      <pre>
        {lines.map(({ kind, text }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name
          <span key={i} data-kind={kind}>
            {kind === "plus" || kind === "minus" ? <span className="dc-hidden">{t(`diff.${kind}`)}</span> : null}
            <span aria-hidden="true">{signs[kind]} </span>
            {text}
            {"\n"}
          </span>
        ))}
      </pre>
    </section>
  );
}
