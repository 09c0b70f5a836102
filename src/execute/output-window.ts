// Keeps the head and the tail of an attempt's output within a fixed number of bytes, however much is written.
// The head is forwarded while it comes; what follows goes round in a ring until the end. A reader that can't keep up
// costs output (a gap), never memory, and never the writer's time.
import type { OutputPiece } from "./executor.ts";

const firstRing = 16 * 1024;
/** First rings of attempts that are over, for the next ones: many short attempts make no garbage. */
const freeRings: Buffer<ArrayBuffer>[] = [];
const mostFreeRings = 64;
const largestPiece = 64 * 1024;
/** Two streams that alternate byte by byte must not cost an object for each byte of the ring. */
const mostSegments = 4096;

/** What the rings of one process may take together; one that can't grow keeps a shorter tail. */
export interface MemoryBudget {
  left: number;
}

export interface OutputWindowOptions {
  maxBytes: number;
  memory: MemoryBudget;
  /** False: the reader has enough to do; nothing is forwarded until flush() is called again. */
  canForward(): boolean;
  forward(piece: OutputPiece): void;
}

export class OutputWindow {
  readonly #options: OutputWindowOptions;
  readonly #limit: number;
  #headLeft: number;
  #ring = Buffer.alloc(0);
  #start = 0;
  #length = 0;
  #segments: { stream: OutputPiece["stream"]; length: number }[] = [];
  /** Bytes of the attempt's output before what is held. */
  #offset = 0;
  #gap = 0;
  #dropped = 0;

  constructor(options: OutputWindowOptions) {
    this.#options = options;
    const maxBytes = Math.max(2, options.maxBytes);
    this.#limit = Math.floor(maxBytes / 2);
    this.#headLeft = maxBytes - this.#limit;
  }

  /** Bytes written so far, kept or not. */
  get totalBytes(): number {
    return this.#offset + this.#length;
  }
  get truncated(): boolean {
    return this.#dropped > 0;
  }
  /** Bytes that flush() would forward now. */
  get pending(): number {
    return Math.min(this.#length, this.#headLeft);
  }

  push(stream: OutputPiece["stream"], data: Uint8Array): void {
    for (let at = 0; at < data.length; ) {
      const left = data.length - at;
      if (this.#length + left > this.#ring.length) this.#makeRoom(left);
      const count = Math.min(left, this.#ring.length - this.#length);
      this.#append(stream, data.subarray(at, at + count));
      at += count;
    }
  }

  /** Forwards what belongs to the head, as far as the reader takes it. */
  flush(): void {
    while (this.#headLeft > 0 && this.#length > 0 && this.#options.canForward())
      this.#headLeft -= this.#take(this.#headLeft);
  }

  /** Forwards all that is held, wanted or not, and gives the memory back. */
  finish(): void {
    while (this.#length > 0) this.#take(largestPiece);
    this.#options.memory.left += this.#ring.length;
    if (this.#ring.length === firstRing && freeRings.length < mostFreeRings) freeRings.push(this.#ring);
    this.#ring = Buffer.alloc(0);
  }

  #makeRoom(wanted: number): void {
    this.flush();
    // Everybody gets the first ring; more only while there is memory to share.
    if (this.#ring.length === 0) this.#grow(Math.min(firstRing, this.#limit));
    // While the head lasts the ring is only a batch on its way out.
    const isBatch = this.#headLeft > 0 && this.#options.canForward();
    const target = isBatch ? 0 : Math.min(this.#limit, this.#length + wanted);
    let size = this.#ring.length;
    while (size < target) size = Math.min(this.#limit, size * 2);
    if (size - this.#ring.length <= this.#options.memory.left) this.#grow(size);
    if (this.#length === this.#ring.length) this.#drop(Math.min(wanted, this.#length));
  }

  #grow(size: number): void {
    if (size === this.#ring.length) return;
    this.#options.memory.left -= size - this.#ring.length;
    const ring = (size === firstRing && freeRings.pop()) || Buffer.allocUnsafeSlow(size);
    const first = Math.min(this.#length, this.#ring.length - this.#start);
    this.#ring.copy(ring, 0, this.#start, this.#start + first);
    this.#ring.copy(ring, first, 0, this.#length - first);
    this.#ring = ring;
    this.#start = 0;
  }

  #append(stream: OutputPiece["stream"], data: Uint8Array): void {
    const end = (this.#start + this.#length) % this.#ring.length;
    const first = Math.min(data.length, this.#ring.length - end);
    this.#ring.set(data.subarray(0, first), end);
    this.#ring.set(data.subarray(first), 0);
    this.#length += data.length;
    const last = this.#segments.at(-1);
    if (last?.stream === stream) last.length += data.length;
    else this.#segments.push({ stream, length: data.length });
    if (this.#segments.length > mostSegments) {
      this.flush();
      if (this.#segments.length > mostSegments)
        this.#drop(this.#segments.slice(0, mostSegments / 4).reduce((sum, segment) => sum + segment.length, 0));
    }
  }

  /** Forwards one piece from the front, at most `most` bytes; resolves to its size. */
  #take(most: number): number {
    const segment = this.#segments[0]!;
    const count = Math.min(most, segment.length, largestPiece);
    const data = Buffer.allocUnsafe(count);
    const first = Math.min(count, this.#ring.length - this.#start);
    this.#ring.copy(data, 0, this.#start, this.#start + first);
    this.#ring.copy(data, first, 0, count - first);
    const piece = { stream: segment.stream, offset: this.#offset, gapBytes: this.#gap, data };
    this.#gap = 0;
    this.#skip(count);
    this.#options.forward(piece);
    return count;
  }

  #drop(count: number): void {
    this.#gap += count;
    this.#dropped += count;
    this.#skip(count);
  }

  #skip(count: number): void {
    this.#offset += count;
    this.#length -= count;
    this.#start = this.#length === 0 ? 0 : (this.#start + count) % this.#ring.length;
    let done = 0;
    for (let left = count; left > 0; ) {
      const segment = this.#segments[done]!;
      const part = Math.min(left, segment.length);
      segment.length -= part;
      left -= part;
      if (segment.length === 0) done++;
    }
    if (done > 0) this.#segments.splice(0, done);
  }
}
