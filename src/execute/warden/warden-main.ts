// The warden: a small process beside the node that spawns its commands and sees to their end, also when the node can't.
// Spawning copies the page tables of whoever does it, so this stays tiny: its own bundle, loading next to nothing.
// Frames come in on fd 0 and go out on fd 3; the standard output of a Node process would block on a slow reader.
import { Socket } from "node:net";
import { uptime } from "node:os";
import { systemClock as clock } from "../../clock.ts";
import { signalProcess } from "../processes.ts";
import { createFrameReader, encodeFrame } from "./frames.ts";
import { startHeir } from "./heir.ts";
import { announceDeath } from "./last-will.ts";
import type { FromWarden, StartFrame, ToWarden, WardenLimits, WillFrame } from "./protocol.ts";
import { SupervisedCommand, type Surroundings } from "./supervised-command.ts";
import { createSweeper } from "./sweeper.ts";

const beatMs = 1_000;
/** What was read lives outside V8's heap, whose own measure would let tens of megabytes of it pile up. */
const reclaimBytes = 4 * 1024 * 1024;
const congestedBytes = 1024 * 1024;
/** Once the node is gone: TERM, then KILL, then this process ends, whatever is left. */
const lastGraceMs = 2_000;
const lastWordMs = 2_900;

const limits = JSON.parse(process.argv[2] ?? "{}") as WardenLimits;
const silentBeats = Math.max(2, Math.round((limits.nodeSilenceMs ?? 10_000) / beatMs));

const input = new Socket({ fd: 0, readable: true, writable: false });
const output = new Socket({ fd: 3, readable: false, writable: true });
const commands = new Map<number, SupervisedCommand>();
const waitingForRoom: (() => void)[] = [];
let missedBeats = 0;
let unreclaimed = 0;
let isNodeGone = false;
let isCorked = false;
const nodePid = process.ppid;
const heir = limits.heir?.length ? startHeir(limits.heir, nodePid, clock) : null;
let will: WillFrame["will"] = null;
let cancelLastWord = () => {};

const hasRoom = () => isNodeGone || output.writableLength < congestedBytes;

function send(frame: FromWarden, body?: Uint8Array) {
  if (isNodeGone) return;
  // What one turn of the loop has to say goes out in one write: in a burst that is a tenth of the time.
  if (!isCorked) {
    isCorked = true;
    output.cork();
    setImmediate(() => {
      isCorked = false;
      output.uncork();
    });
  }
  output.write(encodeFrame(frame, body));
}

function serveWaiting() {
  while (waitingForRoom.length > 0 && hasRoom()) waitingForRoom.shift()!();
}

const sweeper = createSweeper(clock, (runId, pids) => send({ t: "stray", runId, pids }));
const surroundings: Surroundings = {
  clock,
  uptimeMs: () => uptime() * 1000,
  sweeper,
  memory: { left: limits.memoryBytes ?? 16 * 1024 * 1024 },
  hasRoom,
  wrote(bytes) {
    unreclaimed += bytes;
    if (unreclaimed < reclaimBytes) return;
    unreclaimed = 0;
    globalThis.gc?.({ type: "minor" });
  },
  whenRoom(fn) {
    waitingForRoom.push(fn);
    serveWaiting();
  },
  send,
  onOver(id) {
    commands.delete(id);
    if (isNodeGone && commands.size === 0) void leave();
  },
};

function start(frame: StartFrame, stdin: Buffer) {
  const fail = (code: string, message: string) => send({ t: "failed", id: frame.id, code, message });
  if (frame.deadline && surroundings.uptimeMs() >= frame.deadline.termAtMs)
    return fail("DEADLINE", "the node may no longer start it: its session's trust has ended");
  try {
    const command = new SupervisedCommand(frame, stdin, surroundings);
    commands.set(frame.id, command);
  } catch (err) {
    fail((err as NodeJS.ErrnoException).code ?? "UNKNOWN", (err as Error).message);
  }
}

/** Ends everything and then this process. Nothing is said to the node any more: there is nobody to hear it. */
function endAll() {
  if (isNodeGone) return;
  isNodeGone = true;
  serveWaiting();
  if (commands.size === 0) return void leave();
  for (const command of commands.values()) command.end("request", lastGraceMs);
  cancelLastWord = clock.after(lastWordMs, () => {
    for (const command of commands.values()) signalProcess(-command.group, "SIGKILL");
    process.exit(1);
  });
}

/** Nothing runs any more. */
async function leave() {
  cancelLastWord();
  heir?.dismiss();
  // A parent that died isn't this process's parent any more.
  if (will) await announceDeath(will, { clock, isNodeGone: () => process.ppid !== nodePid });
  process.exit(0);
}

/** The node has said goodbye, or whoever stops it sees to this process too: there is nothing to announce. */
function endQuietly() {
  will = null;
  endAll();
}

function obey(frame: ToWarden, body: Buffer) {
  missedBeats = 0;
  if (isNodeGone) return;
  if (frame.t === "start") start(frame, body);
  else if (frame.t === "end") commands.get(frame.id)?.end("request", frame.graceMs);
  else if (frame.t === "deadline") commands.get(frame.id)?.setDeadline(frame.deadline);
  else if (frame.t === "will") will = frame.will;
  else if (frame.t === "close") endQuietly();
}

// Beats are counted, not timed: after a suspend, or a stop of this process, no time has passed unheard.
function beat() {
  clock.after(beatMs, beat);
  if (++missedBeats > silentBeats) endAll();
  send({ t: "beat" });
  for (const command of commands.values()) command.checkDeadline();
}

const read = createFrameReader<ToWarden>(obey);
input.on("data", (chunk: Buffer) => read(chunk));
input.on("error", endAll);
input.on("close", endAll);
output.on("error", endAll);
output.on("drain", serveWaiting);
process.on("SIGTERM", endQuietly);
// A terminal's Ctrl-C is meant for the node, which knows what to do first.
process.on("SIGINT", () => {});
process.on("SIGHUP", () => {});
send({ t: "hello", pid: process.pid });
clock.after(beatMs, beat);
