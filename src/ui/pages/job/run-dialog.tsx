// Running a job now, with what may differ this once.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/call.ts";
import type { JobView, NodeView, Page, RunBody } from "../../api/types.ts";
import { Autocomplete } from "../../components/autocomplete.tsx";
import { Button } from "../../components/button.tsx";
import { Select, TextArea } from "../../components/inputs.tsx";
import { Dialog, DialogButtons } from "../../components/mantine/dialog.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import type { useJobActions } from "./job-actions.ts";

interface Props {
  job: JobView;
  actions: ReturnType<typeof useJobActions>;
  /** What an earlier run was started with: to change from there. */
  initial?: RunBody;
  onClose(): void;
}

/** KEY=value lines as an object; null: a line is none. */
export function readEnv(text: string): Record<string, string> | null {
  const env: Record<string, string> = {};
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const match = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line);
    if (!match) return null;
    env[match[1] as string] = match[2] as string;
  }
  return env;
}

const writeEnv = (env: Record<string, string> = {}) =>
  Object.entries(env)
    .map(([name, value]) => `${name}=${value}`)
    .join("\n");

export function RunDialog({ job, actions, initial = {}, onClose }: Props) {
  const { t } = useTranslation("jobs");
  const [env, setEnv] = useState(() => writeEnv(initial.env));
  const [body, setBody] = useState(initial.body ?? "");
  const [node, setNode] = useState(initial.node ?? "");
  const [overlap, setOverlap] = useState<RunBody["overlap"] | null>(initial.overlap ?? null);
  const nodes = useQuery({
    queryKey: ["nodes", "names"],
    queryFn: ({ signal }) => api.get<Page<NodeView>>("/nodes", { query: { limit: 500 }, signal }),
  });
  const isHttp = "http" in job.effective;
  const variables = readEnv(env);
  const run = () =>
    actions.run.mutate(
      {
        job,
        body: {
          ...(variables && Object.keys(variables).length ? { env: variables } : {}),
          ...(body ? { body } : {}),
          ...(node ? { node } : {}),
          ...(overlap ? { overlap } : {}),
        },
      },
      { onSuccess: onClose },
    );
  return (
    <Dialog onClose={onClose} title={t("run.title", { name: job.name })}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (variables) run();
        }}
      >
        <p className="dc-plain dc-soft">{t("run.lead")}</p>
        {isHttp ? (
          <TextArea
            label={t("run.body")}
            value={body}
            onChange={(event) => setBody(event.currentTarget.value)}
            minRows={3}
            maxRows={12}
          />
        ) : (
          <TextArea
            label={t("run.env")}
            description={t("run.envHint")}
            placeholder="SINCE=2026-11-01"
            value={env}
            error={variables === null && t("run.envWrong")}
            onChange={(event) => setEnv(event.currentTarget.value)}
            minRows={3}
            maxRows={12}
            inputClass="dc-mono"
          />
        )}
        <Autocomplete
          label={t("run.node")}
          description={t("run.nodeHint")}
          options={nodes.data?.items.map(({ name }) => name) ?? []}
          value={node}
          onChange={setNode}
        />
        <Select
          label={t("run.overlap")}
          description={t("run.overlapHint", { policy: String(job.effective.overlap) })}
          data={(["skip", "allow", "queue", "replace"] as const).map((value) => ({
            value,
            label: t(`overlap.${value}`),
          }))}
          value={overlap ?? ""}
          placeholder="–"
          onChange={(value) => setOverlap((value || null) as RunBody["overlap"] | null)}
        />
        <DialogButtons>
          <Button variant="default" onClick={onClose}>
            {t("common:cancel")}
          </Button>
          <Button type="submit" loading={actions.run.isPending} disabled={variables === null}>
            {t("runNow")}
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  );
}
