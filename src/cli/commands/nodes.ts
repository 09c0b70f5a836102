// distcron node …: who executes, how busy, and taking one out of service.
import type { Command } from "commander";
import { collect } from "../collect.ts";
import { common, connect, path } from "../context.ts";
import { nodeColumns } from "../tables.ts";
import type { NodeView } from "../views.ts";

export function nodeCommands(program: Command): void {
  const node = program.command("node").description("list nodes, drain and resume them");

  common(node.command("list"))
    .description("list nodes")
    .action(async (options) => {
      const { api, out, clock } = connect(options);
      const items = await collect<NodeView>({ api, out }, path("nodes"), {});
      out.table(items, nodeColumns(out.state, clock.now()), { items });
    });

  common(node.command("get <node>"))
    .description("show a node")
    .action(async (name, options) => {
      const { api, out } = connect(options);
      const found = await api.get<NodeView>(path("nodes", name));
      if (out.format !== "table") return out.data(found);
      for (const [key, value] of Object.entries(found))
        out.text(`${key.padEnd(14)} ${typeof value === "object" ? JSON.stringify(value) : String(value)}`);
    });

  common(node.command("drain <node>"))
    .description("give it nothing new; what runs goes on")
    .option("--wait", "until nothing runs there any more")
    .action(async (name, options) => {
      const { api, out, clock } = connect(options);
      const draining = await api.send("POST", path("nodes", name, "drain"), {});
      if (!options.wait) return out.done(`${name} is draining`, draining);
      out.note(`${name} is draining`);
      for (let last = -1; ; ) {
        const now = await api.get<NodeView>(path("nodes", name));
        if (now.running + now.queued === 0) return out.done(`${name} is empty`, now);
        if (now.running + now.queued !== last) out.note(`${now.running} running, ${now.queued} queued`);
        last = now.running + now.queued;
        await clock.sleep(500);
      }
    });

  common(node.command("resume <node>"))
    .description("give it work again")
    .action(async (name, options) => {
      const { api, out } = connect(options);
      const resumed = await api.send("POST", path("nodes", name, "resume"), {});
      out.done(`${name} takes work again`, resumed);
    });

  common(node.command("delete <node>"))
    .description("forget a node that is gone")
    .action(async (name, options) => {
      const { api, out } = connect(options);
      await api.send("DELETE", path("nodes", name));
      out.done(`${name} is forgotten`, { name, result: "deleted" });
    });
}
