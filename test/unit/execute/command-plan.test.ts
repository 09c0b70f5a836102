import { describe, expect, it } from "vitest";
import { createCommandEnvironment } from "../../../src/execute/command-environment.ts";
import type { AttemptRequest } from "../../../src/execute/executor.ts";
import { planCommand } from "../../../src/execute/executors/command-plan.ts";
import type { Account } from "../../../src/execute/warden/accounts.ts";
import { effectiveOf } from "../../../src/model/effective-job.ts";
import type { JobDefaults } from "../../../src/model/job-schema.ts";
import { anAssignment } from "../../support/an-assignment.ts";

describe("a job's user on a node that root doesn't run", () => {
  const accounts: Record<string, Account> = {
    "1000": { name: "cron", uid: 1000, gid: 1000, home: "/", shell: "/bin/sh" },
    backup: { name: "backup", uid: 34, gid: 34, home: "/", shell: "/bin/sh" },
  };
  const plan = (user: string) => {
    const job = effectiveOf({ name: "j", schedule: "@manual", cmd: { command: "true", user } }, {});
    const request = { assignment: { ...anAssignment({ runId: "r", sessionId: "s" }), job }, attempt: 1, nodeName: "n" };
    return planCommand(request, {
      environment: createCommandEnvironment({ nodeEnv: { PATH: "/bin" }, originalTz: undefined, cmdEnv: {} }),
      findAccount: async (name) => accounts[name] ?? (name === "cron" ? accounts["1000"]! : null),
      ownUid: 1000,
      allowedUsers: ["*"],
    });
  };

  it("is refused in words, whoever is allowed: only root can change it", async () => {
    const message = 'node "n" runs as cron and can\'t run commands as "backup"; only a node run by root can';
    expect(await plan("backup")).toEqual({ code: "spawn_failed", message });
  });

  it("may be the node's own, by name or number, which changes nothing", async () => {
    for (const own of ["cron", "1000"]) expect(await plan(own)).toMatchObject({ file: "/bin/sh" });
  });

  it("has to be there", async () => {
    expect(await plan("nobody-here")).toMatchObject({ message: 'there is no user "nobody-here" on node "n"' });
  });
});

async function shellOf(cmd: unknown, { defaults = {}, node }: { defaults?: JobDefaults; node?: string } = {}) {
  const base = anAssignment({ runId: "r", sessionId: "s" });
  const job = effectiveOf({ name: "j", schedule: "@manual", cmd }, defaults);
  const request = { assignment: { ...base, job }, attempt: 1, nodeName: "n" } as unknown as AttemptRequest;
  const plan = await planCommand(request, {
    environment: createCommandEnvironment({ nodeEnv: { PATH: "/bin" }, originalTz: undefined, cmdEnv: {} }),
    findAccount: async () => null,
    ownUid: 1000,
    allowedUsers: [],
    shell: node,
  });
  return "file" in plan ? plan.file : plan;
}

describe("the shell of a command", () => {
  it("is the node's where the job names none, and /bin/sh where nobody does", async () => {
    expect(await shellOf("true")).toBe("/bin/sh");
    expect(await shellOf("true", { node: "/bin/bash" })).toBe("/bin/bash");
  });

  it("is the job's where it names one, /bin/sh too", async () => {
    expect(await shellOf({ command: "true", shell: "/bin/sh" }, { node: "/bin/bash" })).toBe("/bin/sh");
  });

  it("is the cluster's default before the node's", async () => {
    const defaults = { cmd: { shell: "/bin/sh" } };
    expect(await shellOf("true", { defaults, node: "/bin/bash" })).toBe("/bin/sh");
  });
});
