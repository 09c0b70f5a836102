// What node and warden say to each other. Every frame that concerns a command carries the `id` the node gave it.
// Deadlines are instants on the machine's uptime (milliseconds, it counts suspend), so both sides read them alike.
import type { LastWill } from "../../model/scheduler-link.ts";

/** Both may be past already. TERM goes to the command at `termAtMs`, KILL at `killAtMs`. */
export interface Deadline {
  termAtMs: number;
  killAtMs: number;
}

export interface StartFrame {
  t: "start";
  id: number;
  runId: string;
  attempt: number;
  file: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  /** True: the frame's body is the command's standard input; false: it reads nothing. */
  hasStdin: boolean;
  /** How much of the output is kept, head and tail together. */
  maxBytes: number;
  /** Between TERM and KILL for what the command leaves behind. */
  killGraceMs: number;
  deadline: Deadline | null;
}

/**
 * What the warden says to a scheduler when its node has died without a goodbye, once nothing of the node runs.
 * `peers`: the other wardens, which have work of their own to end first.
 */
export interface WillFrame {
  t: "will";
  will: (LastWill & { peers: number[] }) | null;
}

export type ToWarden =
  | StartFrame
  | { t: "end"; id: number; graceMs: number }
  | { t: "deadline"; id: number; deadline: Deadline | null }
  | { t: "beat" }
  | WillFrame
  /** End everything at once, then exit. */
  | { t: "close" };

/** What a warden is started with, as JSON in its first argument. */
export interface WardenLimits {
  /** A node that is silent for so long is gone. */
  nodeSilenceMs?: number;
  /** What the output that is held may take. */
  memoryBytes?: number;
  /** As WardenPoolOptions has it. */
  heir?: string[];
}

/** How a command's life ended, or that it never began. */
export interface EndedFrame {
  t: "ended";
  id: number;
  code: number | null;
  signal: string | null;
  /** Who made it end. `command`: it ended by itself, whatever was asked of it afterwards. */
  by: "command" | "request" | "deadline";
  /** Processes that the command had left running and that were ended after it. */
  leftBehind: number;
  /** How long processes withstood KILL, 0: none did. */
  stuckMs: number;
  outputBytes: number;
  truncated: boolean;
}

export type FromWarden =
  | { t: "hello"; pid: number }
  | { t: "beat" }
  | { t: "spawned"; id: number; pid: number; startTime: string }
  | { t: "output"; id: number; stream: "stdout" | "stderr"; offset: number; gap: number }
  /** KILL was sent long ago, yet these are still there (uninterruptible). The command stays open. */
  | { t: "stuck"; id: number; pids: number[] }
  /** Late finds: ended after their run was over. */
  | { t: "stray"; runId: string; pids: number[] }
  | EndedFrame
  /** It could not be spawned. `code` is the system's (ENOENT, EACCES …) or DEADLINE. */
  | { t: "failed"; id: number; code: string; message: string };
