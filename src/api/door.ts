// Until somebody has an account, only this machine is answered, whatever address the server listens on: nobody else is to
// find a server that isn't anybody's yet. Connections from elsewhere are closed before a byte of them is read.
import type { Server, Socket } from "node:net";
import type { Clock } from "../clock.ts";
import type { Store } from "../store/store.ts";
import { isLoopback } from "./same-site.ts";

/** While it is shut, somebody who knocks makes it look this often at most. */
const lookMs = 1000;

export interface Door {
  isOpen(): boolean;
  /** Somebody may have got an account just now. Never rejects. */
  look(): Promise<void>;
}

/** Shut, it opens by itself once there is an account, whichever scheduler made it. */
export async function watchDoor(
  server: Pick<Server, "prependListener" | "off">,
  deps: { store: Pick<Store, "hasUsers">; clock: Clock; host: string; onOpen(): void; onError(err: unknown): void },
): Promise<Door> {
  const { store, clock } = deps;
  const anybody = () =>
    store.hasUsers().catch((err: unknown) => {
      deps.onError(err);
      return false;
    });
  let isOpen = isLoopback(deps.host) || (await anybody());
  let lookedAt = Number.NEGATIVE_INFINITY;

  async function look() {
    if (isOpen || !(await anybody()) || isOpen) return;
    isOpen = true;
    server.off("connection", refuse);
    deps.onOpen();
  }
  function refuse(socket: Pick<Socket, "remoteAddress" | "localAddress" | "destroy">) {
    const { remoteAddress = "", localAddress } = socket;
    if (isLoopback(remoteAddress) || remoteAddress === localAddress) return;
    socket.destroy();
    if (clock.monotonic() - lookedAt < lookMs) return;
    lookedAt = clock.monotonic();
    void look();
  }

  if (!isOpen) server.prependListener("connection", refuse);
  return { isOpen: () => isOpen, look };
}
