// Between a store and its database: passes everything on until told to lose the answer to the next commit, the next commit
// itself, or every connection.
import { connect, createServer, type Socket } from "node:net";

export type DatabaseProxy = Awaited<ReturnType<typeof startDatabaseProxy>>;

export async function startDatabaseProxy(toPort: number) {
  const pairs = new Set<{ client: Socket; server: Socket }>();
  let next: "pass" | "lose-commit" | "lose-answer" = "pass";
  let commits = 0;
  let accepted = 0;

  const listener = createServer((client) => {
    const server = connect(toPort, "127.0.0.1");
    const pair = { client, server };
    pairs.add(pair);
    accepted += 1;
    const cut = () => {
      client.destroy();
      server.destroy();
      pairs.delete(pair);
    };
    for (const socket of [client, server]) socket.on("error", cut).on("close", cut);
    let deaf = false;
    server.on("data", (chunk) => {
      // The answer has come: so the server has done what it was asked.
      if (deaf) cut();
      else client.write(chunk);
    });
    client.on("data", (chunk) => {
      if (chunk.includes("commit") && chunk.length < 40) {
        commits += 1;
        const mode = next;
        next = "pass";
        if (mode === "lose-commit") return cut();
        if (mode === "lose-answer") deaf = true;
      }
      server.write(chunk);
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));

  return {
    port: (listener.address() as { port: number }).port,
    loseNextCommit: () => {
      next = "lose-commit";
    },
    loseNextAnswer: () => {
      next = "lose-answer";
    },
    cutAll() {
      for (const { client, server } of pairs) {
        client.destroy();
        server.destroy();
      }
    },
    /** Commits that came by. */
    commits: () => commits,
    accepted: () => accepted,
    async close() {
      this.cutAll();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
