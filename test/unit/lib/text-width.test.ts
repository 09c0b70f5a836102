import { describe, expect, it } from "vitest";
import { cutToWidth, textWidth, wrapToWidth } from "../../../src/lib/text-width.ts";

describe("the width of a text on a terminal", () => {
  it.each([
    ["backup", 6],
    ["每日备份", 8],
    ["バックアップ", 12],
    ["백업", 4],
    ["ＡＢ，", 6],
    ["ﾊﾞｯｸ", 4],
    ["naïve café", 10],
    ["nai\u0308ve", 5],
    ["🚀", 2],
    ["👩‍💻", 2],
    ["❤️", 2],
    ["🇨🇳", 2],
    ["–…→", 3],
    ["a\u200bb", 2],
    ["", 0],
  ])("of %j is %i", (text, width) => expect(textWidth(text)).toBe(width));

  it("is kept when a text is cut, and no character is split", () => {
    expect(cutToWidth("backup", 6)).toBe("backup");
    expect(cutToWidth("backups", 6)).toBe("backu…");
    expect(cutToWidth("每日备份", 8)).toBe("每日备份");
    expect(cutToWidth("每日备份", 7)).toBe("每日备…");
    expect(cutToWidth("每日备份", 6)).toBe("每日…");
    expect(cutToWidth("ab👩‍💻cd", 4)).toBe("ab…");
  });

  it("is kept by every line of a wrapped text, and nothing is lost", () => {
    expect(wrapToWidth("one two three", 7)).toEqual(["one two", "three"]);
    expect(wrapToWidth("short", 7)).toEqual(["short"]);
    expect(wrapToWidth("abcdefghij", 4)).toEqual(["abcd", "efgh", "ij"]);
    expect(wrapToWidth("每日备份失败了", 5)).toEqual(["每日", "备份", "失败", "了"]);
    expect(wrapToWidth("", 5)).toEqual([""]);
  });
});
