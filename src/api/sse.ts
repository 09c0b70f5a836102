// Server-sent events (WHATWG HTML, 9.2) over a raw response: heartbeats so that proxies keep the line open, and a bound on
// what is held for a reader that doesn't read.
import type { FastifyReply } from "fastify";
import type { Clock } from "../clock.ts";

export interface EventStream {
  /** Aborts when the reader is gone, the server closes, or the stream was cut or ended. */
  readonly closed: AbortSignal;
  /** False: nothing more is taken (closed, or cut for being slow). */
  send(event: { event: string; data: unknown; id?: string }): boolean;
  /** Resolves when the reader has caught up, or the stream is closed. A reader that takes longer than a minute is cut. */
  drained(): Promise<void>;
  end(): void;
}

export interface Streams {
  open(reply: FastifyReply): EventStream;
  /** How many are open. */
  count(): number;
  /** Tells every reader and ends all; none is opened after. */
  close(): void;
}

const heartbeatMs = 15_000;
const stallMs = 60_000;
/** Held for a reader at most; then it is cut and may resume from the last id it got. */
const maxHeldBytes = 1024 * 1024;

export function createStreams(clock: Clock): Streams {
  const open = new Map<EventStream, (event: string, reason: string) => void>();
  let closing = false;

  return {
    open(reply) {
      const raw = reply.raw;
      const over = new AbortController();
      let stopBeat = () => {};
      // Taken from fastify with the headers that hooks have set so far.
      for (const [name, value] of Object.entries(reply.getHeaders()))
        if (value !== undefined) raw.setHeader(name, value);
      reply.hijack();
      raw.writeHead(200, {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      });
      raw.write("retry: 2000\n\n");

      const finish = () => {
        if (over.signal.aborted) return;
        over.abort(new Error("event stream closed"));
        stopBeat();
        open.delete(stream);
      };
      const end = () => {
        if (over.signal.aborted) return;
        finish();
        raw.end();
        // A reader that doesn't read never lets the response finish by itself.
        const stop = clock.after(1000, () => raw.destroy());
        raw.once("close", stop);
      };
      const cut = (event: string, reason: string) => {
        if (over.signal.aborted) return;
        raw.write(`event: ${event}\ndata: ${JSON.stringify({ reason })}\n\n`);
        end();
      };
      const beat = () => {
        stopBeat = clock.after(heartbeatMs, () => {
          if (raw.writableLength > maxHeldBytes) return cut("cut", "slow_reader");
          raw.write(": still here\n\n");
          beat();
        });
      };
      const stream: EventStream = {
        closed: over.signal,
        send({ event, data, id }) {
          if (over.signal.aborted) return false;
          if (raw.writableLength > maxHeldBytes) {
            cut("cut", "slow_reader");
            return false;
          }
          // JSON has no line break outside of escapes, so one data line is enough.
          raw.write(`${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
          return true;
        },
        drained() {
          if (over.signal.aborted || !raw.writableNeedDrain) return Promise.resolve();
          return new Promise<void>((resolve) => {
            const stop = clock.after(stallMs, () => cut("cut", "slow_reader"));
            const done = () => {
              stop();
              raw.off("drain", done);
              over.signal.removeEventListener("abort", done);
              resolve();
            };
            raw.once("drain", done);
            over.signal.addEventListener("abort", done, { once: true });
          });
        },
        end,
      };
      raw.once("close", finish);
      raw.on("error", finish);
      open.set(stream, cut);
      if (closing) cut("closing", "server_closing");
      else beat();
      return stream;
    },
    count: () => open.size,
    close() {
      closing = true;
      for (const cut of [...open.values()]) cut("closing", "server_closing");
    },
  };
}
