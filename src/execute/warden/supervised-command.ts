// One command in the warden, from its spawn until nothing of it runs:
//
//   running ──exit──▶ left ──(nobody left)──▶ draining ──(pipes closed, or quiet)──▶ over
//      │  TERM … KILL    │ settle, TERM … KILL
//      └──── end() ──────┘
//
// Whoever speaks first, the command's exit or an order to end, decides what the end is called.
import { type ChildProcess, spawn } from "node:child_process";
import type { Clock } from "../../clock.ts";
import { type MemoryBudget, OutputWindow } from "../output-window.ts";
import { readStat, signalProcess, startTimeOf } from "../processes.ts";
import type { Deadline, EndedFrame, FromWarden, StartFrame } from "./protocol.ts";
import type { Sweeper, Swept } from "./sweeper.ts";

const batchBytes = 16 * 1024;
const batchMs = 50;
/** For helpers that end by themselves when their input does (`script > >(tee log)`). */
const settleMs = 1_000;
/** Pipes held by somebody who is no part of the command any more are read until they have been quiet so long. */
const drainQuietMs = 100;
const drainMostMs = 1_000;
const stuckAfterMs = 5_000;

export interface Surroundings {
  clock: Clock;
  /** The machine's uptime in milliseconds, suspend included. */
  uptimeMs(): number;
  sweeper: Sweeper;
  memory: MemoryBudget;
  /** False while the node is slow to read. */
  hasRoom(): boolean;
  /** Told how many bytes a command wrote. */
  wrote(bytes: number): void;
  /** Calls back when the node reads again; at once if it does. */
  whenRoom(fn: () => void): void;
  send(frame: FromWarden, body?: Uint8Array): void;
  onOver(id: number): void;
}

/** What can't be spawned throws the system's error, synchronously or through `onSpawnError`. */
export class SupervisedCommand implements Swept {
  readonly runId: string;
  readonly attempt: number;
  readonly group: number;
  readonly #id: number;
  readonly #with: Surroundings;
  readonly #child: ChildProcess;
  readonly #window: OutputWindow;
  #graceMs: number;
  #exit: { code: number | null; signal: string | null } | null = null;
  #endedBy: EndedFrame["by"] | null = null;
  #termSent = false;
  #isGroupTermed = false;
  #killAt = Number.POSITIVE_INFINITY;
  #cancelKill: () => void = () => {};
  #cancelFlush: (() => void) | null = null;
  #cancelDeadline: () => void = () => {};
  #deadline: Deadline | null = null;
  #sweepDelayMs = 10;
  #isSweepPlanned = false;
  /** Set once the leader is gone and others are not: when they are told to end. */
  #settleUntil: number | null = null;
  /** TERM is sent once to whoever is there: programs take a second one, and clean-up helpers a first, for a hurry. */
  #areOthersTermed = false;
  readonly #leftBehind = new Set<number>();
  #killedAt: number | null = null;
  #stuckMs = 0;
  #openPipes = 2;
  #lastDataAt = 0;
  #drainUntil: number | null = null;
  #isOver = false;

  constructor(start: StartFrame, stdin: Buffer, surroundings: Surroundings) {
    this.#with = surroundings;
    this.#id = start.id;
    this.runId = start.runId;
    this.attempt = start.attempt;
    this.#graceMs = start.killGraceMs;
    const child = spawn(start.file, start.args, {
      cwd: start.cwd,
      env: start.env,
      detached: true,
      stdio: [start.hasStdin ? "pipe" : "ignore", "pipe", "pipe"],
    });
    this.#child = child;
    this.group = child.pid ?? 0;
    this.#window = new OutputWindow({
      maxBytes: start.maxBytes,
      memory: surroundings.memory,
      canForward: surroundings.hasRoom,
      forward: ({ stream, offset, gapBytes, data }) =>
        surroundings.send({ t: "output", id: start.id, stream, offset, gap: gapBytes }, data),
    });
    // A failed spawn tells its error on the next tick; errors of a kill or a pipe end up here too and change nothing.
    child.once("error", (err: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return;
      this.#isOver = true;
      surroundings.send({ t: "failed", id: start.id, code: err.code ?? "UNKNOWN", message: err.message });
      surroundings.onOver(start.id);
    });
    if (child.pid === undefined) return;
    surroundings.send({ t: "spawned", id: start.id, pid: child.pid, startTime: startTimeOf(child.pid) });
    child.on("error", () => {});
    child.once("exit", (code, signal) => this.#onExit(code, signal));
    for (const stream of ["stdout", "stderr"] as const) {
      const pipe = child[stream]!;
      pipe.on("data", (data: Buffer) => this.#onData(stream, data));
      // A pipe that breaks is a pipe that is over: the command's exit is what tells how it went.
      pipe.on("error", () => pipe.destroy());
      pipe.once("close", () => {
        this.#openPipes--;
        this.#finishIfDrained();
      });
    }
    child.stdin?.on("error", () => {});
    child.stdin?.end(stdin);
    if (start.deadline) this.setDeadline(start.deadline);
  }

  /** TERM now, KILL after `graceMs`. A shorter grace shortens; a longer one changes nothing. */
  end(by: "request" | "deadline", graceMs: number): void {
    if (this.#isOver) return;
    // An exit that we haven't been told of yet came first all the same.
    if (!this.#exit) this.#endedBy ??= readStat(this.group)?.state === "Z" ? "command" : by;
    this.#graceMs = Math.min(this.#graceMs, graceMs);
    this.#term(graceMs);
  }

  setDeadline(deadline: Deadline | null): void {
    this.#deadline = deadline;
    this.checkDeadline();
  }

  /** To be called every now and then too: after a suspend timers are late by as much as it took. */
  checkDeadline(): void {
    this.#cancelDeadline();
    if (!this.#deadline || this.#isOver) return;
    const now = this.#with.uptimeMs();
    const { termAtMs, killAtMs } = this.#deadline;
    if (now >= Math.min(termAtMs, killAtMs)) this.end("deadline", Math.max(0, killAtMs - now));
    else this.#cancelDeadline = this.#with.clock.after(Math.min(termAtMs, killAtMs) - now, () => this.checkDeadline());
  }

  #term(graceMs: number): void {
    const killAt = this.#with.clock.monotonic() + graceMs;
    if (killAt < this.#killAt) {
      this.#killAt = killAt;
      this.#cancelKill();
      if (graceMs > 0) this.#cancelKill = this.#with.clock.after(graceMs, () => this.#kill());
    }
    if (graceMs <= 0) {
      this.#kill();
      return;
    }
    if (!this.#termSent) {
      this.#termSent = true;
      this.#signalGroup("SIGTERM");
    }
    this.#sweepSoon(0);
  }

  #kill(): void {
    this.#killedAt ??= this.#with.clock.monotonic();
    this.#termSent = true;
    this.#signalGroup("SIGKILL");
    this.#sweepDelayMs = 10;
    this.#sweepSoon(0);
  }

  /** Only while the leader isn't reaped is its number surely its group's; afterwards members are signalled one by one. */
  #signalGroup(signal: NodeJS.Signals): void {
    if (this.#exit) return;
    signalProcess(-this.group, signal);
    // Stopped processes take TERM only once they go on.
    if (signal === "SIGTERM") signalProcess(-this.group, "SIGCONT");
    this.#isGroupTermed = true;
  }

  #onExit(code: number | null, signal: string | null): void {
    this.#exit = { code, signal };
    this.#endedBy ??= "command";
    this.#sweepDelayMs = 10;
    this.#sweepSoon(0);
  }

  #sweepSoon(delayMs: number): void {
    if (delayMs <= 0) this.#with.sweeper.request(this);
    if (delayMs <= 0 || this.#isSweepPlanned) return;
    this.#isSweepPlanned = true;
    this.#with.clock.after(delayMs, () => {
      this.#isSweepPlanned = false;
      if (!this.#isOver) this.#with.sweeper.request(this);
    });
  }

  onMembers(pids: number[]): void {
    if (this.#isOver || this.#drainUntil !== null) return;
    const members = this.#exit ? pids : pids.filter((pid) => pid !== this.group);
    if (this.#exit && members.length === 0) {
      this.#drain();
      return;
    }
    this.#endMembers(members);
    // Until the leader's exit tells us to look again there is nothing to wait for.
    if (!this.#exit && this.#killedAt === null) return;
    this.#noteStuck(pids);
    this.#sweepSoon(this.#sweepDelayMs);
    this.#sweepDelayMs = Math.min(this.#stuckMs > 0 ? 1_000 : 250, this.#sweepDelayMs * 2);
  }

  #endMembers(members: number[]): void {
    const now = this.#with.clock.monotonic();
    if (this.#killedAt !== null) {
      for (const pid of members) this.#endMember(pid, "SIGKILL");
    } else if (this.#termSent) {
      if (this.#areOthersTermed) return;
      this.#areOthersTermed = true;
      for (const pid of members)
        if (!this.#isGroupTermed || readStat(pid)?.group !== this.group) this.#endMember(pid, "SIGTERM");
    } else if (this.#exit) {
      this.#settleUntil ??= now + Math.min(settleMs, this.#graceMs);
      if (now >= this.#settleUntil) this.#term(this.#graceMs);
    }
  }

  #endMember(pid: number, signal: NodeJS.Signals): void {
    this.#leftBehind.add(pid);
    signalProcess(pid, signal);
    if (signal === "SIGTERM") signalProcess(pid, "SIGCONT");
  }

  #noteStuck(pids: number[]): void {
    if (this.#killedAt === null) return;
    const since = this.#with.clock.monotonic() - this.#killedAt;
    if (since < stuckAfterMs) return;
    if (this.#stuckMs === 0) this.#with.send({ t: "stuck", id: this.#id, pids });
    this.#stuckMs = since;
  }

  #drain(): void {
    this.#cancelKill();
    this.#cancelDeadline();
    this.#drainUntil = this.#with.clock.monotonic() + drainMostMs;
    this.#lastDataAt = this.#with.clock.monotonic();
    this.#finishIfDrained();
    if (!this.#isOver) this.#checkDrain();
  }

  #checkDrain(): void {
    this.#with.clock.after(drainQuietMs / 2, () => {
      if (this.#openPipes === 0) return;
      const now = this.#with.clock.monotonic();
      if (now - this.#lastDataAt < drainQuietMs && now < this.#drainUntil!) {
        this.#checkDrain();
        return;
      }
      this.#child.stdout!.destroy();
      this.#child.stderr!.destroy();
    });
  }

  #onData(stream: "stdout" | "stderr", data: Buffer): void {
    this.#lastDataAt = this.#with.clock.monotonic();
    this.#window.push(stream, data);
    this.#with.wrote(data.length);
    if (this.#window.pending >= batchBytes) this.#window.flush();
    if (this.#window.pending > 0) this.#flushSoon();
  }

  #flushSoon(): void {
    this.#cancelFlush ??= this.#with.clock.after(batchMs, () => {
      this.#cancelFlush = null;
      this.#window.flush();
      if (this.#window.pending > 0) this.#flushSoon();
    });
  }

  #finishIfDrained(): void {
    if (this.#drainUntil === null || this.#openPipes > 0 || this.#isOver) return;
    this.#isOver = true;
    this.#cancelFlush?.();
    this.#child.stdin?.destroy();
    // The ring holds the tail until the node reads again: results are what a slow node may make wait.
    this.#with.whenRoom(() => {
      const truncated = this.#window.truncated;
      const outputBytes = this.#window.totalBytes;
      this.#window.finish();
      this.#with.send({
        t: "ended",
        id: this.#id,
        code: this.#exit!.code,
        signal: this.#exit!.signal,
        by: this.#endedBy!,
        leftBehind: this.#exit ? this.#leftBehind.size : 0,
        stuckMs: this.#stuckMs,
        outputBytes,
        truncated,
      });
      this.#with.sweeper.remember(this);
      this.#with.onOver(this.#id);
    });
  }
}
