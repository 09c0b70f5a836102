// The attempts of a run, a row for each: how long it waited or backed off, how long it ran, and how it ended. The bars are
// the same figures to the eye.

import type { RunDetailView } from "../../api/types.ts";
import { Duration } from "../../components/duration.tsx";
import { Time } from "../../components/time.tsx";
import { now, useNow } from "../../lib/clock.ts";
import { formatDuration } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { Exit } from "../runs/run-columns.tsx";

type Attempt = RunDetailView["attempts"][number];

/** Instants of an attempt's two parts. */
interface Span {
  from: number;
  start: number;
  end: number;
}

export function Attempts({ run }: { run: RunDetailView }) {
  const { t } = useTranslation("run");
  const isGoingOn = run.finishedAt === null;
  const present = useNow(isGoingOn ? 1000 : 3_600_000);
  const until = run.finishedAt === null ? Math.max(present, now()) : Date.parse(run.finishedAt);
  const begin = Math.min(Date.parse(run.dueAt), ...run.attempts.map(({ startedAt }) => Date.parse(startedAt)));
  const spans = run.attempts.map((attempt, i): Span => {
    const before = run.attempts[i - 1];
    const start = Date.parse(attempt.startedAt);
    const from = before?.finishedAt ? Date.parse(before.finishedAt) : begin;
    return { from: Math.min(from, start), start, end: attempt.finishedAt ? Date.parse(attempt.finishedAt) : until };
  });
  const all = Math.max(1, until - begin);
  const share = (ms: number) => `${(100 * ms) / all}%`;
  const limit = run.rules?.retryLimit ?? 0;
  return (
    <div className="dc-panel">
      <h2 id="attempts">
        {t("attempts.title")}{" "}
        {limit > 0 && <span className="dc-soft dc-small">{t("attempts.limit", { count: limit })}</span>}
      </h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls here, by keyboard too */}
      <section className="dc-attempts" aria-labelledby="attempts" tabIndex={0}>
        <table className="dc-table">
          <thead>
            <tr>
              {(["number", "timeline", "node", "started", "waited", "ran", "outcome", "exit", "error"] as const).map(
                (name) => (
                  <th key={name} scope="col">
                    {t(`attempts.${name}`)}
                  </th>
                ),
              )}
            </tr>
          </thead>
          <tbody>
            {run.attempts.map((attempt, i) => {
              const { from, start, end } = spans[i] as Span;
              return (
                <tr key={`${attempt.fence} ${attempt.number}`}>
                  <td>
                    {i === 0 ? (
                      attempt.number
                    ) : (
                      <a href={`#attempt-${attempt.number}`} title={t("attempts.toLog")}>
                        {attempt.number}
                      </a>
                    )}
                  </td>
                  <td className="dc-attempt-bars" aria-hidden="true">
                    <span className="dc-attempt-axis">
                      <span
                        className="dc-attempt-wait"
                        data-backoff={i > 0}
                        style={{ left: share(from - begin), width: share(start - from) }}
                        title={t(i > 0 ? "attempts.backedOff" : "attempts.waitedFor", {
                          for: formatDuration(start - from),
                        })}
                      />
                      <span
                        className="dc-attempt-run"
                        data-tone={toneOf(attempt)}
                        style={{ left: share(start - begin), width: share(end - start) }}
                        title={formatDuration(end - start)}
                      />
                    </span>
                  </td>
                  <td>{attempt.node.name}</td>
                  <td>
                    <Time at={attempt.startedAt} short dense />
                  </td>
                  <td>
                    <Duration ms={start - from} />
                  </td>
                  <td>
                    <Duration ms={end - start} />
                  </td>
                  <td>{t(`outcome.${attempt.outcome ?? "running"}` as "outcome.running")}</td>
                  <td>
                    <Exit run={attempt} />
                  </td>
                  <td className="dc-soft">{attempt.error ?? <span className="dc-none">–</span>}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
    </div>
  );
}

function toneOf({ outcome }: Attempt) {
  if (outcome === null) return "busy";
  if (outcome === "succeeded") return "good";
  return outcome === "cancelled" ? "quiet" : outcome === "lost" || outcome === "interrupted" ? "lost" : "bad";
}
