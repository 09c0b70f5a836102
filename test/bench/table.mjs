// What was measured against its bound, as one table.

export const percentile = (values, p) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN;
};

/** A row: at most `bound`, in `unit`. */
export const atMost = (what, bound, unit, measured) => ({
  what,
  bound: `≤ ${Math.round(bound)} ${unit.replace(/ \(.*/, "")}`,
  measured: `${measured.toFixed(measured < 20 ? 2 : 0)} ${unit}`,
  verdict: measured <= bound ? "ok" : "MISSED",
});

/** A row that holds or doesn't. */
export const mustBe = (what, bound, measured, holds) => ({ what, bound, measured, verdict: holds ? "ok" : "MISSED" });

/** A row to compare the others with. */
export const calibration = (what, measured) => ({ what: `calibration: ${what}`, bound: "", measured, verdict: "" });

export const printTable = (rows) =>
  printColumns({ what: "what", bound: "bound", measured: "measured", verdict: "verdict" }, rows);

/** `head`: the title of each column by its key. */
export function printColumns(head, rows) {
  const keys = Object.keys(head);
  const widths = keys.map((key) => Math.max(...[head, ...rows].map((row) => row[key].length)));
  const line = (row) => `| ${keys.map((key, i) => row[key].padEnd(widths[i])).join(" | ")} |`;
  console.log(
    [line(head), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rows.map(line)].join("\n"),
  );
}
