// From a job's command to what the warden is told to run: file, arguments, directory, environment, as whom.

import type { CommandTask } from "../../model/job.ts";
import type { Reason } from "../../model/run.ts";
import type { CommandEnvironment } from "../command-environment.ts";
import type { AttemptRequest } from "../executor.ts";
import { findProgram, isDirectory } from "../find-program.ts";
import type { Account, FindAccount } from "../warden/accounts.ts";

export interface CommandPlan {
  file: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  /** The program and the directory as people know them, for messages. */
  program: string;
}

export interface PlanOptions {
  environment: CommandEnvironment;
  findAccount: FindAccount;
  /** The node's own user. */
  ownUid: number;
  /** node.cmd.users: whom jobs may run as besides the node's own user. `*`: anyone. */
  allowedUsers: string[];
  /** node.cmd.shell: for jobs that name none. Default /bin/sh. */
  shell?: string | undefined;
}

export const spawnFailed = (message: string): Reason => ({ code: "spawn_failed", message });

/** What to run, or why it can't be. Rejects only when the machine's user directory fails. */
export async function planCommand(request: AttemptRequest, options: PlanOptions): Promise<CommandPlan | Reason> {
  const { assignment, attempt, nodeName } = request;
  const task = assignment.job.task as CommandTask;
  const who = await chooseAccount(task.user, nodeName, options);
  if ("code" in who) return who;
  const { account, switched } = who;

  const env = options.environment({ assignment, attempt, nodeName, user: account && { ...account, switched } });
  // System users often have no home: a command that doesn't ask for it shall run all the same.
  const home = account?.home ?? env.HOME ?? "/";
  const cwd = task.cwd ?? (isDirectory(home) ? home : "/");
  const shell = task.shell ?? options.shell ?? "/bin/sh";
  const words = typeof task.command === "string" ? [shell, "-c", task.command] : task.command;
  const [program = "", ...args] = words;
  if (program === "") return spawnFailed("the command is empty; expected a program and its arguments");
  const plan = { file: program, args, cwd, env, program };
  if (!switched) return plan;

  if (!isDirectory(cwd)) return spawnFailed(`the working directory ${cwd} doesn't exist or isn't a directory`);
  if (!findProgram(program, env.PATH ?? "", cwd)) return spawnFailed(missingProgram(program, env));
  const setpriv = findProgram("setpriv", "/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/bin", "/");
  if (!setpriv)
    return spawnFailed(
      `running as another user needs setpriv (package util-linux), which is not on node "${nodeName}"`,
    );
  const { uid, gid } = account!;
  return {
    ...plan,
    file: setpriv,
    args: [`--reuid=${uid}`, `--regid=${gid}`, "--init-groups", "--", program, ...args],
  };
}

async function chooseAccount(
  user: string | null,
  nodeName: string,
  { findAccount, ownUid, allowedUsers }: PlanOptions,
): Promise<{ account: Account | null; switched: boolean } | Reason> {
  const own = await findAccount(String(ownUid)).catch(() => null);
  if (user === null || user === own?.name || user === String(ownUid)) return { account: own, switched: false };
  const allowed = allowedUsers.includes("*") || allowedUsers.includes(user);
  if (!allowed)
    return spawnFailed(
      `user "${user}" isn't allowed on node "${nodeName}"; allowed: ${[own?.name ?? ownUid, ...allowedUsers].join(", ")} (node.cmd.users)`,
    );
  const account = await findAccount(user);
  if (!account) return spawnFailed(`there is no user "${user}" on node "${nodeName}"`);
  if (account.uid === ownUid) return { account, switched: false };
  if (ownUid !== 0)
    return spawnFailed(
      `node "${nodeName}" runs as ${own?.name ?? ownUid} and can't run commands as "${user}"; only a node run by root can`,
    );
  return { account, switched: true };
}

export const missingProgram = (program: string, env: Record<string, string>): string =>
  program.includes("/")
    ? `${program} doesn't exist or isn't executable`
    : `there is no program "${program}" in PATH (${env.PATH ?? "unset"})`;
