// A run's output as it is read, for the parts of the page that show it: they are drawn anew once a frame, however much came.
import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { ApiError } from "../../../api/call.ts";
import { LogBook, type Stream } from "./log-book.ts";
import { LogSearch } from "./log-search.ts";
import { type OutputState, readOutput } from "./output-stream.ts";

export class OutputModel {
  readonly book = new LogBook();
  readonly search: LogSearch;
  state: OutputState = "reading";
  error: ApiError | null = null;
  version = 0;
  readonly #runId: string;
  readonly #stream: Stream | "";
  readonly #watchers = new Set<() => void>();
  #drawing = false;

  constructor(runId: string, stream: Stream | "") {
    this.#runId = runId;
    this.#stream = stream;
    this.search = new LogSearch(this.book, () => this.#changed());
  }

  /** Answers what ends it. */
  open(): () => void {
    const over = new AbortController();
    void readOutput(
      this.#runId,
      this.#stream,
      {
        onPiece: (piece) => {
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
      over.signal,
    );
    return () => {
      over.abort();
      this.search.stop();
    };
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  };

  #changed() {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.version++;
      this.search.goOn();
      for (const watcher of this.#watchers) watcher();
    });
  }
}

export function useOutput(runId: string, stream: Stream | ""): OutputModel {
  const model = useMemo(() => new OutputModel(runId, stream), [runId, stream]);
  useEffect(() => model.open(), [model]);
  useSyncExternalStore(model.watch, () => model.version);
  return model;
}
