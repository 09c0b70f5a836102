import { defineConfig } from "vitest/config";

const project = (name: string, timeout = 20_000, globalSetup: string[] = [], folder = name) => ({
  test: { name, include: [`test/${folder}/**/*.test.ts`], testTimeout: timeout, hookTimeout: 60_000, globalSetup },
});

export default defineConfig({
  test: {
    pool: "forks",
    maxWorkers: 2,
    projects: [
      project("unit"),
      project("contract", 60_000),
      project("simulation", 300_000),
      project("api", 60_000),
      project("architecture", 120_000),
      project("deploy", 120_000, ["test/support/built.ts"]),
      project("ui", 120_000, ["test/support/built.ts"]),
      project("cluster", 120_000, ["test/support/built.ts"]),
      // Many minutes of faults in a real cluster: `npm run test:faults`; `npm test` has a selection of them in cluster/.
      project("faults", 600_000, ["test/support/built.ts"], "cluster-faults"),
    ],
  },
});
