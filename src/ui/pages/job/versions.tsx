// The versions of a job, newest first; two of them side by side as a diff, which the address names.
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { api } from "../../api/call.ts";
import { queryClient } from "../../api/query-client.ts";
import { useCan } from "../../api/session.ts";
import type { JobChanged, JobView, Page, Version } from "../../api/types.ts";
import { Bones, ErrorPanel } from "../../components/async.tsx";
import { confirm } from "../../components/confirm.tsx";
import { DiffView } from "../../components/diff-view.tsx";
import { Select } from "../../components/inputs.tsx";
import { Time } from "../../components/time.tsx";
import { toastDone, toastError, toastWarning } from "../../components/toast.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { useUrlState } from "../../lib/url-state.ts";
import { useYaml } from "./use-yaml.ts";

const inAddress = { before: "", after: "" };

export function Versions({ job }: { job: JobView }) {
  const { t } = useTranslation("job");
  const [{ before, after }, set] = useUrlState(inAddress);
  const versions = useInfiniteQuery({
    queryKey: ["jobs", "versions", job.id],
    queryFn: ({ signal, pageParam }) =>
      api.get<Page<Version>>(`/jobs/${job.id}/versions`, { query: { limit: 50, cursor: pageParam }, signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor,
  });
  const all = versions.data?.pages.flatMap(({ items }) => items);
  if (!all)
    return versions.error ? (
      <ErrorPanel error={versions.error} onRetry={() => void versions.refetch()} />
    ) : (
      <Bones lines={4} />
    );
  const newest = all[0] as Version;
  const find = (version: string) => all.find((each) => String(each.version) === version);
  const right = find(after) ?? newest;
  const left = find(before) ?? all.find((each) => each.version < right.version);
  const options = all.map(({ version }) => ({
    value: String(version),
    label: t("changes.versionOf", { version }),
  }));
  return (
    <>
      <section className="dc-panel" aria-label={t("changes.versions")}>
        <h2>{t("changes.versions")}</h2>
        <table className="dc-table dc-bare-table">
          <thead>
            <tr>
              <th scope="col">{t("changes.version")}</th>
              <th scope="col">{t("changes.when")}</th>
              <th scope="col">{t("changes.who")}</th>
              <th scope="col">
                <span className="dc-hidden">{t("jobs:column.actions")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {all.map((each) => (
              <VersionRow
                key={each.version}
                job={job}
                version={each}
                onShow={() => set({ after: String(each.version), before: null })}
              />
            ))}
          </tbody>
        </table>
        {versions.hasNextPage && (
          <button type="button" className="dc-link" onClick={() => void versions.fetchNextPage()}>
            {t("changes.older")}
          </button>
        )}
      </section>
      {left && (
        <section className="dc-panel" aria-label={t("changes.diff")}>
          <h2>{t("changes.diff")}</h2>
          <div className="dc-toolbar">
            <Select
              size="xs"
              w={140}
              aria-label={t("changes.before")}
              data={options}
              value={String(left.version)}
              onChange={(value) => set({ before: value, after: String(right.version) })}
            />
            <span aria-hidden="true">→</span>
            <Select
              size="xs"
              w={140}
              aria-label={t("changes.after")}
              data={options}
              value={String(right.version)}
              onChange={(value) => set({ after: value, before: String(left.version) })}
            />
          </div>
          <SpecDiff before={left.spec} after={right.spec} />
        </section>
      )}
    </>
  );
}

function SpecDiff({ before, after }: { before: unknown; after: unknown }) {
  const { t } = useTranslation("job");
  const yaml = useYaml();
  if (!yaml) return <Bones lines={4} />;
  const text = (value: unknown) => (value === null || value === undefined ? "" : yaml(value));
  return <DiffView before={text(before)} after={text(after)} label={t("changes.diff")} />;
}

function VersionRow({ job, version, onShow }: { job: JobView; version: Version; onShow(): void }) {
  const { t } = useTranslation("job");
  const mayEdit = useCan("editor");
  const rollback = useMutation({
    mutationFn: () =>
      api.post<JobChanged>(`/jobs/${job.id}/rollback`, { version: version.version }, { ifMatch: job.version }),
    onSuccess: (changed) => {
      toastDone(t("changes.rolledBack", { version: version.version, now: changed.version }));
      for (const warning of changed.warnings) toastWarning(warning);
    },
    onError: toastError,
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["jobs"] }),
  });
  async function ask() {
    const numbers = { version: version.version, name: job.name };
    const title = t("changes.rollbackTitle", numbers);
    if (await confirm({ title, text: t("changes.rollbackText"), action: t("changes.rollback") })) rollback.mutate();
  }
  return (
    <tr>
      <td>
        {version.version} {version.current && <span className="dc-soft">({t("changes.current")})</span>}
      </td>
      <td>
        <Time at={version.createdAt} zone={String(job.effective.timezone)} dense />
      </td>
      <td>{version.createdBy}</td>
      <td data-right="true">
        {version.version > 1 && (
          <button
            type="button"
            className="dc-link"
            aria-label={t("changes.showOf", { version: version.version })}
            onClick={onShow}
          >
            {t("changes.show")}
          </button>
        )}
        {mayEdit && !version.current && (
          <button
            type="button"
            className="dc-link"
            disabled={rollback.isPending}
            aria-label={t("changes.rollbackTo", { version: version.version })}
            onClick={() => void ask()}
          >
            {t("changes.rollback")}
          </button>
        )}
      </td>
    </tr>
  );
}
