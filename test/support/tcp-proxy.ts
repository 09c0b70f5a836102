// A network that misbehaves on request: a TCP proxy on loopback in front of one port.
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * - pass: as it should be.
 * - refuse: nothing listens.
 * - blackhole: connections stand, nothing comes through. swallow-requests, swallow-replies: in one direction only. A
 *   connection that lost something stays mute, whatever comes after.
 */
export type ProxyMode = "pass" | "refuse" | "blackhole" | "swallow-requests" | "swallow-replies";

export interface TcpProxy {
  url: string;
  /** Changes what happens to what is sent from now on; "refuse" also resets what is open. */
  set(mode: ProxyMode): Promise<void>;
  /** Resets every open connection. */
  reset(): void;
  /** Every piece takes so long, each way. */
  delayMs: number;
  /** How many connections were opened so far. */
  readonly opened: number;
  close(): Promise<void>;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<{ near: Socket; far: Socket }>();
  let mode: ProxyMode = "pass";
  let delayMs = 0;
  let opened = 0;
  let port = 0;
  let server: Server | null = null;

  function forward(from: Socket, to: Socket, swallowedBy: ProxyMode[]) {
    // TCP leaves nothing out: where a piece was lost, nothing can follow.
    let mute = false;
    from.on("data", (piece) => {
      mute ||= swallowedBy.includes(mode);
      if (mute) return;
      const pass = () => {
        if (!to.destroyed) to.write(piece);
      };
      if (delayMs > 0) setTimeout(pass, delayMs);
      else pass();
    });
  }
  function accept(near: Socket) {
    opened++;
    const far = connect(targetPort, "127.0.0.1");
    const pair = { near, far };
    pairs.add(pair);
    const end = () => {
      near.destroy();
      far.destroy();
      pairs.delete(pair);
    };
    for (const socket of [near, far]) socket.setNoDelay(true).on("error", end).on("close", end);
    forward(near, far, ["blackhole", "swallow-requests"]);
    forward(far, near, ["blackhole", "swallow-replies"]);
  }
  async function listen() {
    server = createServer(accept).listen(port, "127.0.0.1");
    await once(server, "listening");
    ({ port } = server.address() as { port: number });
  }
  function reset() {
    for (const { near, far } of [...pairs]) {
      near.resetAndDestroy();
      far.destroy();
    }
  }
  async function shut() {
    const open = server;
    server = null;
    if (!open) return;
    open.close();
    reset();
    await once(open, "close");
  }

  await listen();
  return {
    url: `http://127.0.0.1:${port}`,
    async set(next) {
      mode = next;
      if (mode === "refuse") await shut();
      else if (!server) await listen();
    },
    reset,
    get delayMs() {
      return delayMs;
    },
    set delayMs(ms) {
      delayMs = ms;
    },
    get opened() {
      return opened;
    },
    close: shut,
  };
}
