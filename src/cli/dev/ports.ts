// Free loopback ports, one above the other, so that they are easy to remember.
import { createServer } from "node:net";

const highest = 65_535;

/** Hands out ports from `first` upwards that nothing listens on at the moment. */
export function createPorts(first: number): { next(): Promise<number> } {
  let candidate = first;
  return {
    async next() {
      for (; candidate <= highest; candidate++) if (await isFree(candidate)) return candidate++;
      throw new Error(`no port from ${first} to ${highest} is free on 127.0.0.1`);
    },
  };
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
