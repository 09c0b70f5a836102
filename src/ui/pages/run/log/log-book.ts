// A run's output as numbered lines, a million of them if need be: few large texts and typed arrays instead of an object a
// line. Pieces come in the order in which the server sends them; a line counts when it is complete, and what each stream
// has begun stands below the last one. So a line keeps its number whenever, and in however many pieces, it was read.

export type Stream = "stdout" | "stderr";

export interface Piece {
  attempt: number;
  stream: Stream;
  /** Bytes that were left out before this piece. */
  gapBytes: number;
  text: string;
}

export interface Line {
  kind: "text" | "gap" | "attempt";
  text: string;
  stream: Stream;
  attempt: number;
  /** gap: how much is missing. */
  bytes: number;
}

interface Block {
  firstLine: number;
  text: string;
}

const blockLength = 128 * 1024;
/** A line without an end is cut here: nobody reads on, and no browser draws it. */
const longest = 64 * 1024;
const flag = { stderr: 1, mark: 2 } as const;

export class LogBook {
  #blocks: Block[] = [];
  /** Where each line begins in its block. */
  #starts = new Uint32Array(1024);
  #flags = new Uint8Array(1024);
  #count = 0;
  /** Lines that say something of the output instead of being it, by their index. */
  readonly #marks = new Map<number, Line>();
  readonly #begun: Record<Stream, string> = { stdout: "", stderr: "" };
  #attempt = 0;
  /** Characters of output held. */
  #length = 0;
  #firstStderr = -1;
  /** Bytes that the output lacks, in all gaps. */
  missingBytes = 0;

  /** Complete lines and the ones that were begun. */
  get size(): number {
    return this.#count + (this.#begun.stdout ? 1 : 0) + (this.#begun.stderr ? 1 : 0);
  }
  /** Lines that change no more. */
  get complete(): number {
    return this.#count;
  }
  get length(): number {
    return this.#length;
  }
  get attempt(): number {
    return this.#attempt;
  }
  /** Index of the first line on stderr; -1: there is none. */
  get firstStderr(): number {
    return this.#firstStderr;
  }
  /** Indexes of the lines at which attempts begin, for attempts after the first that is held. */
  get attemptLines(): { attempt: number; line: number }[] {
    return [...this.#marks].flatMap(([line, { kind, attempt }]) => (kind === "attempt" ? [{ attempt, line }] : []));
  }

  add({ attempt, stream, gapBytes, text }: Piece): void {
    if (attempt !== this.#attempt) {
      this.end();
      if (this.#attempt > 0) this.#mark({ kind: "attempt", text: "", stream, attempt, bytes: 0 });
      this.#attempt = attempt;
    }
    if (gapBytes > 0) {
      this.end();
      this.missingBytes += gapBytes;
      this.#mark({ kind: "gap", text: "", stream, attempt, bytes: gapBytes });
    }
    if (text === "") return;
    this.#length += text.length;
    const end = text.lastIndexOf("\n") + 1;
    if (end > 0) {
      const whole = this.#begun[stream] + text.slice(0, end);
      this.#begun[stream] = "";
      this.#write(whole, stream);
    }
    if (end < text.length) this.#begin(stream, text.slice(end));
  }

  /** Nothing more comes of what was begun. */
  end(): void {
    for (const stream of ["stdout", "stderr"] as const) {
      const rest = this.#begun[stream];
      this.#begun[stream] = "";
      if (rest) this.#write(`${rest}\n`, stream);
    }
  }

  line(index: number): Line {
    const mark = this.#marks.get(index);
    if (mark) return mark;
    if (index >= this.#count) {
      const stream = index === this.#count && this.#begun.stdout ? "stdout" : "stderr";
      return { kind: "text", text: this.#begun[stream], stream, attempt: this.#attempt, bytes: 0 };
    }
    const stream = (this.#flags[index] as number) & flag.stderr ? "stderr" : "stdout";
    return { kind: "text", text: this.text(index), stream, attempt: 0, bytes: 0 };
  }

  /** A line's text alone: what searching reads. */
  text(index: number): string {
    if (index >= this.#count) return this.line(index).text;
    if ((this.#flags[index] as number) & flag.mark) return "";
    const block = this.#blockOf(index);
    const last = this.#blocks[block + 1]?.firstLine ?? this.#count;
    const { text } = this.#blocks[block] as Block;
    const end = index + 1 < last ? (this.#starts[index + 1] as number) : text.length;
    return text.slice(this.#starts[index], end - 1);
  }

  /** Complete lines from one on, as far as they stand in one text: none are left where it is empty. */
  chunk(from: number): { text: string; lines: number } {
    if (from >= this.#count) return { text: "", lines: 0 };
    const block = this.#blockOf(from);
    const last = this.#blocks[block + 1]?.firstLine ?? this.#count;
    return { text: (this.#blocks[block] as Block).text.slice(this.#starts[from]), lines: last - from };
  }

  #begin(stream: Stream, text: string) {
    let begun = this.#begun[stream] + text;
    while (begun.length > longest) {
      // A progress bar writes over itself: what it wrote before is of no use.
      const back = begun.lastIndexOf("\r", begun.length - 2);
      if (back > 0) {
        begun = begun.slice(back + 1);
        continue;
      }
      this.#write(`${begun.slice(0, longest)}\n`, stream);
      begun = begun.slice(longest);
    }
    this.#begun[stream] = begun;
  }

  /** Of complete lines only. */
  #write(text: string, stream: Stream) {
    let block = this.#blocks.at(-1);
    if (!block || block.text.length + text.length > blockLength) {
      block = { firstLine: this.#count, text: "" };
      this.#blocks.push(block);
    }
    if (stream === "stderr" && this.#firstStderr < 0) this.#firstStderr = this.#count;
    const base = block.text.length;
    block.text += text;
    for (let at = 0; at < text.length; ) {
      this.#push(base + at, stream === "stderr" ? flag.stderr : 0);
      at = text.indexOf("\n", at) + 1;
    }
  }

  #mark(line: Line) {
    this.#marks.set(this.#count, line);
    const block = this.#blocks.at(-1) ?? { firstLine: this.#count, text: "" };
    if (this.#blocks.length === 0) this.#blocks.push(block);
    this.#push(block.text.length, flag.mark | (line.stream === "stderr" ? flag.stderr : 0));
    block.text += "\n";
  }

  #push(start: number, flags: number) {
    if (this.#count === this.#starts.length) {
      const starts = new Uint32Array(this.#count * 2);
      starts.set(this.#starts);
      this.#starts = starts;
      const more = new Uint8Array(this.#count * 2);
      more.set(this.#flags);
      this.#flags = more;
    }
    this.#starts[this.#count] = start;
    this.#flags[this.#count] = flags;
    this.#count++;
  }

  #blockOf(index: number): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#blocks[middle] as Block).firstLine <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
