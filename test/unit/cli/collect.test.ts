import { describe, expect, it } from "vitest";
import type { ApiClient } from "../../../src/api/client.ts";
import { collect } from "../../../src/cli/collect.ts";
import type { Out } from "../../../src/cli/output.ts";

/** A server with so many things, at most 500 a page. */
function listOf(count: number) {
  const asked: number[] = [];
  const notes: string[] = [];
  const api = {
    async get(_url: string, { limit, cursor = 0 }: { limit: number; cursor?: number }) {
      asked.push(limit);
      const next = Number(cursor) + limit;
      const items = Array.from({ length: Math.min(limit, count - Number(cursor)) }, (_, i) => Number(cursor) + i);
      return { items, nextCursor: next < count ? String(next) : null };
    },
  } as unknown as ApiClient;
  const out = { note: (text: string) => void notes.push(text) } as unknown as Out;
  return { context: { api, out }, asked, notes };
}

describe("a list of the command line", () => {
  it("that is cut at its limit says so, and how to get more", async () => {
    const { context, notes, asked } = listOf(1201);
    expect(await collect(context, "/", {}, "600")).toHaveLength(600);
    expect(asked).toEqual([500, 100]);
    expect(notes).toEqual([expect.stringMatching(/more than these 600.*--limit 6000/)]);
  });

  it("says nothing when it is whole, to the last one", async () => {
    const { context, notes } = listOf(600);
    expect(await collect(context, "/", {}, "600")).toHaveLength(600);
    expect(notes).toEqual([]);
  });

  it("without a limit is whole", async () => {
    const { context, notes } = listOf(1201);
    expect(await collect(context, "/", {})).toHaveLength(1201);
    expect(notes).toEqual([]);
  });
});
