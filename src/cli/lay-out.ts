// A table as lines of text. On a terminal it fits: columns are cut, then set closer, then left out, in the order that the
// table gives. Elsewhere everything is whole.
import { cutToWidth, textWidth, wrapToWidth } from "../lib/text-width.ts";

export interface Column<T> {
  title: string;
  value: (row: T) => string;
  right?: boolean;
  /** May be narrowed to this, its text cut. */
  atLeast?: number;
  /** Instead of being cut its text goes on in the next line. */
  wraps?: boolean;
  /** May be left out where narrowing isn't enough, the lowest number first. */
  leaveOut?: number;
  /** Tells rows apart, so is never cut: what is longer than half a terminal has a line to itself. */
  names?: boolean;
}

interface Part<T> {
  column: Column<T>;
  cells: string[];
  width: number;
}

export function layOut<T>(rows: T[], columns: Column<T>[], terminal: number | undefined): string[] {
  const whole = columns.map((column): Part<T> => {
    const cells = rows.map((row) => harmless(column.value(row)));
    return { column, cells, width: Math.max(textWidth(column.title), ...cells.map(seenWidth)) };
  });
  const { parts, gap } = terminal === undefined ? { parts: whole, gap: 2 } : fitInto(whole, terminal);
  const titles = parts.map(({ column }) => column.title.toUpperCase());
  const line = (texts: string[]) => setBeside(parts, texts, gap);
  return [titles, ...rows.map((_, i) => parts.map(({ cells }) => cells[i] as string))].flatMap(line);
}

function fitInto<T>(whole: Part<T>[], terminal: number): { parts: Part<T>[]; gap: number } {
  if (total(whole, 2) <= terminal) return { parts: whole, gap: 2 };
  let parts = whole.map((part) => (part.column.names ? { ...part, width: nameWidth(part, terminal / 2) } : part));
  for (;;) {
    const least = parts.map((part) => ({ ...part, width: Math.min(part.width, part.column.atLeast ?? part.width) }));
    for (const gap of [2, 1])
      if (total(least, gap) <= terminal) return { parts: widen(least, parts, terminal - total(least, gap)), gap };
    const orders = parts.flatMap(({ column }) => column.leaveOut ?? []);
    // What is left matters more than that each row has but one line.
    if (orders.length === 0) return { parts: least, gap: 1 };
    parts = parts.filter(({ column }) => column.leaveOut !== Math.min(...orders));
  }
}

const total = (parts: { width: number }[], gap: number) =>
  parts.reduce((sum, { width }) => sum + width, gap * (parts.length - 1));

const nameWidth = ({ column, cells }: Part<never> | Part<unknown>, most: number) =>
  Math.max(textWidth(column.title), ...cells.map(seenWidth).filter((width) => width <= most));

/** Hands out what is left, to the narrowest of those that want more. */
function widen<T>(least: Part<T>[], wanted: Part<T>[], room: number): Part<T>[] {
  const parts = least.map((part) => ({ ...part }));
  for (let left = room; left > 0; left--) {
    const [narrowest] = parts
      .filter((part, i) => part.width < (wanted[i] as Part<T>).width)
      .sort((a, b) => a.width - b.width);
    if (!narrowest) break;
    narrowest.width++;
  }
  return parts;
}

/** The lines of one row. */
function setBeside<T>(parts: Part<T>[], texts: string[], gap: number): string[] {
  const before: string[] = [];
  const cells = parts.map(({ column, width }, i) => {
    const text = texts[i] as string;
    if (seenWidth(text) <= width) return [text];
    if (column.wraps) return wrapToWidth(seen(text), width);
    if (!column.names) return [cutToWidth(seen(text), width)];
    before.push(text);
    return [""];
  });
  const height = Math.max(...cells.map((lines) => lines.length));
  const lines = Array.from({ length: height }, (_, at) =>
    parts
      .map(({ column, width }, i) => {
        const text = cells[i]?.[at] ?? "";
        const pad = " ".repeat(width - seenWidth(text));
        return column.right ? pad + text : text + pad;
      })
      .join(" ".repeat(gap))
      .trimEnd(),
  );
  return [...before, ...lines];
}

const ansi = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
const seen = (text: string) => text.replace(ansi, "");
const seenWidth = (text: string) => textWidth(seen(text));

/** What could move the cursor, hide text or turn it round is a space: data is shown, never obeyed. Colours are ours. */
const harmless = (text: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  text.replace(/[\u0000-\u001a\u001c-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|\u001b(?!\[[0-9;]*m)/g, " ");
