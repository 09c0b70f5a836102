import { describe, expect, it } from "vitest";
import { changesBetween } from "../../../src/ui/pages/audit/changes.ts";

describe("what differs between before and after", () => {
  it("is told by the paths of the parts, and what stayed is left out", () => {
    expect(
      changesBetween(
        { name: "a", retry: { limit: 1, delay: "5s" }, tags: ["x"], owner: "ann" },
        { name: "a", retry: { limit: 3, delay: "5s" }, tags: ["x", "y"], cmd: "true" },
      ),
    ).toEqual([
      { path: "retry.limit", before: "1", after: "3" },
      { path: "tags", before: '["x"]', after: '["x","y"]' },
      { path: "owner", before: "ann", after: null },
      { path: "cmd", before: null, after: "true" },
    ]);
  });

  it("is everything, for what is new or gone", () => {
    expect(changesBetween(null, { role: "viewer", disabled: false })).toEqual([
      { path: "role", before: null, after: "viewer" },
      { path: "disabled", before: null, after: "false" },
    ]);
    expect(changesBetween({ spec: { cmd: "true" } }, null)).toEqual([
      { path: "spec.cmd", before: "true", after: null },
    ]);
    expect(changesBetween(null, null)).toEqual([]);
  });

  it("is the whole where a part became another kind of thing", () => {
    expect(changesBetween({ cmd: "true" }, { cmd: { run: "true" } })).toEqual([
      { path: "cmd", before: "true", after: '{"run":"true"}' },
    ]);
    expect(changesBetween([1], 2)).toEqual([{ path: "", before: "[1]", after: "2" }]);
  });
});
