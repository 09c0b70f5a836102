// The worker thread that owns the database: takes calls, answers them. Bundled alone as store-worker.js.
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../../clock.ts";
import { systemRandom } from "../../random.ts";
import type { Store } from "../store.ts";
import { openSqlite } from "./open-sqlite.ts";
import { type Answer, type Call, takeApart, type WorkerData } from "./wire.ts";

if (!parentPort) throw new Error("this is a worker thread's program; openSqliteStore starts it");
const port = parentPort;
const { file, now } = workerData as WorkerData;
const answer = (message: Answer) => port.postMessage(message);

/** The clock of whoever called last: the store has its time from the process that it belongs to. */
let callersNow = now;

try {
  const store = await openSqlite({
    file,
    clock: { now: () => callersNow, monotonic: systemClock.monotonic },
    random: systemRandom,
    // Lets every call that has arrived by now come in, so that their writes share a commit.
    gather: () => new Promise((resolve) => setImmediate(resolve)),
  });
  port.on("message", (call: Call) => {
    callersNow = call.now;
    void serve(store, call);
  });
  answer({ type: "ready", methods: Object.keys(store) });
} catch (err) {
  answer({ type: "failed", error: takeApart(err) });
}

async function serve(store: Store, { id, method, args }: Call) {
  try {
    const call = store[method as keyof Store] as (...args: unknown[]) => Promise<unknown>;
    answer({ type: "value", id, value: await call(...args) });
  } catch (err) {
    answer({ type: "error", id, error: takeApart(err) });
  }
}
