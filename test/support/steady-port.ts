// A loopback port for a server that is ended and started again: outside the range from which the system picks ports of
// outgoing connections, so that none of those has taken it meanwhile.
import { createServer } from "node:net";

const lowest = 12_000;
const highest = 30_000;
const given = new Set<number>();

export async function steadyPort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
