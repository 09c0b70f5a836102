import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { createLogger, type LogOptions } from "../../../src/telemetry/logger.ts";

async function written(options: Partial<LogOptions>, isTTY: boolean, fields: object): Promise<string> {
  const stream = Object.assign(new PassThrough(), { isTTY });
  const log = await createLogger({ level: "info", format: "auto", stream, ...options });
  log.debug({}, "too much");
  log.warn(fields, "node lost; run re-placed");
  return String(stream.read() ?? "");
}

describe("logs", () => {
  it("are JSON lines where nobody reads along", async () => {
    const line = JSON.parse(await written({ base: { role: "all" } }, false, { runId: "r1" }));
    expect(line).toMatchObject({ level: "warn", role: "all", runId: "r1", msg: "node lost; run re-placed" });
    expect(line.time).toMatch(/^\d{4}-\d{2}-\d{2}T.*Z$/);
  });
  it("are for people on a terminal, and as asked", async () => {
    const line = await written({}, true, { runId: "r1" });
    expect(line).toMatch(/WARN.*node lost; run re-placed.*r1/s);
    expect(() => JSON.parse(line)).toThrow();
    expect(JSON.parse(await written({ format: "json" }, true, {})).msg).toBe("node lost; run re-placed");
    expect(await written({ format: "pretty" }, false, {})).toMatch(/WARN/);
  });
  it("never hold what looks like a secret, nor an error without its cause", async () => {
    const fields = {
      token: "s3cret",
      config: { password: "s3cret" },
      req: { headers: { authorization: "Bearer s3cret", cookie: "s3cret" } },
      err: new Error("failed", { cause: new Error("deeper") }),
    };
    for (const format of ["json", "pretty"] as const) {
      const line = await written({ format }, false, fields);
      expect(line).not.toContain("s3cret");
      expect(line).toContain("deeper");
    }
  });
});
