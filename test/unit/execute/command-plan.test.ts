import { describe, expect, it } from "vitest";
import { createCommandEnvironment } from "../../../src/execute/command-environment.ts";
import type { AttemptRequest } from "../../../src/execute/executor.ts";
import { planCommand } from "../../../src/execute/executors/command-plan.ts";
import { effectiveOf } from "../../../src/model/effective-job.ts";
import type { JobDefaults } from "../../../src/model/job-schema.ts";
import { anAssignment } from "../../support/an-assignment.ts";

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
