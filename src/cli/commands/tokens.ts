// distcron token …: who else may talk to the API.
import { type Command, Option } from "commander";
import { collect } from "../collect.ts";
import { common, connect, duration, path } from "../context.ts";
import { tokenColumns } from "../tables.ts";
import type { TokenView } from "../views.ts";

export function tokenCommands(program: Command): void {
  const token = program.command("token").description("create, list and revoke access tokens");

  common(token.command("create"))
    .description("make a token; it is shown once")
    .requiredOption("--name <name>", "what it is for")
    .option("--role <role>", "viewer, operator, editor or admin", "viewer")
    .option("--scope <scope...>", "only for this, e.g. metrics")
    .addOption(
      new Option("--expires <duration>", "valid for this long").argParser(duration).default(duration("90d"), "90d"),
    )
    .addHelpText("after", "\nExample:\n  distcron token create --name ci --role editor --expires 365d > ci.token")
    .action(async (options) => {
      const { api, out, clock } = connect(options);
      const expiresAt = new Date(clock.now() + options.expires).toISOString();
      const body = {
        name: options.name,
        role: options.role,
        ...(options.scope ? { scopes: options.scope } : {}),
        expiresAt,
      };
      const made = await api.send<TokenView & { token: string }>("POST", path("tokens"), body);
      if (out.format !== "table") return out.data(made);
      out.text(made.token);
      out.note(`token ${made.id} (${made.role}), expires ${made.expiresAt}; it won't be shown again`);
    });

  common(token.command("list"))
    .description("list tokens")
    .action(async (options) => {
      const { api, out, clock } = connect(options);
      const items = await collect<TokenView>({ api, out }, path("tokens"), {});
      out.table(items, tokenColumns(clock.now()), { items });
    });

  common(token.command("revoke <id>"))
    .description("make a token worthless at once")
    .action(async (id, options) => {
      const { api, out } = connect(options);
      await api.send("DELETE", path("tokens", id));
      out.done(`token ${id} is revoked`, { id, result: "revoked" });
    });
}
