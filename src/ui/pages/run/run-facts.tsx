// What is known of a run, in figures and names.
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { RunDetailView } from "../../api/types.ts";
import { Duration, Elapsed } from "../../components/duration.tsx";
import { Time } from "../../components/time.tsx";
import { formatBytes, formatDuration } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { jobPath } from "../job/job-actions.ts";
import { Exit } from "../runs/run-columns.tsx";

const between = (from: string | null, to: string | null) =>
  from === null || to === null ? null : Date.parse(to) - Date.parse(from);

export function RunFacts({ run }: { run: RunDetailView }) {
  const { t } = useTranslation("run");
  const isRunning = run.state === "running" && run.startedAt !== null;
  return (
    <section className="dc-panel" aria-label={t("facts")}>
      <dl className="dc-facts">
        <Fact name={t("runs:column.job")}>
          <Link href={jobPath(run.job.name)}>{run.job.name}</Link>{" "}
          <Link href={`${jobPath(run.job.name)}?tab=versions`} className="dc-small">
            {t("version", { version: run.job.version })}
          </Link>
        </Fact>
        <Fact name={t("runs:column.trigger")}>
          {t(`states:trigger.${run.trigger}`)}
          {run.requestedBy && <span className="dc-soft dc-mono"> {run.requestedBy}</span>}
          {run.of && (
            <>
              {" "}
              <Link href={`/runs/${run.of}`}>{t("ofRun")}</Link>
            </>
          )}
        </Fact>
        <Fact name={t("runs:column.scheduled")}>
          <Time at={run.scheduledFor} />
        </Fact>
        {run.dueAt !== run.scheduledFor && (
          <Fact name={t("due")}>
            <Time at={run.dueAt} />
          </Fact>
        )}
        <Fact name={t("planned")}>
          <Time at={run.plannedAt} />
        </Fact>
        <Fact name={t("assigned")}>
          <Time at={run.assignedAt} />
        </Fact>
        <Fact name={t("runs:column.started")}>
          <Time at={run.startedAt} />
        </Fact>
        <Fact name={t("finished")}>
          <Time at={run.finishedAt} />
        </Fact>
        <Fact name={t("runs:column.lateness")}>
          <Duration ms={run.latenessMs} />
        </Fact>
        <Fact name={t("wait")}>
          <Duration ms={between(run.plannedAt, run.startedAt)} />
        </Fact>
        <Fact name={t("runs:column.duration")}>
          {isRunning ? <Elapsed since={run.startedAt as string} /> : <Duration ms={run.durationMs} />}
          {run.rules?.timeoutMs && (
            <span className="dc-soft dc-small">
              {" "}
              {t("ofTimeout", { timeout: formatDuration(run.rules.timeoutMs) })}
            </span>
          )}
        </Fact>
        <Fact name={t("runs:column.node")}>
          {run.node ? <Link href={`/nodes/${run.node.id}`}>{run.node.name}</Link> : <span className="dc-none">–</span>}
        </Fact>
        <Fact name={t("runs:column.exit")}>
          <Exit run={run} />
        </Fact>
        <Fact name={t("output")}>
          {formatBytes(run.output.bytes)}
          {run.output.truncated && <span className="dc-soft"> {t("truncated")}</span>}
        </Fact>
        {run.reruns > 0 && <Fact name={t("reruns")}>{run.reruns}</Fact>}
        {run.shard && <Fact name={t("shard")}>{`${run.shard.index} / ${run.shard.total}`}</Fact>}
        {run.overrides && <Fact name={t("overrides")}>{<Overrides overrides={run.overrides} />}</Fact>}
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Overrides({ overrides }: { overrides: NonNullable<RunDetailView["overrides"]> }) {
  const { env = {}, body, node, overlap } = overrides;
  const lines = [
    ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
    ...(body === undefined ? [] : [`body: ${body.slice(0, 200)}`]),
    ...(node === undefined ? [] : [`node: ${node}`]),
    ...(overlap === undefined ? [] : [`overlap: ${overlap}`]),
  ];
  return <code className="dc-mono dc-lines">{lines.join("\n")}</code>;
}
