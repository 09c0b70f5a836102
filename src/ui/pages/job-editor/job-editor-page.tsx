// /jobs/new and /jobs/:job/edit: reads what the editor begins with, and hands it over.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useParams } from "wouter";
import { api, part } from "../../api/call.ts";
import type { JobView } from "../../api/types.ts";
import { Loaded } from "../../components/async.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { useUrlState } from "../../lib/url-state.ts";
import type { Doc } from "./document.ts";
import { JobEditor } from "./job-editor.tsx";

const useJob = (job: string | undefined) =>
  useQuery({
    queryKey: ["jobs", "editor", job],
    queryFn: ({ signal }) => api.get<JobView>(`/jobs/${part(job as string)}`, { signal }),
    enabled: Boolean(job),
  });

const inAddress = { from: "" };
const empty: Doc = { name: "", schedule: "", cmd: "" };

export function NewJobPage() {
  const { t } = useTranslation("job-editor");
  const [{ from }] = useUrlState(inAddress);
  const model = useJob(from || undefined);
  if (from === "") return <JobEditor key="new" title={t("title.new")} draft="new" base={null} doc={empty} />;
  return (
    <Loaded of={model}>
      {({ name, spec }) => (
        <JobEditor
          key={`copy ${name}`}
          title={t("title.copy", { name })}
          draft={`copy ${name}`}
          base={null}
          doc={{ ...spec, name: `${name.slice(0, 95)}-copy` }}
        />
      )}
    </Loaded>
  );
}

export function EditJobPage() {
  const { job } = useParams<{ job: string }>();
  const saved = useJob(job);
  return <Loaded of={saved}>{(latest) => <Edit key={latest.id} latest={latest} />}</Loaded>;
}

/** The job as it was when the page opened; what becomes of it meanwhile is told beside it. */
function Edit({ latest }: { latest: JobView }) {
  const { t } = useTranslation("job-editor");
  const [base] = useState(latest);
  return (
    <JobEditor
      title={t("title.edit", { name: base.name })}
      draft={`edit ${base.id}`}
      base={base}
      doc={base.spec}
      latest={latest}
    />
  );
}
