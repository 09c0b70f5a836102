import { describe, expect, it } from "vitest";
import { defaultsOf } from "../../../src/compose/job-rules.ts";
import { ConfigError } from "../../../src/config.ts";

const problemsOf = (defaults: Record<string, unknown>, timezone = "UTC") => {
  try {
    return defaultsOf({ defaults, timezone });
  } catch (err) {
    return err instanceof ConfigError ? err.message : err;
  }
};

describe("the configuration's defaults", () => {
  it("carry the server's zone where they name none", () => {
    expect(problemsOf({ timeout: "5m" }, "Asia/Shanghai")).toEqual({ timeout: "5m", timezone: "Asia/Shanghai" });
    expect(problemsOf({ timezone: "Europe/Berlin" })).toEqual({ timezone: "Europe/Berlin" });
  });

  it("with a zone that isn't one are refused at start", () => {
    expect(problemsOf({ timezone: "Europe/Berlim" })).toMatch(/defaults\.timezone: .*Europe\/Berlim/);
  });

  it("are refused with a server's zone that isn't one, naming both mistakes", () => {
    const words = problemsOf({ timeot: "5m" }, "Mars/Olympus");
    expect(words).toMatch(/timezone: .*Mars\/Olympus/);
    expect(words).toMatch(/defaults\.timeot/);
  });
});
