import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDuration } from "../../../src/lib/duration.ts";
import { parseJobDocument } from "../../../src/model/job-document.ts";
import { durationMs } from "../../../src/model/job-fields.ts";
import { jobShape } from "../../../src/model/job-schema.ts";

const options = { defaults: {} };
const amount = fc.integer({ min: 1, max: 59 });
const duration = fc.oneof(
  amount.map((n) => `${n}s`),
  fc.tuple(amount, amount).map(([h, m]) => `${h}h${m}m`),
  amount.map((n) => `${n}ms`),
);
const words = fc.string({ maxLength: 40 }).filter((text) => !text.includes("\0"));
const command = words.filter((text) => text.trim() !== "");
const someOf = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(fields, { requiredKeys: [] });

const common = {
  title: words,
  description: words,
  enabled: fc.boolean(),
  tags: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,9}$/), { maxLength: 5 }),
  timezone: fc.constantFrom("UTC", "Asia/Shanghai"),
  priority: fc.integer({ min: 0, max: 9 }),
  timeout: fc.oneof(duration, fc.constant("none")),
  killGrace: duration.filter((text) => parseDuration(text) <= 3_600_000),
  retry: fc.oneof(
    fc.constant("none"),
    someOf({
      limit: fc.integer({ min: 0, max: 100 }),
      delay: duration,
      backoff: fc.constantFrom("fixed", "linear", "exponential"),
      jitterRatio: fc.constantFrom(0, 0.5, 1),
    }),
  ),
  overlap: fc.constantFrom("skip", "allow", "queue", "replace"),
  misfire: someOf({ policy: fc.constantFrom("skip", "latest", "all"), within: fc.constantFrom("1m", "24h") }),
  onNodeLoss: fc.constantFrom("fail", "rerun"),
  place: fc.oneof(fc.constant({ every: true }), fc.constant({ node: "web-1" }), fc.constant({ labels: { a: "b" } })),
  limit: fc.record({ key: fc.constant("db"), max: amount }),
  notify: someOf({ channels: fc.constant(["ops"]), after: amount }),
  keep: someOf({ runs: amount, age: fc.constant("30d") }),
};
const task = fc.oneof(
  command.map((cmd) => ({ cmd })),
  fc
    .record({ command, env: fc.dictionary(fc.stringMatching(/^[A-CE-Z_]{1,8}$/), words, { noNullPrototype: true }) })
    .map((cmd) => ({ cmd })),
  fc.webUrl().map((http) => ({ http })),
);
const document = fc
  .tuple(fc.stringMatching(/^[a-z][a-z0-9._-]{0,20}$/), fc.constantFrom("@daily", "0 3 * * *"), task, someOf(common))
  .map(([name, schedule, what, more]) => ({ name, schedule, ...what, ...more }));

/** A document with one field made anything at all. */
const spoiled = fc
  .tuple(document, fc.constantFrom(...Object.keys(jobShape), "x"), fc.jsonValue())
  .map(([job, key, value]) => ({ ...job, [key]: value }));

describe("parsing a job document", () => {
  it("never throws, whatever comes, and says at least one thing about what it refuses", () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.jsonValue(), spoiled), (input) => {
        const result = parseJobDocument(input, options);
        if (result.ok) return;
        expect(result.errors.length).toBeGreaterThan(0);
        for (const { path, message } of result.errors) {
          expect(typeof path).toBe("string");
          expect(message).not.toMatch(/Invalid input|undefined|\[object/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("takes what it gave: an accepted document goes out and comes in again the same", () => {
    fc.assert(
      fc.property(document, (written) => {
        const once = parseJobDocument(written, options);
        if (!once.ok) throw new Error(JSON.stringify(once.errors));
        expect(once.document).toEqual(written);
        const again = parseJobDocument(JSON.parse(JSON.stringify(once.document)), options);
        expect(again).toEqual(once);
      }),
      { numRuns: 500 },
    );
  });

  it("what a job writes wins over the cluster's defaults", () => {
    fc.assert(
      fc.property(
        document,
        someOf({ priority: common.priority, overlap: common.overlap, timeout: common.timeout }),
        (job, defaults) => {
          const plain = parseJobDocument(job, options);
          const filled = parseJobDocument(job, { defaults });
          if (!plain.ok || !filled.ok) throw new Error("refused");
          if (job.priority !== undefined) expect(filled.effective.priority).toBe(job.priority);
          if (job.overlap !== undefined) expect(filled.effective.overlap).toBe(job.overlap);
          if (job.timeout !== undefined) expect(filled.effective.timeoutMs).toBe(plain.effective.timeoutMs);
        },
      ),
    );
  });
});

it("reads durations as the rest of the program does", () => {
  const pieces = fc.array(
    fc.tuple(fc.oneof(amount.map(String), fc.constant("1.5")), fc.constantFrom("ms", "s", "m", "h", "d", "w", "x", "")),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(
      pieces.map((all) => all.flat().join("")),
      (text) => {
        let expected: number | null = null;
        try {
          expected = parseDuration(text);
        } catch {}
        // There 100 years are the most; here every field has its own bound.
        const ms = durationMs(text);
        if (ms === null || ms <= 100 * 365 * 86_400_000) expect(ms).toBe(expected);
      },
    ),
  );
});
