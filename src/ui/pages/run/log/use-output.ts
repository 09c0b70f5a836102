// A run's output as it is read, for the parts of the page that show it: they are drawn anew ten times a
// second, however much comes.
import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { ApiError } from "../../../api/call.ts";
import { later, now } from "../../../lib/clock.ts";
import { LogBook, type Stream } from "./log-book.ts";
import { LogSearch } from "./log-search.ts";
import { type OutputState, readOutput } from "./output-stream.ts";

const restMs = 100;

export class OutputModel {
  readonly book = new LogBook();
  readonly search: LogSearch;
  state: OutputState = "reading";
  error: ApiError | null = null;
  version = 0;
  readonly #runId: string;
  readonly #stream: Stream | "";
  #lastId: string | null = null;
  readonly #watchers = new Set<() => void>();
  #drawing = false;
  #drawnAt = 0;

  constructor(runId: string, stream: Stream | "") {
    this.#runId = runId;
    this.#stream = stream;
    this.search = new LogSearch(this.book, () => this.#changed());
  }

  /**
   * Reads while the page is looked at: a browser has six connections to a server, and each hidden tab would hold one.
   * Answers what ends it.
   */
  open(): () => void {
    let reading: AbortController | null = null;
    const look = () => {
      if (document.hidden) {
        reading?.abort();
        reading = null;
      } else if (!reading && (this.state === "reading" || this.state === "waiting")) {
        reading = new AbortController();
        void this.#read(reading.signal);
      }
    };
    document.addEventListener("visibilitychange", look);
    look();
    return () => {
      document.removeEventListener("visibilitychange", look);
      reading?.abort();
      this.search.stop();
    };
  }

  #read(signal: AbortSignal): Promise<void> {
    return readOutput(
      this.#runId,
      this.#stream,
      {
        after: this.#lastId,
        onPiece: (piece, id) => {
          // What was already on its way when reading was given up will be read again.
          if (signal.aborted) return;
          this.#lastId = id;
          this.book.add(piece);
          this.#changed();
        },
        onState: (state, error) => {
          if (state === "over") this.book.end();
          this.state = state;
          this.error = error ?? null;
          this.#changed();
        },
      },
      signal,
    );
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  };

  #changed() {
    if (this.#drawing) return;
    this.#drawing = true;
    later(Math.max(0, this.#drawnAt + restMs - now()), () =>
      requestAnimationFrame(() => {
        this.#drawing = false;
        this.#drawnAt = now();
        this.version++;
        this.search.goOn();
        for (const watcher of this.#watchers) watcher();
      }),
    );
  }
}

export function useOutput(runId: string, stream: Stream | ""): OutputModel {
  const model = useMemo(() => new OutputModel(runId, stream), [runId, stream]);
  useEffect(() => model.open(), [model]);
  useSyncExternalStore(model.watch, () => model.version);
  return model;
}
