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
  /**
   * Changes what happens to what is sent from now on; "refuse" also resets what is open. `of`: for one client alone (as
   * clientOf names it), whatever is set for all; its connections are then accepted first and reset.
   */
  set(mode: ProxyMode, of?: string): Promise<void>;
  /** Resets every open connection. */
  reset(): void;
  /** Every piece takes so long, each way. */
  delayMs: number;
  /** How many connections were opened so far. */
  readonly opened: number;
  /** How many pieces were swallowed, and connections refused to one client, so far: proof that a fault has bitten. */
  readonly lost: number;
  close(): Promise<void>;
}

export async function startTcpProxy(
  targetPort: number,
  /** Who has opened the connection from this port to that one; null: nobody of whom it matters. */
  { clientOf = () => null }: { clientOf?(port: number, to: number): string | null } = {},
): Promise<TcpProxy> {
  const pairs = new Set<{ near: Socket; far: Socket; client: string | null }>();
  const modes = new Map<string, ProxyMode>();
  let mode: ProxyMode = "pass";
  let delayMs = 0;
  let opened = 0;
  let lost = 0;
  let port = 0;
  let server: Server | null = null;

  const modeOf = (client: string | null) => (client === null ? undefined : modes.get(client)) ?? mode;

  function forward(from: Socket, to: Socket, client: string | null, swallowedBy: ProxyMode[]) {
    // TCP leaves nothing out: where a piece was lost, nothing can follow.
    let mute = false;
    from.on("data", (piece) => {
      mute ||= swallowedBy.includes(modeOf(client));
      if (mute) {
        lost++;
        return;
      }
      const pass = () => {
        if (!to.destroyed) to.write(piece);
      };
      if (delayMs > 0) setTimeout(pass, delayMs);
      else pass();
    });
  }
  function accept(near: Socket) {
    opened++;
    const client = clientOf(near.remotePort as number, near.localPort as number);
    if (modeOf(client) === "refuse") {
      lost++;
      near.on("error", () => {}).resetAndDestroy();
      return;
    }
    const far = connect(targetPort, "127.0.0.1");
    const pair = { near, far, client };
    pairs.add(pair);
    const end = () => {
      near.destroy();
      far.destroy();
      pairs.delete(pair);
    };
    for (const socket of [near, far]) socket.setNoDelay(true).on("error", end).on("close", end);
    forward(near, far, client, ["blackhole", "swallow-requests"]);
    forward(far, near, client, ["blackhole", "swallow-replies"]);
  }
  async function listen() {
    server = createServer(accept).listen(port, "127.0.0.1");
    await once(server, "listening");
    ({ port } = server.address() as { port: number });
  }
  function reset(of?: string) {
    for (const { near, far, client } of [...pairs]) {
      if (of !== undefined && client !== of) continue;
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
    async set(next, of) {
      if (of !== undefined) {
        if (next === "pass") modes.delete(of);
        else modes.set(of, next);
        if (next === "refuse") reset(of);
        return;
      }
      mode = next;
      if (mode === "refuse") await shut();
      else if (!server) await listen();
    },
    reset: () => reset(),
    get delayMs() {
      return delayMs;
    },
    set delayMs(ms) {
      delayMs = ms;
    },
    get opened() {
      return opened;
    },
    get lost() {
      return lost;
    },
    close: shut,
  };
}
