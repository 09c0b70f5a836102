// Logs of several processes as one stream, each line with the name of its process. Read from their files: the processes
// never wait for a reader.
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import type { Clock } from "../../clock.ts";

const everyMs = 250;

interface Followed {
  name: string;
  file: string;
}

/** From the files' beginning until the signal. Never rejects. */
export async function followLogs(
  list: () => Followed[],
  given: { clock: Clock; write: (line: string) => void; signal: AbortSignal },
): Promise<void> {
  const { clock, write, signal } = given;
  const readers = new Map<string, () => void>();
  while (!signal.aborted) {
    for (const { name, file } of list()) {
      if (!readers.has(name))
        readers.set(
          name,
          createReader(file, (line) => write(`${name.padEnd(5)} | ${line}`)),
        );
      readers.get(name)?.();
    }
    await clock.sleep(everyMs, signal).catch(() => {});
  }
}

/** Hands over the lines that have come since the last call. */
function createReader(file: string, onLine: (line: string) => void): () => void {
  const decoder = new StringDecoder("utf8");
  const buffer = Buffer.alloc(64 * 1024);
  let position = 0;
  let rest = "";
  return () => {
    if (!existsSync(file)) return;
    const descriptor = openSync(file, "r");
    try {
      for (let got = -1; got !== 0; position += got) {
        got = readSync(descriptor, buffer, 0, buffer.length, position);
        rest += decoder.write(buffer.subarray(0, got));
      }
    } finally {
      closeSync(descriptor);
    }
    const lines = rest.split("\n");
    rest = lines.pop() as string;
    for (const line of lines) onLine(line);
  };
}
