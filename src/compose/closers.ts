// What a process has opened, closed in the reverse order; one that fails to close doesn't keep the others open.
import type { Log } from "../lib/log.ts";

export interface Closers {
  push(close: () => unknown): void;
  /** Safe to repeat. Never rejects. */
  closeAll(): Promise<void>;
}

export function createClosers(log: Log): Closers {
  const open: (() => unknown)[] = [];
  let closing: Promise<void> | null = null;

  async function closeInTurn() {
    for (let close = open.pop(); close; close = open.pop())
      try {
        await close();
      } catch (err) {
        log.error({ err }, "closing failed");
      }
  }

  return {
    push: (close) => void open.push(close),
    closeAll() {
      closing ??= closeInTurn();
      return closing;
    },
  };
}
