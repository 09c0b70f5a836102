// What a command prints: data on stdout as a table that fits the terminal, JSON or YAML; messages on stderr.
import { stringify } from "yaml";
import { type Column, layOut } from "./lay-out.ts";

export type Format = "table" | "json" | "yaml";
export interface Out {
  readonly format: Format;
  readonly color: boolean;
  data(value: unknown): void;
  table<T>(rows: T[], columns: Column<T>[], whole?: unknown): void;
  text(text: string): void;
  note(text: string): void;
  /** What was done: a sentence for people, or a document for programs. */
  done(sentence: string, document: unknown): void;
  state(state: string): string;
}

const colors: Record<string, string> = {
  succeeded: "32",
  ok: "32",
  live: "32",
  failed: "31",
  failing: "31",
  timed_out: "31",
  lost: "31",
  missed: "33",
  skipped: "33",
  cancelled: "33",
  draining: "33",
  running: "36",
  disabled: "2",
  planned: "2",
  assigned: "2",
};

export function createOut(options: {
  format: Format;
  color: boolean;
  stdout: { write(text: string): unknown; columns?: number };
  stderr: { write(text: string): unknown };
}): Out {
  const { format, color, stdout, stderr } = options;
  const line = (text: string) => void stdout.write(`${text}\n`);
  function data(value: unknown) {
    if (format === "yaml") stdout.write(stringify(value, { lineWidth: 0 }));
    else line(JSON.stringify(value, null, 2));
  }
  const note = (text: string) => void stderr.write(`${text}\n`);
  return {
    format,
    color,
    data,
    text: line,
    note,
    done: (sentence, document) => (format === "table" ? note(sentence) : data(document)),
    state: (state) => (color && colors[state] ? `\u001b[${colors[state]}m${state}\u001b[0m` : state),
    table(rows, columns, whole) {
      if (format !== "table") return data(whole ?? rows);
      for (const text of layOut(rows, columns, stdout.columns)) line(text);
    },
  };
}

/** "3m ago", "in 20s"; "–" for nothing. */
export function relative(iso: string | null | undefined, now: number): string {
  if (!iso) return "–";
  const ms = new Date(iso).getTime() - now;
  const text = humanMs(Math.abs(ms));
  return ms > 0 ? `in ${text}` : `${text} ago`;
}

export function humanMs(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "–";
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const s = ms / 1000;
  if (s < 60) return `${s < 10 ? s.toFixed(1).replace(/\.0$/, "") : Math.round(s)}s`;
  if (s < 3600) return `${Math.floor(s / 60)}m ${String(Math.round(s % 60)).padStart(2, "0")}s`;
  if (s < 86_400) return `${Math.floor(s / 3600)}h ${String(Math.floor((s % 3600) / 60)).padStart(2, "0")}m`;
  return `${Math.floor(s / 86_400)}d ${Math.floor((s % 86_400) / 3600)}h`;
}
