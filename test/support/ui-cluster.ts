// The web app before a cluster of real processes (real-cluster.ts): pages are the first scheduler's. Called at the head of a
// test file, as ui-scene.ts is.
import { type Cluster, type ClusterOptions, startCluster } from "./real-cluster.ts";
import { openPages } from "./ui-pages.ts";

export function openUiCluster(options: ClusterOptions & { jobs?: { name: string; [key: string]: unknown }[] }) {
  const { jobs = [] } = options;

  async function start() {
    const cluster = await startCluster(options);
    if (jobs.length) await cluster.jobs.apply(jobs);
    return {
      cluster,
      get url(): string {
        return cluster.schedulers[0]?.url ?? "";
      },
      api: (method: string, path: string, body?: unknown) => cluster.api(method, path, body),
      dispose: () => cluster.dispose(),
    };
  }

  const scene = openPages(start, []);
  return {
    get cluster(): Cluster {
      return scene.served.cluster;
    },
    /** What isn't translated: nodes, jobs and people. */
    get names(): string[] {
      return [...scene.people, ...scene.served.cluster.nodes.map(({ name }) => name), ...jobs.map(({ name }) => name)];
    },
    open: scene.open,
  };
}
