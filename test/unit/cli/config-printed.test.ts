// What is in force, as people and the web app see it: as it would be written, and nothing secret in it.
import { expect, it } from "vitest";
import { type ConfigKey, envName, isSecret, keys, loadConfig, printable } from "../../../src/config.ts";

const printed = (env: Record<string, string> = {}) => {
  const rows = printable(loadConfig({ env, defaultFile: "/nowhere" }));
  return (key: ConfigKey) => rows.find((row) => row.key === key);
};

it("prints values as they are written in the file", () => {
  const row = printed({ DISTCRON_SCHEDULER__HORIZON: "90s", DISTCRON_COORDINATOR__ETCD__COMPACT_EVERY: "off" });
  expect(row("scheduler.horizon")).toEqual({
    key: "scheduler.horizon",
    value: "1m30s",
    origin: "environment DISTCRON_SCHEDULER__HORIZON",
  });
  expect(row("coordinator.etcd.compactEvery")?.value).toBe("off");
  expect(row("output.maxBytes")).toMatchObject({ value: "1MiB", origin: "default" });
  expect(row("server.port")?.value).toBe(8470);
  expect(row("server.publicUrl")?.value).toBeNull();
});

it("prints every default so that it means the same when it is read again", () => {
  const { config } = loadConfig({ env: {}, defaultFile: "/nowhere" });
  for (const { key, value } of printable(loadConfig({ env: {}, defaultFile: "/nowhere" }))) {
    const again = keys[key].schema.safeParse(value ?? undefined);
    expect([key, again.success && again.data]).toEqual([key, config[key]]);
  }
});

it("shows no secret: neither marked ones, nor what commands are given, nor passwords in addresses", () => {
  const secret = "geheim";
  const env = Object.fromEntries(
    (Object.keys(keys) as ConfigKey[]).filter(isSecret).map((key) => [envName(key), `${secret}-of-${key}`]),
  );
  const row = printed({
    ...env,
    DISTCRON_NODE__CMD__ENV: `PASSWORD=${secret},MODE=${secret}`,
    DISTCRON_COORDINATOR__ETCD__ENDPOINTS: `http://root:${secret}@10.0.0.1:2379,http://10.0.0.2:2379`,
    DISTCRON_SERVER__PUBLIC_URL: `https://ann:${secret}@cron.example`,
  });
  for (const key of Object.keys(keys) as ConfigKey[])
    expect([key, JSON.stringify(row(key)?.value).includes(secret)]).toEqual([key, false]);
  expect(row("store.url")?.value).toBe("••••");
  expect(row("node.cmd.env")?.value).toEqual({ PASSWORD: "••••", MODE: "••••" });
  expect(row("coordinator.etcd.endpoints")?.value).toEqual(["http://••••@10.0.0.1:2379", "http://10.0.0.2:2379"]);
});
