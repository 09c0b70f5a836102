// A length of time as people read it; the exact milliseconds on hover.
import { useNow } from "../lib/clock.ts";
import { formatDuration } from "../lib/format.ts";

export function Duration({ ms }: { ms: number | null }) {
  if (ms === null) return <span className="dc-none">–</span>;
  return (
    <span className="dc-duration" title={`${ms.toLocaleString("en")} ms`}>
      {formatDuration(ms)}
    </span>
  );
}

/** How long ago, and growing: of what still runs. */
export function Elapsed({ since }: { since: string }) {
  const now = useNow();
  return <span className="dc-duration">{formatDuration(Math.max(0, now - Date.parse(since)))}</span>;
}
