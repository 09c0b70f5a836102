// distcron user …: people who sign in to the web app.
import { type Command, Option } from "commander";
import { languages, type UserView } from "../../api/contract/accounts.ts";
import { roles } from "../../api/contract/roles.ts";
import { newPassword } from "../ask-password.ts";
import { collect } from "../collect.ts";
import { common, connect, path } from "../context.ts";
import { CliError, exitCodes } from "../exit.ts";
import type { Out } from "../output.ts";
import { userColumns } from "../tables.ts";

const roleOption = () => new Option("--role <role>", "what the account may do").choices(roles);
const withSettings = (command: Command) =>
  command
    .option("--display-name <text>", "name to show")
    .addOption(new Option("--language <language>", "of the web app").choices(languages))
    .option("--timezone <zone>", "IANA zone that times are shown in");
const withPassword = (command: Command) =>
  command
    .option("--password-file <file>", "file with the password, or - for standard input")
    .option("--generate", "make a password and show it once (so it is too where there is no terminal to ask)");
const passwordHelp = "\n\nWithout --password-file and --generate the password is asked for, and not shown.";

interface Settings {
  displayName?: string;
  role?: string;
  language?: string;
  timezone?: string;
}
const settingsOf = ({ displayName, role, language, timezone }: Settings) =>
  Object.fromEntries(
    Object.entries({ displayName, role, language, timezone }).filter(([, value]) => value !== undefined),
  );

export function userCommands(program: Command): void {
  const user = program.command("user").description("people who sign in to the web app");

  common(user.command("list"))
    .description("list accounts")
    .action(async (options) => {
      const { api, out, clock } = connect(options);
      const items = await collect<UserView>({ api, out }, path("users"), {});
      out.table(items, userColumns(out.state, clock.now()), { items });
    });

  withPassword(withSettings(common(user.command("create <name>"))))
    .addOption(roleOption().default("viewer"))
    .description("make an account")
    .addHelpText(
      "after",
      `${passwordHelp}\n\nExamples:\n  distcron user create ann --role admin\n` +
        "  distcron user create bob --role operator --display-name 'Bob B.' --generate",
    )
    .action(async (name, options) => {
      const { api, out } = connect(options);
      const { password, generated } = await newPassword(options);
      const made = await api.send<UserView>("POST", path("users"), { name, password, ...settingsOf(options) });
      tell(out, made, generated ? password : null, `user ${made.name} (${made.role}) can sign in`);
    });

  withSettings(common(user.command("edit <name>")))
    .addOption(roleOption())
    .description("change an account's role and settings")
    .addHelpText("after", "\nExample:\n  distcron user edit bob --role editor --timezone Europe/Berlin")
    .action(async (name, options) => {
      const change = settingsOf(options);
      if (Object.keys(change).length === 0)
        throw new CliError(exitCodes.usage, "nothing to change: say --role, --display-name, --language or --timezone");
      const { api, out } = connect(options);
      const changed = await api.send<UserView>("PATCH", path("users", name), change);
      tell(out, changed, null, `user ${changed.name} is changed`);
    });

  withPassword(common(user.command("password <name>")))
    .description("give an account another password; ends its sessions")
    .addHelpText("after", `${passwordHelp}\n\nExample:\n  distcron user password bob --generate`)
    .action(async (name, options) => {
      const { api, out } = connect(options);
      const { password, generated } = await newPassword(options);
      const changed = await api.send<UserView>("PATCH", path("users", name), { password });
      tell(out, changed, generated ? password : null, `user ${changed.name} has another password and is signed out`);
    });

  for (const [verb, about] of [
    ["disable", "shut an account out: ends its sessions and stops its tokens"],
    ["enable", "let a disabled account sign in again"],
  ] as const)
    common(user.command(`${verb} <name>`))
      .description(about)
      .action(async (name, options) => {
        const { api, out } = connect(options);
        const changed = await api.send<UserView>("PATCH", path("users", name), { disabled: verb === "disable" });
        tell(out, changed, null, `user ${changed.name} is ${verb}d`);
      });

  common(user.command("delete <name>"))
    .description("delete an account with its sessions; its tokens are revoked")
    .action(async (name, options) => {
      const { api, out } = connect(options);
      await api.send("DELETE", path("users", name));
      out.done(`user ${name} is deleted`, { name, result: "deleted" });
    });
}

/** `password`: one that was made here, shown this once. */
function tell(out: Out, user: UserView, password: string | null, note: string) {
  if (out.format !== "table") return out.data({ ...user, ...(password === null ? {} : { password }) });
  if (password !== null) out.text(password);
  out.note(password === null ? note : `${note}; the password won't be shown again`);
}
