// One line of output: its number, which is also its address, and what was written.

import { LogText } from "../../../components/log-text.tsx";
import { formatBytes } from "../../../lib/format.ts";
import { useTranslation } from "../../../lib/translation.tsx";
import type { Line } from "./log-book.ts";
import { rangesIn } from "./match.ts";
import { plainLine, showLine } from "./show-line.ts";

interface Props {
  number: number;
  line: Line;
  pattern: RegExp | null;
  isTarget: boolean;
}

export function LogLine({ number, line, pattern, isTarget }: Props) {
  const { t } = useTranslation("run");
  if (line.kind !== "text")
    return (
      <div className="dc-log-mark" role="note">
        {line.kind === "gap"
          ? t("log.gap", { size: formatBytes(line.bytes), bytes: line.bytes.toLocaleString("en") })
          : t("log.attempt", { number: line.attempt })}
      </div>
    );
  const { text, folded } = showLine(line.text);
  const marked = pattern ? rangesIn(plainLine(line.text), pattern) : [];
  return (
    <div className="dc-log-line" data-stream={line.stream} data-target={isTarget}>
      <a className="dc-log-no" href={`#L${number}`} aria-label={t("log.line", { number })}>
        {number}
      </a>
      <span className="dc-log-sign">{line.stream === "stderr" && <span title="stderr">!</span>}</span>
      <code className="dc-log-text">
        <LogText text={text} marked={marked} />
        {folded > 0 && <span className="dc-log-folded">{t("log.folded", { count: folded })}</span>}
      </code>
    </div>
  );
}
