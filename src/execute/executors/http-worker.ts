// The program of the thread that makes the requests of HTTP jobs. Bundled alone as http-worker.js.
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../../clock.ts";
import type { OutputPiece, RunningAttempt } from "../executor.ts";
import { createHttpExecutor } from "./http.ts";
import { createPost, type HttpNews, type HttpOrder, type HttpThreadData } from "./http-wire.ts";

if (!parentPort) throw new Error("this is a thread's program; createHttpThread starts it");
const port = parentPort;
const { maxOutputBytes, deny } = workerData as HttpThreadData;
const executor = createHttpExecutor({ clock: systemClock, maxOutputBytes, deny });
const running = new Map<number, RunningAttempt>();
const say = createPost<HttpNews>((news) => port.postMessage(news), setImmediate);

port.on("message", (orders: HttpOrder[]) => {
  for (const order of orders) follow(order);
});

function follow(order: HttpOrder) {
  if (order.type === "start") start(order);
  else if (order.type === "end") running.get(order.id)?.end(order.how);
  else void executor.close().then(() => say({ type: "closed" }));
}

function start({ id, assignment, attempt }: Extract<HttpOrder, { type: "start" }>) {
  const output = (piece: OutputPiece) => say({ type: "output", id, piece: { ...piece, data: alone(piece.data) } });
  const request = executor.start({ assignment, attempt }, { output });
  running.set(id, request);
  void request.result.then((result) => {
    running.delete(id);
    say({ type: "over", id, result });
  });
}

/** A view would be cloned with the whole of the buffer that it is a part of. */
const alone = (data: Uint8Array) => (data.byteLength === data.buffer.byteLength ? data : new Uint8Array(data));
