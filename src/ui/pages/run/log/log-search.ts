// Finding lines of a run's output. Another thread looks, text by text, so that neither a million lines nor an expression
// that takes for ever holds up the page: one that doesn't answer in time is stopped.
import { later } from "../../../lib/clock.ts";
import type { LogBook } from "./log-book.ts";
import { toPattern } from "./match.ts";

export interface Found {
  /** Indexes of the lines, growing. */
  lines: number[];
  searching: boolean;
  /** invalid: the expression isn't one; slow: it was stopped. */
  problem: "invalid" | "slow" | null;
}

const nothing: Found = { lines: [], searching: false, problem: null };
const withinMs = 2000;
/** Lines beyond these are many enough. */
const mostFound = 100_000;

export class LogSearch {
  found: Found = nothing;
  readonly #book: LogBook;
  readonly #onChange: () => void;
  #worker: Worker | null = null;
  #source = "";
  #next = 0;
  #busy = false;
  #stopWait = () => {};

  constructor(book: LogBook, onChange: () => void) {
    this.#book = book;
    this.#onChange = onChange;
  }

  /** Empty text: nothing is looked for. */
  start(text: string, isRegex: boolean): void {
    this.stop();
    this.#next = 0;
    this.#source = "";
    this.found = nothing;
    if (text !== "") {
      const pattern = toPattern(text, isRegex);
      this.found = { lines: [], searching: pattern !== null, problem: pattern === null ? "invalid" : null };
      this.#source = pattern?.source ?? "";
    }
    this.#onChange();
    this.goOn();
  }

  /** Looks at what has come meanwhile. */
  goOn(): void {
    if (this.#source === "" || this.#busy || this.found.problem) return;
    const { text, lines } = this.#book.chunk(this.#next);
    if (lines === 0 || this.found.lines.length >= mostFound) {
      if (this.found.searching) this.#become({ ...this.found, searching: false });
      return;
    }
    this.#busy = true;
    const from = this.#next;
    const worker = this.#thread();
    this.#stopWait = later(withinMs, () => {
      this.stop();
      this.#become({ ...this.found, searching: false, problem: "slow" });
    });
    worker.onmessage = ({ data }: MessageEvent<number[]>) => {
      this.#stopWait();
      this.#busy = false;
      this.#next = from + lines;
      for (const line of data) this.found.lines.push(from + line);
      this.#become({ ...this.found, searching: true });
      this.goOn();
    };
    worker.postMessage({ source: this.#source, text });
  }

  stop(): void {
    this.#stopWait();
    this.#worker?.terminate();
    this.#worker = null;
    this.#busy = false;
  }

  #thread(): Worker {
    this.#worker ??= new Worker(new URL("./search-worker.ts", import.meta.url), { type: "module" });
    return this.#worker;
  }

  #become(found: Found) {
    this.found = found;
    this.#onChange();
  }
}
