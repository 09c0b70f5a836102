// How long jobs usually take, for those that are shown.
import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/call.ts";
import type { JobStats } from "../../api/types.ts";

export type Usual = ReadonlyMap<string, NonNullable<JobStats["durationMs"]>>;
const none: Usual = new Map();
const atMost = 100;

export function useUsual(jobIds: string[]): Usual {
  const jobs = [...new Set(jobIds)].sort().slice(0, atMost).join(",");
  const stats = useQuery<Usual>({
    queryKey: ["plan", "usual", jobs],
    queryFn: ({ signal }) =>
      api.get<{ items: JobStats[] }>("/stats/jobs", { query: { jobs, runs: 50, recent: 1 }, signal }).then(byJob),
    enabled: jobs !== "",
    placeholderData: (before) => before,
    // What is usual doesn't change with each run.
    staleTime: 60_000,
  });
  return stats.data ?? none;
}

const byJob = ({ items }: { items: JobStats[] }): Usual =>
  new Map(items.flatMap(({ job, durationMs }) => (durationMs ? [[job.id, durationMs] as const] : [])));
