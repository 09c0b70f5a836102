// Jobs as a file that `distcron apply -f` takes.
import { api } from "../../api/call.ts";
import type { JobView, Page } from "../../api/types.ts";

const atOnce = 6;

/** Downloads the documents, as written. */
export async function exportJobs(jobs: readonly Pick<JobView, "name" | "spec">[]): Promise<void> {
  const { writeYaml } = await import("../../lib/yaml.ts");
  const text = writeYaml({ jobs: jobs.map(({ spec }) => spec) });
  const url = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = jobs.length === 1 ? `${jobs[0]?.name}.yaml` : "jobs.yaml";
  link.click();
  URL.revokeObjectURL(url);
}

/** Those with the ids, or all that a filter matches, by name. */
export async function fetchJobs(target: { jobs: string[] } | { filter: Record<string, unknown> }): Promise<JobView[]> {
  const found: JobView[] = [];
  if ("jobs" in target) {
    for (let i = 0; i < target.jobs.length; i += atOnce) {
      const ids = target.jobs.slice(i, i + atOnce);
      found.push(...(await Promise.all(ids.map((id) => api.get<JobView>(`/jobs/${id}`)))));
    }
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query = { ...(target.filter as Record<string, string>), limit: 500, cursor };
    const page: Page<JobView> = await api.get("/jobs", { query });
    found.push(...page.items);
    cursor = page.nextCursor;
  }
  return found;
}
