// Edit and cancel at the due instant, leaders that crash anywhere (twice), whole state spaces (500 to 1,500 states) but
// where a fence may grow for ever.
import { describe, expect, it } from "vitest";
import { type ChangeRules, change } from "./change.ts";
import { explore, forgotten } from "./explore.ts";

const search = (operation: "edit" | "cancel", without: Partial<ChangeRules> = {}) =>
  explore(change(operation, without), { maxStates: 20_000 });
const broken = (operation: "edit" | "cancel", without: Partial<ChangeRules>) =>
  Object.keys(search(operation, without).violations);

describe("editing a job whose tick is due", () => {
  it("loses no tick, doubles none and starts nothing that it said was taken back", () => {
    expect(search("edit")).toMatchObject({ complete: true, violations: {} });
  });

  it("loses the tick when the planner doesn't wait: it meets the old row, goes past it, and the row is deleted", () => {
    const { violations } = search("edit", { plannerWaits: false });
    expect(violations).toEqual({
      [forgotten]: [
        "store: version 2, row marked",
        "etcd: unclaimed, the assignment is deleted",
        "the planner meets the tick's row and goes past it",
      ],
    });
  });

  it("would need no such wait if rows were updated in place", () => {
    const rules = { takenBack: "updated in place", plannerWaits: false } as const;
    expect(search("edit", rules)).toMatchObject({ complete: true, violations: {} });
  });

  it("C17: rows deleted first make a start without a row, and one tick started twice", () => {
    const violations = broken("edit", { marksFirst: false });
    expect(violations).toContain("a start without a row");
    expect(violations).toContain("one tick started twice");
  });

  it("C18: the old version starts after the answer when ids come back and a claim compares existence", () => {
    const violations = broken("edit", { freshIds: false, claimComparesRevision: false });
    expect(violations).toContain("the old version started after the answer");
    expect(violations).toContain("two starts under one (run, fence)");
  });

  it("an id that comes back takes the old row's claim for its own, and waits for it for ever", () => {
    expect(broken("edit", { freshIds: false })).toEqual([forgotten]);
  });

  it("C19: rows deleted, and the leader crashes before the cursor goes back: the tick is gone", () => {
    expect(broken("edit", { marksFirst: false })).toContain(forgotten);
  });

  it("is never finished when a new leader doesn't take it up", () => {
    expect(broken("edit", { resumes: false })).toEqual([forgotten]);
  });
});

describe("cancelling a run that is due", () => {
  it("ends it, and never starts it once it is recorded as cancelled", () => {
    expect(search("cancel")).toMatchObject({ complete: true, violations: {} });
  });

  it("hands it out again when the wish wasn't in the store first", () => {
    expect(broken("cancel", { cancelInStoreFirst: false })).toEqual(["handed out again although its cancel had begun"]);
  });

  it("is never finished when a new leader doesn't take it up", () => {
    expect(broken("cancel", { resumes: false })).toEqual([forgotten]);
  });
});
