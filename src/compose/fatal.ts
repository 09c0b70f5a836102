// What a process can't go on without, and has lost: it ends, so that whoever watches over it starts it anew. What its
// commands were doing is settled as after a crash, by the warden and the spool.
import type { Log } from "../lib/log.ts";

export interface Fatal {
  /** Says so once and ends what `unlessFatal` waits for. Later calls do nothing. */
  report(err: Error): void;
  /** As `work` does, or rejects with the first error reported, whatever `work` is doing. */
  unlessFatal<T>(work: Promise<T>): Promise<T>;
}

export function createFatal(log: Log & { fatal(fields: object, text: string): void }): Fatal {
  let fail!: (err: Error) => void;
  let reported = false;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => {}); // It may come while nobody waits; then the next one to wait hears it.
  return {
    report(err) {
      if (!reported) log.fatal({ err }, "this process can't go on and ends; it has to be started again");
      reported = true;
      fail(err);
    },
    unlessFatal: (work) => Promise.race([work, failed]),
  };
}
