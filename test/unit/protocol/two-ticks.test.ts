// Two ticks of one job that must not overlap, whole state spaces (1,200 to 2,300 states each).
import { describe, expect, it } from "vitest";
import { explore } from "./explore.ts";
import { type OverlapRules, twoTicks } from "./two-ticks.ts";

const allRules: OverlapRules = {
  movesWait: true,
  movesTogether: true,
  lostCopyEnds: "at the next tick",
  claimBeforeVerdict: true,
};
const search = (change: Partial<OverlapRules>) => explore(twoTicks({ ...allRules, ...change }), { maxStates: 20_000 });

describe("two ticks with overlap: skip", () => {
  it("never run at once, and each ends, with every rule", () => {
    expect(search({})).toMatchObject({ complete: true, violations: {} });
    expect(search({ lostCopyEnds: "with trust" })).toMatchObject({ complete: true, violations: {} });
  });

  const overlap = "two runs of a job that must not overlap";
  const breaks: [name: string, change: Partial<OverlapRules>, violation: string][] = [
    ["C13: what is unclaimed moves although a run of the job is claimed", { movesWait: false }, overlap],
    ["C14: a lost run's copy goes on beyond the next tick", { lostCopyEnds: "never" }, overlap],
    ["C15: a job's runs move one by one", { movesTogether: false }, overlap],
    ["C16: a run is skipped without a claim", { claimBeforeVerdict: false }, "recorded as skipped, and run"],
  ];
  it.each(breaks)("%s", (_, change, violation) => {
    expect(Object.keys(search(change).violations)).toContain(violation);
  });
});
