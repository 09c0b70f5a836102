// What a command finds in its environment: the node's own less what is meant for the node alone, then the user's, the
// node's settings, the job's, the trigger's, and what DistCron tells about the run.
import type { Assignment } from "../model/assignment.ts";

/** systemd's words to the service that it started (systemd.exec(5), sd_notify(3), sd_listen_fds(3)). */
const meantForTheNode = new Set([
  "NOTIFY_SOCKET",
  "MAINPID",
  "MANAGERPID",
  "SYSTEMD_EXEC_PID",
  "INVOCATION_ID",
  "JOURNAL_STREAM",
  "CREDENTIALS_DIRECTORY",
  "CACHE_DIRECTORY",
  "CONFIGURATION_DIRECTORY",
  "LOGS_DIRECTORY",
  "RUNTIME_DIRECTORY",
  "STATE_DIRECTORY",
  "FDSTORE",
  // Node's own channel to a parent: a script run by node would take it for one of its own.
  "NODE_CHANNEL_FD",
  "NODE_CHANNEL_SERIALIZATION_MODE",
]);
const meantForTheNodePrefixes = ["DISTCRON_", "WATCHDOG_", "LISTEN_", "MEMORY_PRESSURE_"];

const fallbackPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export interface EnvironmentUser {
  name: string;
  home: string;
  shell: string;
}

export interface EnvironmentOptions {
  nodeEnv: Record<string, string | undefined>;
  /** TZ as it was before the process set its own to UTC; undefined: it was not set, the machine's zone holds. */
  originalTz: string | undefined;
  /** node.cmd.env */
  cmdEnv: Record<string, string>;
}

export interface EnvironmentRequest {
  assignment: Assignment;
  attempt: number;
  nodeName: string;
  /** Who runs the command. `switched`: it isn't the node's own user, whose variables don't fit then. */
  user: (EnvironmentUser & { switched: boolean }) | null;
}

export type CommandEnvironment = (request: EnvironmentRequest) => Record<string, string>;

export function createCommandEnvironment({ nodeEnv, originalTz, cmdEnv }: EnvironmentOptions): CommandEnvironment {
  const base: Record<string, string> = { PATH: fallbackPath };
  for (const [name, value] of Object.entries(nodeEnv))
    if (value !== undefined && !isForTheNode(name) && name !== "TZ") base[name] = value;
  if (originalTz !== undefined) base.TZ = originalTz;

  return ({ assignment, attempt, nodeName, user }) => {
    const { job, overrides, shard } = assignment;
    const own = user && { HOME: user.home, USER: user.name, LOGNAME: user.name, SHELL: user.shell };
    const env: Record<string, string> = {
      // Services often run without HOME and the like, which commands rely on.
      ...(own && !user.switched ? own : {}),
      ...base,
      ...(own && user.switched ? own : {}),
      ...cmdEnv,
      ...(job.task.kind === "cmd" ? job.task.env : {}),
      ...overrides?.env,
      DISTCRON_RUN_ID: assignment.runId,
      DISTCRON_JOB: assignment.jobName,
      DISTCRON_JOB_VERSION: String(assignment.jobVersion),
      DISTCRON_ATTEMPT: String(attempt),
      DISTCRON_FENCE: String(assignment.fence),
      DISTCRON_TRIGGER: assignment.trigger,
      DISTCRON_SCHEDULED_FOR: new Date(assignment.scheduledFor).toISOString(),
      DISTCRON_NODE: nodeName,
    };
    if (shard) {
      env.DISTCRON_SHARD_INDEX = String(shard.index);
      env.DISTCRON_SHARD_TOTAL = String(shard.total);
    }
    return env;
  };
}

const isForTheNode = (name: string) =>
  meantForTheNode.has(name) || meantForTheNodePrefixes.some((prefix) => name.startsWith(prefix));
