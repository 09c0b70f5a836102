import { describe, expect, it } from "vitest";
import { createLru } from "../../../src/lib/lru.ts";

describe("a bounded cache", () => {
  it("makes a value once and gives it again", () => {
    const cache = createLru<object>(2);
    const made = cache.get("a", () => ({}));
    expect(cache.get("a", () => ({}))).toBe(made);
  });

  it("lets the least recently used one go", () => {
    const cache = createLru<string>(2);
    cache.get("a", () => "first");
    cache.get("b", () => "first");
    cache.get("a", () => "again");
    cache.get("c", () => "first");
    expect(cache.size).toBe(2);
    expect(cache.get("a", () => "again")).toBe("first");
    expect(cache.get("b", () => "again")).toBe("again");
  });

  it("keeps undefined as a value, and nothing of a failure", () => {
    const cache = createLru<string | undefined>(2);
    expect(cache.get("a", () => undefined)).toBeUndefined();
    expect(cache.get("a", () => "again")).toBeUndefined();
    expect(() =>
      cache.get("b", () => {
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(cache.get("b", () => "made")).toBe("made");
  });
});
