// What crosses between the thread that uses the store and the worker that runs it. Values are cloned by the platform;
// errors are taken apart here and made again on the other side, so that `instanceof` and `code` hold.
import { ConflictError, StaleTermError, StoreUnavailableError } from "../store.ts";

export interface WorkerData {
  file: string;
  now: number;
}

export interface Call {
  id: number;
  method: string;
  args: unknown[];
  /** The caller's clock: the worker has none of its own. */
  now: number;
}

export interface ErrorParts {
  kind: "stale" | "conflict" | "unavailable" | "other";
  code: string | null;
  message: string;
  stack: string | undefined;
}

export type Answer =
  | { type: "ready"; methods: string[] }
  | { type: "failed"; error: ErrorParts }
  | { type: "value"; id: number; value: unknown }
  | { type: "error"; id: number; error: ErrorParts };

export function takeApart(err: unknown): ErrorParts {
  const { code, message, stack } =
    err instanceof Error ? (err as Error & { code?: unknown }) : Object.assign(new Error(String(err)), { code: null });
  const kind =
    err instanceof StaleTermError
      ? "stale"
      : err instanceof ConflictError
        ? "conflict"
        : err instanceof StoreUnavailableError
          ? "unavailable"
          : "other";
  return { kind, code: typeof code === "string" ? code : null, message, stack };
}

export function makeAgain({ kind, code, message, stack }: ErrorParts): Error {
  const err =
    kind === "stale"
      ? new StaleTermError(message)
      : kind === "conflict"
        ? new ConflictError(code ?? "conflict", message)
        : kind === "unavailable"
          ? new StoreUnavailableError(message)
          : Object.assign(new Error(message), code === null ? {} : { code });
  if (stack) err.stack = stack;
  return err;
}
