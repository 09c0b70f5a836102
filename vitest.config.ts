import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * What `npm test` runs beside each other (test/run.mjs), by what it asks of the machine: real clusters, which mostly wait;
 * what only computes, at a low priority; and the rest. Faults are many minutes of them in a real cluster: `npm run test:faults`.
 */
type Lane = "waiting" | "computing" | "rest" | "faults";

interface Given {
  /** What has to be there before. */
  setup?: string;
  /** Where it isn't the project's name. */
  folder?: string;
  /**
   * False: its files share a worker's process, in which the sources are loaded once and have been running for a while. They
   * may leave nothing behind in what they import.
   */
  isolate?: boolean;
}

const built = "test/support/built.ts";
const project = (name: string, timeout: number, lane: Lane, given: Given = {}) => {
  const include = [`test/${given.folder ?? name}/**/*.test.ts`];
  const { isolate = true } = given;
  const globalSetup = given.setup ? [given.setup] : [];
  return { lane, test: { name, include, testTimeout: timeout, hookTimeout: 60_000, globalSetup, isolate } };
};

const projects = [
  project("ui", 120_000, "rest", { setup: built }),
  project("cli", 120_000, "rest", { setup: built }),
  project("contract", 60_000, "rest"),
  project("unit", 20_000, "rest", { isolate: false }),
  project("api", 60_000, "rest", { isolate: false }),
  project("architecture", 120_000, "rest"),
  project("cluster", 120_000, "waiting", { setup: built }),
  project("deploy", 120_000, "waiting", { setup: built }),
  project("simulation", 300_000, "computing", { isolate: false }),
  // npm test has a selection of them in cluster/.
  project("faults", 600_000, "faults", { setup: built, folder: "cluster-faults" }),
];
const order = projects.map(({ test }) => test.name);

/** Projects with long files first, so that no worker is left alone with one at the end. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ project }: TestSpecification) => order.indexOf(project.name);
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

const lane = process.env.TEST_LANE;
const chosen = projects.filter((each) => lane === undefined || each.lane === lane);

export default defineConfig({
  test: {
    pool: "forks",
    maxWorkers: lane === "waiting" ? 1 : 2,
    sequence: { sequencer: LongFirst },
    projects: chosen.map(({ test }): TestProjectInlineConfiguration => ({ test })),
  },
});
