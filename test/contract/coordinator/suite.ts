// The coordinator's contract, for every implementation. Each promise of the port is a sentence here. Nothing assumes that
// an effect is seen at once, and nothing is proved by waiting: what must not come is proved by what comes after it.
import { afterEach, beforeEach, describe } from "vitest";
import type { Coordinator } from "../../../src/coordinator/coordinator.ts";
import { describeClaims } from "./claims.ts";
import type { TestCluster } from "./cluster.ts";
import { describeDelayedWrites } from "./delayed-writes.ts";
import { describeElection } from "./election.ts";
import { describeLeaderWrites } from "./leader-writes.ts";
import { describeSessions } from "./sessions.ts";
import { describeWatches } from "./watches.ts";

/** One cluster and one client of it, fresh for each test. */
export interface Scene {
  cluster: TestCluster;
  coordinator: Coordinator;
}

export function describeCoordinator(name: string, open: () => Promise<TestCluster>) {
  describe(`${name} coordinator`, () => {
    const scene = {} as Scene;
    beforeEach(async () => {
      scene.cluster = await open();
      scene.coordinator = await scene.cluster.connect();
    });
    afterEach(() => scene.cluster.close());

    describeElection(scene);
    describeLeaderWrites(scene);
    describeDelayedWrites(scene);
    describeClaims(scene);
    describeSessions(scene);
    describeWatches(scene);
  });
}
