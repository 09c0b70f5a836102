// Reads a run's output from the store piece by piece, never the whole of it at once.
import { StringDecoder } from "node:string_decoder";
import { isFinal } from "../model/run.ts";
import type { OutputChunk, Store } from "../store/store.ts";
import type { ApiDeps } from "./deps.ts";
import type { EventStream } from "./sse.ts";

type Reader = Pick<Store, "readOutput" | "tailOutput" | "getRun">;
type Only = "stdout" | "stderr" | undefined;

const chunksAtOnce = 64;
/** Output that another scheduler recorded makes no event here. */
const lookAgainMs = 2000;

const gapText = (bytes: number) => Buffer.from(`\n… ${bytes} bytes left out …\n`);

export async function* readAll(store: Reader, runId: string, only: Only): AsyncGenerator<Buffer> {
  let after: number | null = null;
  for (;;) {
    const chunks: OutputChunk[] = await store.readOutput(runId, after, chunksAtOnce, only);
    for (const chunk of chunks) yield asBytes(chunk);
    if (chunks.length < chunksAtOnce) return;
    after = (chunks.at(-1) as OutputChunk).position;
  }
}

function asBytes(chunk: OutputChunk): Buffer {
  const data = Buffer.from(chunk.data);
  return chunk.gapBytes > 0 ? Buffer.concat([gapText(chunk.gapBytes), data]) : data;
}

/** The last lines, as the chunks that hold them; the first is cut at a line's start. */
async function lastChunks(store: Reader, runId: string, lines: number, only: Only): Promise<OutputChunk[]> {
  if (lines === 0) return [];
  for (let bytes = 16 * 1024; ; bytes *= 4) {
    const chunks = await store.tailOutput(runId, bytes, only);
    const cut = cutToLines(chunks, lines);
    const size = chunks.reduce((sum, chunk) => sum + chunk.data.length, 0);
    if (cut !== null || size < bytes) return cut ?? chunks;
  }
}

/** null: there are not that many lines in them. */
function cutToLines(chunks: OutputChunk[], lines: number): OutputChunk[] | null {
  let breaks = 0;
  for (let i = chunks.length - 1; i >= 0; i--) {
    const { data } = chunks[i] as OutputChunk;
    for (let at = data.length - 1; at >= 0; at--) {
      const isLast = i === chunks.length - 1 && at === data.length - 1;
      if (data[at] !== 10 || isLast || ++breaks < lines) continue;
      const first = { ...(chunks[i] as OutputChunk), data: data.subarray(at + 1), gapBytes: 0 };
      return [...(first.data.length ? [first] : []), ...chunks.slice(i + 1)];
    }
  }
  return null;
}

export async function tailLines(store: Reader, runId: string, lines: number, only: Only): Promise<Tail> {
  const chunks = await lastChunks(store, runId, lines, only);
  const newest = lines === 0 ? ((await store.tailOutput(runId, 1, only)).at(-1)?.position ?? null) : null;
  return Object.assign(chunks.map(asBytes), { chunks, after: chunks.at(-1)?.position ?? newest });
}
/** Bytes to send, the chunks they are of, and the position after which output goes on. */
type Tail = Buffer[] & { chunks: OutputChunk[]; after: number | null };

/** Sends what there is and what comes, then an event `end` when the run is over. Resolves when the stream is closed. */
export async function followOutput(
  { store, events, clock }: Pick<ApiDeps, "store" | "events" | "clock">,
  how: { runId: string; stream: EventStream; only: Only; from: number | null; tail: Tail | null },
): Promise<void> {
  const { runId, stream, only } = how;
  const decoders = new Map<string, StringDecoder>();
  let wake = () => {};
  let woken = false;
  const { stop } = events.subscribe(null, ({ event }) => {
    if ((event.type === "output" && event.runId === runId) || (event.type === "run" && event.change.runId === runId)) {
      woken = true;
      wake();
    }
  });
  const rest = () =>
    new Promise<void>((resolve) => {
      const cancel = clock.after(lookAgainMs, done);
      function done() {
        cancel();
        stream.closed.removeEventListener("abort", done);
        wake = () => {};
        resolve();
      }
      stream.closed.addEventListener("abort", done, { once: true });
      wake = done;
      if (woken || stream.closed.aborted) done();
    });

  /** Resolves when the reader has room for the next: what is held for it is bounded, and past that it would be cut. */
  async function send(chunk: OutputChunk): Promise<void> {
    // A character may lie across two pieces of one stream.
    const key = `${chunk.attempt} ${chunk.stream}`;
    const decoder = decoders.get(key) ?? new StringDecoder("utf8");
    decoders.set(key, decoder);
    const { attempt, stream: name, offset, gapBytes, at } = chunk;
    const text = decoder.write(Buffer.from(chunk.data));
    // Only a part of a character so far: who resumes from the id before gets it whole.
    if (text === "" && gapBytes === 0) return;
    const data = { attempt, stream: name, offset, gapBytes, at: new Date(at).toISOString(), text };
    stream.send({ event: "output", id: String(chunk.position), data });
    await stream.drained();
  }

  try {
    let after = how.from;
    if (how.tail && after === null) {
      for (const chunk of how.tail.chunks) await send(chunk);
      after = how.tail.after;
    }
    while (!stream.closed.aborted) {
      woken = false;
      // The state first: whatever was written before the end is then read below.
      const run = await store.getRun(runId);
      for (let full = true; full && !stream.closed.aborted; ) {
        const chunks: OutputChunk[] = await store.readOutput(runId, after, chunksAtOnce, only);
        for (const chunk of chunks) await send(chunk);
        after = chunks.at(-1)?.position ?? after;
        full = chunks.length === chunksAtOnce;
      }
      if (run === null || isFinal(run.state)) {
        stream.send({ event: "end", data: { id: runId, state: run?.state ?? null, reason: run?.reason ?? null } });
        return;
      }
      await rest();
    }
  } finally {
    stop();
    stream.end();
  }
}
