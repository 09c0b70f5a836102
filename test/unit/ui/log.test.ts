// A run's output in the browser: lines out of pieces, and what is shown of what a command wrote.
import { describe, expect, it } from "vitest";
import { LogBook, type Piece } from "../../../src/ui/pages/run/log/log-book.ts";
import { fold, plainLine, showLine } from "../../../src/ui/pages/run/log/show-line.ts";

const piece = (text: string, over: Partial<Piece> = {}): Piece => ({
  attempt: 1,
  stream: "stdout",
  gapBytes: 0,
  text,
  ...over,
});
const err = (text: string) => piece(text, { stream: "stderr" });
const all = (book: LogBook) =>
  Array.from({ length: book.size }, (_, i) => {
    const { kind, stream, text, bytes, attempt } = book.line(i);
    if (kind === "gap") return `gap ${bytes}`;
    return kind === "attempt" ? `attempt ${attempt}` : `${stream === "stderr" ? "!" : ""}${text}`;
  });
function bookOf(...pieces: Piece[]) {
  const book = new LogBook();
  for (const each of pieces) book.add(each);
  return book;
}

describe("lines", () => {
  it("are whole however the text came in pieces, each stream by itself", () => {
    const book = bookOf(piece("one\ntw"), err("oops\nagain\npar"), piece("o\nthree"), err("tial\n"));
    expect(all(book)).toEqual(["one", "!oops", "!again", "two", "!partial", "three"]);
    expect([book.size, book.complete, book.firstStderr]).toEqual([6, 5, 1]);
  });

  it("have the same numbers whatever the pieces' sizes were", () => {
    const text = Array.from({ length: 500 }, (_, i) => `line ${i} ${"x".repeat(i % 50)}\n`).join("");
    const whole = all(bookOf(piece(text)));
    for (const size of [1, 7, 64, 1000]) {
      const parts = text.match(new RegExp(`[^]{1,${size}}`, "g")) as string[];
      expect(all(bookOf(...parts.map((part) => piece(part))))).toEqual(whole);
    }
  });

  it("tell of gaps and of attempts at their place, and end what was begun before them", () => {
    const book = bookOf(piece("a"), piece("b\n", { gapBytes: 12 }), piece("c\n", { attempt: 2 }));
    expect(all(book)).toEqual(["a", "gap 12", "b", "attempt 2", "c"]);
    expect([book.missingBytes, book.attemptLines]).toEqual([12, [{ attempt: 2, line: 3 }]]);
    expect([book.text(1), book.text(2), book.text(4)]).toEqual(["", "b", "c"]);
  });

  it("without an end are cut, and a progress bar's old states are forgotten", () => {
    const long = bookOf(...Array.from({ length: 10 }, () => piece("y".repeat(30_000))));
    expect(long.size).toBe(5);
    expect(all(long).join("")).toBe("y".repeat(300_000));
    const bar = bookOf(...Array.from({ length: 20_000 }, (_, i) => piece(`${i} of 20000\r`)));
    expect(bar.size).toBe(1);
    expect(bar.line(0).text.length).toBeLessThan(80_000);
    expect(plainLine(bar.line(0).text)).toBe("19999 of 20000");
  });

  it("a million of them are read in, found and searched without an object for each", () => {
    const book = new LogBook();
    for (let i = 0; i < 1000; i++)
      book.add(piece(Array.from({ length: 1000 }, (_, j) => `line ${i * 1000 + j}\n`).join("")));
    expect(book.size).toBe(1_000_000);
    expect([book.text(0), book.text(654_321), book.text(999_999)]).toEqual(["line 0", "line 654321", "line 999999"]);
  });
});

describe("what is shown", () => {
  const esc = "\u001b";
  it.each([
    ["colours stay", `${esc}[1;31mred${esc}[0m`, `${esc}[1;31mred${esc}[0m`, "red"],
    ["a title is left out", `${esc}]0;owned\u0007text`, "text", "text"],
    ["a title without an end is left out", `text${esc}]2;owned`, "text", "text"],
    ["a link is its text", `${esc}]8;;http://evil${esc}\\here${esc}]8;;${esc}\\!`, "here!", "here!"],
    ["moves of the cursor are left out", `a${esc}[2J${esc}[10;5Hb${esc}[?25lc${esc}[1Ad`, "abcd", "abcd"],
    ["strings to the terminal are left out", `${esc}Pq#0~${esc}\\ok${esc}_x${esc}\\`, "ok", "ok"],
    ["resets and charsets are left out", `${esc}c${esc}(Bx${esc}=`, "x", "x"],
    ["an escape by itself vanishes", `a${esc}`, "a", "a"],
    ["an escape out of two others vanishes", `${esc}${esc}[2J[2Jx`, "[2Jx", "[2Jx"],
    ["controls are seen", "a\u0000b\u0008\u007f\u009b31m", "a␀b␈␡⟨U+009B⟩31m", "a␀b␈␡⟨U+009B⟩31m"],
    ["what turns the direction is seen", "x\u202eexe.txt", "x⟨U+202E⟩exe.txt", "x⟨U+202E⟩exe.txt"],
    ["what can't be seen is seen", "pass\u200bword", "pass⟨U+200B⟩word", "pass⟨U+200B⟩word"],
    ["tags are text", "<script>alert(1)</script>", "<script>alert(1)</script>", "<script>alert(1)</script>"],
    ["languages stay as they are", "备份 ✓ naïve שלום", "备份 ✓ naïve שלום", "备份 ✓ naïve שלום"],
    ["a bar shows its end", "10%\r50%\r100%\r", "100%", "100%"],
  ])("%s", (_, written, shown, plain) => {
    expect([showLine(written).text, plainLine(written)]).toEqual([shown, plain]);
  });

  it("counts what was written over", () => {
    expect([fold("a\rb\rc"), fold("a\r"), fold("a")].map(({ folded }) => folded)).toEqual([2, 0, 0]);
  });
});
