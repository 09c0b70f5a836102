// What the in-process coordinator promises beyond the port: atomic commits, mistakes of readers that are told, speed.
import { describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { createInProcessCoordinator } from "../../../src/coordinator/in-process/in-process-coordinator.ts";
import { type Change, createKeySpace } from "../../../src/coordinator/in-process/key-space.ts";
import { seededRandom } from "../../../src/random.ts";
import { nodeInfo, scheduler } from "../../contract/coordinator/cluster.ts";
import { anAssignment } from "../../support/an-assignment.ts";
import { settle } from "../../support/manual-clock.ts";

const never = new AbortController().signal;
const createCoordinator = (onError?: (err: unknown) => void) =>
  createInProcessCoordinator({ clock: systemClock, random: seededRandom(1), ...(onError ? { onError } : {}) });

describe("key space", () => {
  const put = (key: string, value: number | null) => ({ table: "numbers" as const, key, value });

  it("does all of a commit at one revision, or nothing", () => {
    const space = createKeySpace<{ numbers: number }>();
    expect(space.commit([], [put("a", 1), put("b", 2)])).toBe(true);
    const revision = space.get("numbers", "a")!.revision;
    expect(space.get("numbers", "b")!.revision).toBe(revision);
    const stale = [
      { table: "numbers" as const, key: "a", revision },
      { table: "numbers" as const, key: "b", revision: 0 },
    ];
    expect(space.commit(stale, [put("a", 9), put("c", 9)])).toBe(false);
    expect(space.list("numbers").map(({ key, value }) => [key, value])).toEqual([
      ["a", 1],
      ["b", 2],
    ]);
    expect(space.revision).toBe(revision);
  });

  it("never gives a revision twice to one key, deleted or not", () => {
    const space = createKeySpace<{ numbers: number }>();
    space.commit([], [put("a", 1)]);
    const first = space.get("numbers", "a")!.revision;
    space.commit([], [put("a", null)]);
    space.commit([], [put("a", 1)]);
    expect(space.get("numbers", "a")!.revision).toBeGreaterThan(first);
  });

  it("tells readers what was there before, after the writer has finished", async () => {
    const space = createKeySpace<{ numbers: number }>();
    const seen: Change<number>[] = [];
    space.watch(
      "numbers",
      (change) => seen.push(change),
      () => expect.fail("no reader throws"),
    );
    space.commit([], [put("a", 1)]);
    space.commit([], [put("a", null), put("nothing", null)]);
    expect(seen).toEqual([]);
    await settle();
    expect(seen.map(({ value, previous }) => [value, previous])).toEqual([
      [1, null],
      [null, 1],
    ]);
  });
});

describe("in-process coordinator", () => {
  it("hands what a reader threw to onError, once", async () => {
    const told: unknown[] = [];
    const coordinator = createCoordinator((err) => told.push(err));
    const leader = await coordinator.campaign(scheduler("s1"), never);
    const mistake = new Error("a reader's mistake");
    leader.watchSessions(() => {
      throw mistake;
    });
    await coordinator.openSession("a", nodeInfo());
    await settle();
    expect(told).toEqual([mistake]);
  });

  it("makes it a process warning, with its stack, where nobody listens", async () => {
    const warned = new Promise<Error & { detail?: string }>((resolve) => process.once("warning", resolve));
    const coordinator = createCoordinator();
    onTestFinished(() => coordinator.close());
    const session = await coordinator.openSession("a", nodeInfo());
    const leader = await coordinator.campaign(scheduler("s1"), never);
    session.watch(() => {
      throw new Error("a reader's mistake");
    });
    await leader.assign([anAssignment({ runId: "r1", sessionId: "a" })]);
    const warning = await warned;
    expect(warning.detail).toContain("a reader's mistake");
    expect(warning.detail).toContain("in-process.test.ts");
  });

  it("assigns and claims a thousand runs in a moment", async () => {
    const coordinator = createCoordinator();
    const leader = await coordinator.campaign(scheduler("s1"), never);
    const session = await coordinator.openSession("a", nodeInfo());
    const runs = Array.from({ length: 1000 }, (_, i) => anAssignment({ runId: `r${i}`, sessionId: "a" }));
    const started = performance.now();
    await leader.assign(runs);
    const { assignments } = await leader.snapshot();
    await session.claim(assignments.map(({ assignment, revision }) => ({ ...assignment, revision })));
    const took = performance.now() - started;
    expect((await leader.snapshot()).claims).toHaveLength(1000);
    // Some 5 ms on two busy cores; a bound that only a quadratic mistake would miss.
    expect(took).toBeLessThan(1000);
    if (process.env.VERBOSE) console.info(`assigning and claiming 1,000 runs took ${took.toFixed(1)} ms`);
  });
});
