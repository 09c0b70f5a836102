// The store on SQLite in a worker thread, so that neither a slow query nor retention delays anything here: this side only
// hands calls over and waits for their answers.
import { existsSync } from "node:fs";
import { Worker, type WorkerOptions } from "node:worker_threads";
import type { Clock } from "../../clock.ts";
import { type Store, StoreUnavailableError } from "../store.ts";
import { type Answer, type Call, makeAgain, type WorkerData } from "./wire.ts";

export interface SqliteStoreOptions {
  file: string;
  /** The store's clock: sessions live and end by it. */
  clock: Pick<Clock, "now">;
  /** The thread has died, and not because it was closed: nothing works any more until the store is opened again. */
  onDeath?: (err: Error) => void;
  /** The worker's program; by default store-worker.js beside the bundle. */
  workerUrl?: URL;
  /** Starts the thread; for tests that want to kill it. */
  startWorker?: (url: URL, options: WorkerOptions) => Worker;
}

interface Pending {
  resolve(value: unknown): void;
  reject(err: Error): void;
}

/**
 * Opens the store in a worker. Throws errors with code store_corrupt (damaged or not ours), store_newer (written by a newer
 * program) or store_unavailable (can't be opened now). Should the worker die, every call rejects with
 * StoreUnavailableError, and `onDeath` is told: the process can't go on without its store and should end.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { file, clock, onDeath, workerUrl = bundledWorker() } = options;
  const startWorker = options.startWorker ?? ((url, given) => new Worker(url, given));
  const worker = startWorker(workerUrl, {
    workerData: { file, now: clock.now() } satisfies WorkerData,
    name: "store",
    // Answers are short-lived and small; the default nursery would cost tens of megabytes.
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  });
  const pending = new Map<number, Pending>();
  let lastId = 0;
  let dead: Error | null = null;
  let closing: Promise<void> | null = null;
  let opened = false;

  const die = (cause: Error) => {
    if (dead) return;
    dead = cause;
    for (const { reject } of pending.values())
      reject(new StoreUnavailableError("the store's thread ended; what it was doing is unknown", { cause }));
    pending.clear();
    if (opened && closing === null)
      onDeath?.(
        new StoreUnavailableError(`the store's thread died (${cause.message}); its file is ${file}`, { cause }),
      );
  };

  const methods = await new Promise<string[]>((resolve, reject) => {
    worker.on("message", (message: Answer) => {
      if (message.type === "ready") return resolve(message.methods);
      if (message.type === "failed") return reject(makeAgain(message.error));
      const caller = pending.get(message.id);
      pending.delete(message.id);
      if (message.type === "value") caller?.resolve(message.value);
      else caller?.reject(makeAgain(message.error));
    });
    worker.on("error", (err) => {
      die(err as Error);
      reject(err);
    });
    worker.on("exit", (code) => {
      const err = new Error(`the store's thread exited with code ${code}`);
      die(err);
      reject(err);
    });
  }).catch(async (err: unknown) => {
    await worker.terminate();
    throw err;
  });
  opened = true;

  const call = (method: string, args: unknown[]): Promise<unknown> => {
    if (closing !== null) return Promise.reject(new StoreUnavailableError("the store is closed"));
    if (dead)
      return Promise.reject(new StoreUnavailableError(`the store's thread died (${dead.message})`, { cause: dead }));
    return ask(method, args);
  };
  const ask = (method: string, args: unknown[]) =>
    new Promise<unknown>((resolve, reject) => {
      const id = ++lastId;
      pending.set(id, { resolve, reject });
      worker.postMessage({ id, method, args, now: clock.now() } satisfies Call);
    });
  const close = async () => {
    if (!dead) await ask("close", []);
    await worker.terminate();
  };

  const store = Object.fromEntries(methods.map((method) => [method, (...args: unknown[]) => call(method, args)]));
  store.close = () => {
    closing ??= close();
    return closing;
  };
  return store as unknown as Store;
}

/** The bundle may be the program's main file or a chunk of it, one directory further down. */
function bundledWorker(): URL {
  const beside = new URL("./store-worker.js", import.meta.url);
  return existsSync(beside) ? beside : new URL("../store-worker.js", import.meta.url);
}
