// The node's wardens: as many as asked for, each replaced when it dies or falls silent, without a word to the others.
import type { Clock } from "../../clock.ts";
import type { LastWill } from "../../model/scheduler-link.ts";
import type { Deadline } from "./protocol.ts";
import {
  type CommandListener,
  type CommandSpec,
  type Log,
  startWardenProcess,
  type WardenProcess,
} from "./warden-process.ts";

export type { CommandEnd, CommandListener, CommandSpec, Log } from "./warden-process.ts";

const firstRestartMs = 50;
const slowestRestartMs = 5_000;
/** One that lived so long is replaced at once again. */
const healthyAfterMs = 60_000;
/** How long a command waits for a warden before it is refused. */
const noWardenMs = 10_000;
/** A closing warden ends its commands within 3 s. */
const closeMostMs = 5_000;

const mostWardens = 4;

/** How many wardens a machine of so many cores (fractions too, in a container) gets: one for two, and four at most. */
export const wardensFor = (cores: number) => Math.min(mostWardens, Math.max(1, Math.floor(cores / 2)));

export interface WardenPool {
  /** Resolves when every warden answers. Rejects when one can't be started at all (a missing file, no memory). */
  ready(): Promise<void>;
  /**
   * Starts a command in the least busy warden. Never throws; everything is told to the listener, `over` last.
   * `end` sends TERM now and KILL after `graceMs`; `setDeadline` replaces what the warden will do by itself.
   */
  run(spec: CommandSpec, listener: CommandListener): RunningCommand;
  /**
   * What is said to a scheduler when this process dies without a goodbye, once nothing of it runs. Replaces the former;
   * null: nothing. It is told over the pipe, never where others could read it.
   */
  setLastWill(will: LastWill | null): void;
  /** Pids of the wardens, for status and tests. */
  pids(): number[];
  /** Ends all commands (TERM, 2 s, KILL) and the wardens; resolves when they are gone. Safe to repeat. */
  close(): Promise<void>;
}

export interface RunningCommand {
  end(graceMs: number): void;
  setDeadline(deadline: Deadline | null): void;
}

export interface WardenPoolOptions {
  count: number;
  clock: Clock;
  logger: Log;
  /** The bundled warden (dist/warden.js). */
  wardenFile: string;
  /** The command that ends the node's survivors when node and warden die at once. Absent: nobody does until the node's next start. */
  heir?: string[];
  /** Environment of the wardens themselves; PATH is all they need. */
  env?: Record<string, string>;
  /** Node and warden give each other up after so much silence. */
  silenceMs?: number;
}

/** Commands that came while no warden lived. */
interface Waiting {
  dispatch(warden: WardenProcess): void;
  refuse(message: string): void;
}

export function createWardenPool(options: WardenPoolOptions): WardenPool {
  const { clock, logger: log, wardenFile, heir = [], env = {}, silenceMs = 10_000 } = options;
  const wardens = new Set<WardenProcess>();
  const waiting = new Set<Waiting>();
  const stopped = new AbortController();
  const loops: Promise<void>[] = [];
  let will: LastWill | null = null;
  let isWillTold = false;

  /** One speaks for all, after the others have ended theirs. */
  function shareWill() {
    if (!will && !isWillTold) return;
    isWillTold = will !== null;
    const [speaker, ...others] = wardens;
    const peers = others.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    speaker?.setWill(will && { ...will, peers });
    for (const other of others) other.setWill(null);
  }

  function startOne(): WardenProcess {
    const warden = startWardenProcess({ clock, log, wardenFile, heir, env, silenceMs });
    wardens.add(warden);
    shareWill();
    for (const command of waiting) command.dispatch(warden);
    waiting.clear();
    return warden;
  }

  /** Keeps one place filled until the pool is closed. */
  async function keep(first: WardenProcess) {
    let failures = 0;
    for (let warden = first; ; warden = startOne()) {
      const began = clock.monotonic();
      // Its commands are told only after survivors were sought; new ones must not land here meanwhile.
      const withdraw = () => {
        wardens.delete(warden);
        shareWill();
      };
      warden.died.then(withdraw, withdraw);
      await warden.gone;
      if (stopped.signal.aborted) return;
      failures = clock.monotonic() - began > healthyAfterMs ? 0 : failures + 1;
      const pauseMs = failures === 0 ? 0 : Math.min(slowestRestartMs, firstRestartMs * 2 ** (failures - 1));
      try {
        await clock.sleep(pauseMs, stopped.signal);
      } catch {
        return;
      }
      log.info({ pauseMs, failures }, "a warden is replaced");
    }
  }

  const firsts = Array.from({ length: Math.max(1, options.count) }, startOne);
  for (const first of firsts) loops.push(keep(first));
  let closing: Promise<void> | null = null;

  const leastBusy = () =>
    [...wardens].reduce<WardenProcess | null>((best, each) => (best && best.size <= each.size ? best : each), null);

  return {
    async ready() {
      await Promise.all(firsts.map((warden) => warden.ready));
    },
    run(spec, listener) {
      const warden = leastBusy();
      if (warden) return warden.start(spec, listener);
      if (stopped.signal.aborted) {
        const message = "the node is stopping";
        queueMicrotask(() => listener.over({ kind: "failed", code: "NO_WARDEN", message }));
        return { end() {}, setDeadline() {} };
      }
      return waitForWarden(spec, listener);
    },
    setLastWill(next) {
      will = next;
      shareWill();
    },
    pids: () => [...wardens].flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
    close() {
      closing ??= (async () => {
        stopped.abort();
        for (const command of waiting) command.refuse("the node is stopping");
        for (const warden of wardens) warden.close();
        const timeout = new AbortController();
        const killed = clock.sleep(closeMostMs, timeout.signal).then(
          () => {
            for (const warden of wardens) warden.kill("it did not close in time");
          },
          () => {},
        );
        await Promise.all(loops);
        timeout.abort();
        await killed;
      })();
      return closing;
    },
  };

  function waitForWarden(spec: CommandSpec, listener: CommandListener): RunningCommand {
    let running: RunningCommand | null = null;
    let deadline = spec.deadline;
    const refuse = (message: string) => {
      cancel();
      waiting.delete(entry);
      listener.over({ kind: "failed", code: "NO_WARDEN", message });
    };
    const entry: Waiting = {
      dispatch(warden) {
        cancel();
        running = warden.start({ ...spec, deadline }, listener);
      },
      refuse,
    };
    const cancel = clock.after(noWardenMs, () =>
      refuse(`no warden could be started within ${noWardenMs / 1000} s to run the command; see the node's log`),
    );
    waiting.add(entry);
    return {
      end(graceMs) {
        if (running) running.end(graceMs);
        else if (waiting.has(entry)) refuse("it was ended before it could be started");
      },
      setDeadline(next) {
        deadline = next;
        running?.setDeadline(next);
      },
    };
  }
}
