// How the web app is handed out: its page under a strict policy, its assets kept for good, and never in the API's place.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openApiScene } from "../support/api-scene.ts";

let scene: Awaited<ReturnType<typeof openApiScene>>;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "distcron-ui-"));
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), '<script nonce="__CSP_NONCE__" src="/assets/a-1.js"></script>');
  writeFileSync(join(folder, "assets/a-1.js"), "plain()");
  writeFileSync(join(folder, "assets/a-1.js.gz"), gzipSync("plain()"));
  scene = await openApiScene({ config: { ui: folder } });
});
afterAll(async () => {
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

const html = { accept: "text/html,application/xhtml+xml" };
const get = (url: string, headers: Record<string, string> = {}) => scene.ask("GET", url, { token: null, headers });

test.each(["//", "//jobs", "//runs/01h?tab=log"])("a browser gets the app's page at %s", async (url) => {
  const answer = await get(url, html);
  expect(answer.status).toBe(200);
  expect(answer.headers["content-type"]).toBe("text/html; charset=utf-8");
  expect(answer.headers["cache-control"]).toBe("no-cache");
});

test("the page's scripts carry a number that is new each time, and the policy lets in no other", async () => {
  const numberOf = (text: string) => /nonce="([^"]+)"/.exec(text)?.[1];
  const [one, two] = [await get("//", html), await get("//", html)];
  expect(numberOf(one.text)).toMatch(/^[\w+/]{22}==$/);
  expect(numberOf(one.text)).not.toBe(numberOf(two.text));
  const policy = one.headers["content-security-policy"];
  expect(policy).toContain(`script-src 'self' 'nonce-${numberOf(one.text)}'`);
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain("unsafe");
});

test("assets are kept for good, and come compressed to who takes that", async () => {
  const plain = await get("//assets/a-1.js");
  expect(plain.text).toBe("plain()");
  expect(plain.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
  expect(plain.headers["content-type"]).toMatch(/^(text|application)\/javascript/);
  const packed = await get("//assets/a-1.js", { "accept-encoding": "gzip" });
  expect(packed.headers["content-encoding"]).toBe("gzip");
});

test.each([
  ["an unknown route of the API", "//api/v1/nothing", html],
  ["an asset that is gone", "//assets/gone.js", html],
  ["a program that asks for no page", "//jobs", { accept: "application/json" }],
])("%s is a problem, not a page", async (_, url, headers) => {
  const answer = await get(url, headers);
  expect(answer.status).toBe(404);
  expect(answer.body.code).toBe("not_found");
  expect(answer.headers["cache-control"]).toBe("no-store");
});

test("nothing outside the assets is handed out", async () => {
  for (const url of ["//assets/../index.html", "//assets/%2e%2e/index.html", "//assets/"])
    expect((await get(url)).status).toBeGreaterThanOrEqual(400);
});
