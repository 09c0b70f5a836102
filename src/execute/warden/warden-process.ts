// One warden as the node sees it: the process, the frames to and from it, and what becomes of its commands when it dies.
import type { Duplex, Writable } from "node:stream";
import { execa } from "execa";
import type { Clock } from "../../clock.ts";
import type { OutputPiece } from "../executor.ts";
import { signalProcess, startTimeOf } from "../processes.ts";
import { endSurvivors } from "../survivors.ts";
import { createFrameReader, encodeFrame } from "./frames.ts";
import type { Deadline, EndedFrame, FromWarden, StartFrame, ToWarden, WardenLimits, WillFrame } from "./protocol.ts";

const beatMs = 1_000;

export type CommandSpec = Omit<StartFrame, "t" | "id" | "hasStdin"> & { stdin: string | null };

export type CommandEnd =
  | (Pick<EndedFrame, "code" | "signal" | "by" | "leftBehind" | "stuckMs" | "outputBytes" | "truncated"> & {
      kind: "ended";
    })
  /** Nothing was spawned. `code` is the system's (ENOENT …), DEADLINE or NO_WARDEN. */
  | { kind: "failed"; code: string; message: string }
  /** The warden died or was given up; what it left has been ended, except for `remaining`. */
  | { kind: "lost"; message: string; wasSpawned: boolean; remaining: number[]; outputBytes: number };

export interface CommandListener {
  spawned(process: { pid: number; startTime: string }): void;
  output(piece: OutputPiece): void;
  /** Last call, exactly one. */
  over(end: CommandEnd): void;
}

/** Where the warden and its pool write what a person may want to know. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

interface Open {
  spec: CommandSpec;
  listener: CommandListener;
  pid: number | null;
  startTime: string | null;
  outputBytes: number;
}

export interface WardenProcess {
  readonly pid: number | undefined;
  /** Commands that it has. */
  readonly size: number;
  /** Resolves when it answers; rejects when it dies before. */
  readonly ready: Promise<void>;
  /** Resolves when the process has ended, before what it had is settled. Never rejects. */
  readonly died: Promise<void>;
  /** Resolves when it is gone and what it had is over. Never rejects. */
  readonly gone: Promise<void>;
  start(
    spec: CommandSpec,
    listener: CommandListener,
  ): { end(graceMs: number): void; setDeadline(deadline: Deadline | null): void };
  /** What it says when the node dies without a goodbye; null: nothing. */
  setWill(will: WillFrame["will"]): void;
  /** Ends its commands at once, then itself. */
  close(): void;
  /** Gives it up: KILL. */
  kill(why: string): void;
}

export interface WardenProcessOptions {
  clock: Clock;
  log: Log;
  wardenFile: string;
  /** As WardenPoolOptions has it; empty: none. */
  heir: string[];
  /** Of the warden itself; commands get their own. */
  env: Record<string, string>;
  /** A warden silent for so long is given up; a warden that doesn't hear the node for so long ends everything. */
  silenceMs: number;
}

export function startWardenProcess({
  clock,
  log,
  wardenFile,
  heir,
  env,
  silenceMs,
}: WardenProcessOptions): WardenProcess {
  const open = new Map<number, Open>();
  let lastId = 0;
  let missedBeats = 0;
  let isClosing = false;
  let isGone = false;
  let death = "";
  const hello = deferred();
  const died = deferred();
  const gone = deferred();
  // Nobody has to wait for readiness; `gone` tells of a death in any case.
  hello.promise.catch(() => {});

  // A session of its own: a terminal's Ctrl-C is for the node. Small heaps: see docs/decisions/0004.
  const child = execa(
    process.execPath,
    [
      "--max-semi-space-size=1",
      "--max-old-space-size=96",
      "--expose-gc",
      wardenFile,
      JSON.stringify({ nodeSilenceMs: silenceMs, heir } satisfies WardenLimits),
    ],
    {
      stdio: ["pipe", "ignore", "pipe", "pipe"],
      buffer: false,
      detached: true,
      cleanup: false,
      reject: false,
      extendEnv: false,
      env,
    },
  );
  const toWarden = child.stdio[0] as unknown as Writable;
  const fromWarden = child.stdio[3] as unknown as Duplex;
  const pid = child.pid;

  function send(frame: ToWarden, body?: Uint8Array) {
    if (!isGone && toWarden.writable) toWarden.write(encodeFrame(frame, body));
  }

  function hear(frame: FromWarden, body: Buffer) {
    missedBeats = 0;
    if (frame.t === "beat") return;
    if (frame.t === "hello") return hello.resolve();
    if (frame.t === "stray")
      return log.warn({ runId: frame.runId, pids: frame.pids }, "processes of a finished run turned up and were ended");
    const command = open.get(frame.id);
    if (!command) return;
    if (frame.t === "spawned") {
      command.pid = frame.pid;
      command.startTime = frame.startTime;
      command.listener.spawned({ pid: frame.pid, startTime: frame.startTime });
    } else if (frame.t === "output") {
      command.outputBytes = frame.offset + body.length;
      command.listener.output({ stream: frame.stream, offset: frame.offset, gapBytes: frame.gap, data: body });
    } else if (frame.t === "stuck") {
      const { runId, attempt } = command.spec;
      log.error(
        { runId, attempt, pids: frame.pids },
        "processes don't end although killed (uninterruptible); their slot stays taken until the kernel lets them go",
      );
    } else {
      open.delete(frame.id);
      if (frame.t === "failed") command.listener.over({ kind: "failed", code: frame.code, message: frame.message });
      else {
        const { code, signal, by, leftBehind, stuckMs, outputBytes, truncated } = frame;
        command.listener.over({ kind: "ended", code, signal, by, leftBehind, stuckMs, outputBytes, truncated });
      }
    }
  }

  const giveUp = (why: string) => {
    if (death === "") death = why;
    // A stopped process dies of KILL too.
    if (pid !== undefined) signalProcess(pid, "SIGKILL");
  };

  const read = createFrameReader<FromWarden>(hear);
  fromWarden.on("data", (chunk: Buffer) => {
    try {
      read(chunk);
    } catch (err) {
      log.error({ err, wardenPid: pid }, "a warden spoke nonsense and is replaced");
      giveUp("it spoke nonsense");
    }
  });
  // Broken pipes are followed by its exit, which is what counts.
  fromWarden.on("error", () => {});
  toWarden.on("error", () => {});
  child.stderr?.on("data", (text: Buffer) => log.warn({ wardenPid: pid, text: text.toString() }, "a warden complains"));

  // Beats are counted, not timed: after a stop of this process nothing has been missed yet.
  const silentBeats = Math.max(2, Math.round(silenceMs / beatMs));
  let cancelBeat = clock.after(beatMs, beat);
  function beat() {
    cancelBeat = clock.after(beatMs, beat);
    send({ t: "beat" });
    if (++missedBeats > silentBeats) giveUp(`it was silent for ${Math.round(silenceMs / 1000)} s`);
  }

  // Its last frames may still be in the pipe when it is gone already, but a pipe that somebody else holds is not waited for.
  const drained = new Promise<void>((resolve) => fromWarden.once("close", () => resolve()));
  const finished = (async () => {
    const result = await child;
    died.resolve();
    await Promise.race([drained, clock.sleep(500)]);
    isGone = true;
    cancelBeat();
    fromWarden.destroy();
    const how = result.signal ?? result.exitCode ?? result.shortMessage ?? "unknown";
    const message =
      death === ""
        ? `the warden (pid ${pid}) ended unexpectedly (${how})`
        : `the warden (pid ${pid}) was given up: ${death}`;
    hello.reject(new Error(`${message} before it was ready`));
    if (!isClosing) log.error({ wardenPid: pid, how, commands: open.size }, "a warden is gone; its commands are ended");
    await endOpen(message);
  })();
  finished
    .catch((err) => log.error({ err, wardenPid: pid }, "the end of a warden could not be settled"))
    .finally(gone.resolve);

  async function endOpen(message: string) {
    const attempts = [...open.values()].map(({ spec, pid, startTime }) => {
      const { runId, attempt } = spec;
      return { runId, attempt, pid, startTime: startTime || (pid ? startTimeOf(pid) : null) };
    });
    const survivors = attempts.length === 0 ? [] : await endSurvivors(attempts, { clock });
    for (const [i, { listener, pid, outputBytes }] of [...open.values()].entries()) {
      const remaining = survivors[i]!.remaining;
      listener.over({ kind: "lost", message, wasSpawned: pid !== null, remaining, outputBytes });
    }
    open.clear();
  }

  return {
    pid,
    get size() {
      return open.size;
    },
    ready: hello.promise,
    died: died.promise,
    gone: gone.promise,
    start(spec, listener) {
      const id = ++lastId;
      open.set(id, { spec, listener, pid: null, startTime: null, outputBytes: 0 });
      const { stdin, ...rest } = spec;
      send({ t: "start", id, ...rest, hasStdin: stdin !== null }, stdin === null ? undefined : Buffer.from(stdin));
      return {
        end: (graceMs) => send({ t: "end", id, graceMs }),
        setDeadline: (deadline) => send({ t: "deadline", id, deadline }),
      };
    },
    setWill: (will) => send({ t: "will", will }),
    close() {
      isClosing = true;
      death ||= "the node closes";
      send({ t: "close" });
    },
    kill: giveUp,
  };
}

function deferred() {
  let resolve!: () => void;
  let reject!: (err: Error) => void;
  const promise = new Promise<void>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}
