// What differs between two texts, line by line: the longest common subsequence, with lines that stay far from any change
// left out. For documents of some hundred lines.

export interface DiffLine {
  kind: "same" | "plus" | "minus" | "gap";
  text: string;
}

const around = 3;

/** Empty: they are the same. */
export function diffLines(before: string, after: string): DiffLine[] {
  const [a, b] = [split(before), split(after)];
  const lines = walk(a, b, lengths(a, b));
  return lines.some(({ kind }) => kind !== "same") ? folded(lines) : [];
}

const split = (text: string) => text.replace(/\n$/, "").split("\n");

/** lengths[i][j]: how many lines a from i on and b from j on have in common. */
function lengths(a: string[], b: string[]): number[][] {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) {
      const row = table[i] as number[];
      const below = table[i + 1] as number[];
      row[j] = a[i] === b[j] ? 1 + (below[j + 1] as number) : Math.max(below[j] as number, row[j + 1] as number);
    }
  return table;
}

function walk(a: string[], b: string[], table: number[][]): DiffLine[] {
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  const left = (row: number, column: number) => table[row]?.[column] ?? -1;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: "same", text: a[i] as string });
      i++;
      j++;
    } else if (i < a.length && (j === b.length || left(i + 1, j) >= left(i, j + 1)))
      lines.push({ kind: "minus", text: a[i++] as string });
    else lines.push({ kind: "plus", text: b[j++] as string });
  }
  return lines;
}

function folded(lines: DiffLine[]): DiffLine[] {
  const changed = lines.flatMap(({ kind }, i) => (kind === "same" ? [] : [i]));
  const isNear = (i: number) => changed.some((at) => Math.abs(at - i) <= around);
  const shown: DiffLine[] = [];
  for (const [i, line] of lines.entries())
    if (isNear(i)) shown.push(line);
    else if (shown.at(-1)?.kind !== "gap") shown.push({ kind: "gap", text: "" });
  return shown;
}
