// Reads a run's output as the server sends it: from the beginning, then live, and on from the last piece after the line
// broke or the server was away. By hand instead of an EventSource, which gives up for good on an answer that is no stream.
import { ApiError, apiUrl, part } from "../../../api/call.ts";
import type { Problem } from "../../../api/types.ts";
import { later, now } from "../../../lib/clock.ts";
import type { Piece, Stream } from "./log-book.ts";

export interface OutputReader {
  /** Where to go on; null: from the beginning. */
  after: string | null;
  /** `id`: from where reading goes on after it. */
  onPiece(piece: Piece, id: string | null): void;
  /** reading: what there is, and what comes; waiting: for the server; over: nothing more will come. */
  onState(state: OutputState, error?: ApiError): void;
}
export type OutputState = "reading" | "waiting" | "over" | "failed";

/** The page gets its turn after so long. */
const sliceMs = 25;
const firstRetryMs = 1000;
const lastRetryMs = 8000;

const rest = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const stop = later(ms, done);
    function done() {
      stop();
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done, { once: true });
  });

/** Resolves when the run's output is over, reading was given up, or the signal was. */
export async function readOutput(
  runId: string,
  stream: Stream | "",
  { after, onPiece, onState }: OutputReader,
  signal: AbortSignal,
): Promise<void> {
  let lastId = after;
  let retryMs = firstRetryMs;
  while (!signal.aborted) {
    try {
      const response = await fetch(apiUrl(`/runs/${part(runId)}/output`, { stream }), {
        headers: { accept: "text/event-stream", ...(lastId === null ? {} : { "last-event-id": lastId }) },
        credentials: "same-origin",
        signal,
      });
      if (!response.ok || !response.body) throw await problemOf(response);
      onState("reading");
      for await (const { event, id, data } of eventsOf(response.body, signal)) {
        retryMs = firstRetryMs;
        if (event === "end") return onState("over");
        if (event !== "output") continue;
        if (id !== null) lastId = id;
        onPiece(JSON.parse(data) as Piece, lastId);
      }
    } catch (err) {
      if (signal.aborted) return;
      // The server's word that there is nothing here for us.
      if (err instanceof ApiError && err.status >= 400 && err.status < 500 && err.status !== 429)
        return onState("failed", err);
    }
    if (signal.aborted) return;
    onState("waiting");
    await rest(retryMs, signal);
    retryMs = Math.min(lastRetryMs, retryMs * 2);
  }
}

async function problemOf(response: Response) {
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  return new ApiError(response.status, problem, response.headers.get("retry-after"));
}

interface StreamEvent {
  event: string;
  id: string | null;
  data: string;
}

/** Server-sent events (WHATWG HTML, 9.2.6) as our server writes them: one data line, ended by "\n\n". */
async function* eventsOf(body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<StreamEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let held = "";
  let sliceEnds = now() + sliceMs;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    held += decoder.decode(value, { stream: true });
    let at = 0;
    for (let end = held.indexOf("\n\n"); end >= 0; end = held.indexOf("\n\n", at)) {
      const event = toEvent(held.slice(at, end));
      at = end + 2;
      if (event) yield event;
      if (now() >= sliceEnds) {
        await rest(0, signal);
        sliceEnds = now() + sliceMs;
      }
    }
    held = held.slice(at);
  }
}

function toEvent(text: string): StreamEvent | null {
  const found: StreamEvent = { event: "message", id: null, data: "" };
  for (const line of text.split("\n")) {
    const colon = line.indexOf(": ");
    const value = line.slice(colon + 2);
    if (line.startsWith("event: ")) found.event = value;
    else if (line.startsWith("id: ")) found.id = value;
    else if (line.startsWith("data: ")) found.data = value;
  }
  return found.data === "" ? null : found;
}
