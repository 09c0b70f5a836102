// The jobs of the very first start: made once, whatever happens meanwhile, and never over what somebody made.
import { expect, it } from "vitest";
import { offerExamples, wantsExamples } from "../../../src/compose/examples.ts";
import type { JobRow } from "../../../src/store/store.ts";

function world() {
  const settings = new Map<string, string>();
  const names = new Set<string>();
  let left = Number.POSITIVE_INFINITY;
  return {
    names,
    /** After so many more calls the process dies. */
    dieAfter: (calls: number) => {
      left = calls;
    },
    async start() {
      const call = async <T>(fn: () => T): Promise<T> => {
        if (left-- <= 0) throw new Error("died");
        return fn();
      };
      const row = (name: string) => ({ name }) as JobRow;
      const store = {
        getSetting: (key: string) => call(() => settings.get(key) ?? null),
        setSetting: (key: string, value: string) => call(() => void settings.set(key, value)),
        getJob: (name: string) => call(() => (names.has(name) ? row(name) : null)),
        listJobs: () => call(() => ({ items: [...names].map(row), nextCursor: null })),
      };
      if (!(await wantsExamples(store))) return;
      await offerExamples({
        store,
        jobs: {
          apply: (documents) =>
            call(() => {
              for (const { name } of documents as { name: string }[]) {
                if (names.has(name)) throw new Error(`${name} is somebody's`);
                names.add(name);
              }
              return [];
            }),
        },
        examples: [{ name: "one" }, { name: "two" }],
      });
    },
  };
}

it.each(Array.from({ length: 10 }, (_, i) => i))(
  "all are made though the first start dies after %i calls",
  async (calls) => {
    const { names, dieAfter, start } = world();
    dieAfter(calls);
    await start().catch(() => {});
    dieAfter(Number.POSITIVE_INFINITY);
    await start();
    expect([...names]).toEqual(["one", "two"]);
    names.delete("one");
    await start();
    expect([...names], "what was deleted stays so").toEqual(["two"]);
  },
);

it("none is made where somebody has made jobs", async () => {
  const { names, start } = world();
  names.add("mine");
  await start();
  names.delete("mine");
  await start();
  expect([...names]).toEqual([]);
});
