// A secret may come from a file: that counts as much as the place that names the file, no more.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { loadConfig } from "../../../src/config.ts";

const folder = mkdtempSync(join(tmpdir(), "distcron-config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const secret = join(folder, "url");
writeFileSync(secret, "postgres://a@file/b\n");
const file = join(folder, "config.yaml");
writeFileSync(file, `store:\n  urlFile: ${secret}\n`);

const storeUrl = (env: Record<string, string>, flag?: string) =>
  loadConfig({ env, file, flags: { "store.url": flag } }).config["store.url"];

it("a flag and the environment beat a secret's file that the configuration names", () => {
  expect(storeUrl({})).toBe("postgres://a@file/b");
  expect(storeUrl({ DISTCRON_STORE__URL: "sqlite:" })).toBe("sqlite:");
  expect(storeUrl({ DISTCRON_STORE__URL_FILE: secret }, "sqlite:")).toBe("sqlite:");
  expect(storeUrl({ DISTCRON_STORE__URL_FILE: secret })).toBe("postgres://a@file/b");
});
