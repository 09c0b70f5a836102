// The messages about a job document, in Chinese: made of the real ones, so that a message that changes is noticed here.
import { expect, test } from "vitest";
import { inChinese } from "../../../src/api/zh/sentences.ts";
import { checkSchedule } from "../../../src/compose/job-rules.ts";
import { nearest } from "../../../src/lib/nearest.ts";
import { parseJobDocument } from "../../../src/model/job-document.ts";

const good = { name: "a", schedule: "@daily", cmd: "true" };
const bad: object[] = [
  {},
  { ...good, name: "A b" },
  { ...good, name: "" },
  { ...good, name: 5 },
  { ...good, http: "http://a/" },
  { ...good, schedule: "" },
  { ...good, schedule: "61 * * * *" },
  { ...good, schedule: "* * * *" },
  { ...good, schedule: "0 0 30 2 *" },
  { ...good, schedule: ["@manual", "@daily"] },
  { ...good, timezone: "Europe/Berlim" },
  { ...good, priority: 12 },
  { ...good, priority: "x" },
  { ...good, overlap: "maybe" },
  { ...good, timeout: "5" },
  { ...good, timeout: "soon" },
  { ...good, timeout: "900d" },
  { ...good, startAt: "soon" },
  { ...good, startAt: "2026-01-02T00:00:00Z", endAt: "2026-01-01T00:00:00Z" },
  { ...good, retry: { limit: -1, jitterRatio: 2, delay: "1m", maxDelay: "1s" } },
  { ...good, retry: 3 },
  { ...good, pauseAfter: "x" },
  { ...good, place: { node: "" } },
  { ...good, place: { node: "a", every: true } },
  { ...good, place: { labels: {} } },
  { ...good, limit: { key: "a b", max: 0 } },
  { ...good, tags: ["a,b", "c", "c"] },
  { ...good, keep: { runs: 0 } },
  { ...good, titel: "x" },
  { ...good, zzz: "x" },
  { ...good, limit: { key: "a", max: 1, retry: 1 } },
  { ...good, cmd: "" },
  { ...good, cmd: [] },
  {
    ...good,
    cmd: { command: "x", env: { "": "1", DISTCRON_X: "1", A: 1 }, cwd: "tmp", user: "a b", expectExit: [300] },
  },
  { name: "a", schedule: "@daily", http: "ftp://a" },
  {
    name: "a",
    schedule: "@daily",
    http: {
      url: "http://a/",
      body: "x",
      expectStatus: "900",
      expectBody: "(",
      headers: { "a b": "c", Connection: "x" },
    },
  },
];

test.each(bad.map((document) => [JSON.stringify(document).slice(0, 90), document] as const))("%s", (_, document) => {
  const parsed = parseJobDocument(document, { defaults: { timezone: "UTC" }, nearest, checkSchedule });
  if (parsed.ok) throw new Error("it is valid");
  for (const { message } of parsed.errors) {
    const words = inChinese(message);
    expect(words, message).toMatch(/[\u4e00-\u9fff]/);
    expect(words, message).not.toMatch(/\b(expected|got|such as|a list|an object|a text|stands|unknown|of|with)\b/);
  }
});

test("what has no counterpart is told apart", () => {
  expect(inChinese("something new")).toBeNull();
});
