import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { type Column, layOut } from "../../../src/cli/lay-out.ts";
import { createOut } from "../../../src/cli/output.ts";
import { textWidth } from "../../../src/lib/text-width.ts";

type Row = Record<string, string>;
const column = (title: string, more: Partial<Column<Row>> = {}): Column<Row> => ({
  title,
  value: (row) => row[title] ?? "",
  ...more,
});
const id = "01kbcdefghjkmnpqrstvwxyz01";
const ids = column("id");
const note = column("note", { atLeast: 8 });

describe("a table", () => {
  it("stands in columns, numbers to the right, with no space at the end of a line", () => {
    const columns = [column("name"), column("runs", { right: true }), column("note")];
    expect(
      layOut(
        [
          { name: "a", runs: "7", note: "" },
          { name: "backup", runs: "12", note: "ok" },
        ],
        columns,
        80,
      ),
    ).toEqual(["NAME    RUNS  NOTE", "a          7", "backup    12  ok"]);
  });

  it("is whole where there is no terminal", () => {
    const long = "why ".repeat(100).trim();
    expect(layOut([{ id, note: long }], [ids, note], undefined)[1]).toBe(`${id}  ${long}`);
  });

  it("cuts what may be cut, and no further than its least width", () => {
    const row = { id, note: "exited with code 7 after three attempts" };
    expect(layOut([row], [ids, note], 50)[1]).toBe(`${id}  exited with code 7 af…`);
    expect(layOut([row], [ids, note], 20)[1], "too narrow: the id stays whole").toBe(`${id} exited …`);
  });

  it("never makes a column wider than what is in it", () => {
    const columns = [ids, column("job", { atLeast: 12 }), note];
    expect(layOut([{ id, job: "ab", note: "x".repeat(60) }], columns, 60)[1]).toBe(`${id}  ab   ${"x".repeat(26)}…`);
  });

  it("gives what there is to all that want more, not to the last", () => {
    const columns = [column("a", { atLeast: 4 }), column("b", { atLeast: 4 })];
    const [, line] = layOut([{ a: "a".repeat(50), b: "b".repeat(50) }], columns, 42);
    expect(line).toBe(`${"a".repeat(19)}…  ${"b".repeat(19)}…`);
  });

  it("sets columns closer, then leaves out the least important", () => {
    const columns = [ids, column("late", { leaveOut: 1 }), column("took", { leaveOut: 2 })];
    const row = { id, late: "12345", took: "12345" };
    expect(layOut([row], columns, 40)[1]).toBe(`${id}  12345  12345`);
    expect(layOut([row], columns, 38)[1]).toBe(`${id} 12345 12345`);
    expect(layOut([row], columns, 37)).toEqual([`ID${" ".repeat(26)}TOOK`, `${id}  12345`]);
    expect(layOut([row], columns, 30)).toEqual(["ID", id]);
  });

  it("gives a long name a line to itself, whole", () => {
    const columns = [column("name", { names: true }), column("last"), note];
    const name = "payments-reconciliation-nightly";
    const rows = [
      { name, last: "failed", note: "exit 1, see the output" },
      { name: "short", last: "succeeded", note: "" },
    ];
    expect(layOut(rows, columns, 40)).toEqual([
      "NAME   LAST       NOTE",
      name,
      "       failed     exit 1, see the output",
      "short  succeeded",
    ]);
    expect(layOut(rows, columns, 80)[1], "where it fits it stays in its row").toMatch(/^payments\S+ {2}failed/);
  });

  it("lets a text that must be read go on in the next line", () => {
    const columns = [column("check"), column("detail", { atLeast: 10, wraps: true })];
    expect(layOut([{ check: "store", detail: "page 7 is never used" }], columns, 21)).toEqual([
      "CHECK  DETAIL",
      "store  page 7 is",
      "       never used",
    ]);
  });

  it("counts what a terminal shows: wide characters twice, colours not at all", () => {
    const columns = [column("job", { atLeast: 6 }), column("state")];
    const red = "\u001b[31mfailed\u001b[0m";
    const lines = layOut(
      [
        { job: "每日备份", state: red },
        { job: "nightly", state: "ok" },
      ],
      columns,
      80,
    );
    expect(lines.slice(1)).toEqual([`每日备份  ${red}`, "nightly   ok"]);
    const cut = layOut([{ job: "每日备份每日备份", state: red }], columns, 18)[1] as string;
    expect(cut).toBe(`每日备份…   ${red}`);
    expect(textWidth(stripVTControlCharacters(cut))).toBeLessThanOrEqual(18);
  });

  it("shows control characters as spaces, whatever they would do", () => {
    const note = "a\u001b[2Jb\u001b]0;title\u0007c\td\r\ne\u202ef\u001b[1mg";
    expect(layOut([{ note }], [column("note")], 80)[1]).toBe("a [2Jb ]0;title c d  e f\u001b[1mg");
  });
});

it("a table of the program asks its output how wide that is", () => {
  const printed = (columns: number | undefined) => {
    let text = "";
    const stdout = { write: (more: string) => (text += more), ...(columns ? { columns } : {}) };
    const out = createOut({ format: "table", color: false, stdout, stderr: stdout });
    out.table([{ id, note: "x".repeat(100) }], [ids, note]);
    return text.split("\n")[1];
  };
  expect(printed(undefined)).toHaveLength(26 + 2 + 100);
  expect(printed(60)).toHaveLength(60);
});
