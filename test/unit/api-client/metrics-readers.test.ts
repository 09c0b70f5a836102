// Whom a node shows its metrics: what schedulers say is remembered for a while, and good news for as long as nobody can be asked.
import { expect, it } from "vitest";
import { createMetricsReaders } from "../../../src/api/metrics-readers.ts";
import { ManualClock } from "../../support/manual-clock.ts";

function scene() {
  const clock = new ManualClock(0);
  const good = new Set(["good"]);
  const asked: string[] = [];
  let isCutOff = false;
  const mayRead = createMetricsReaders({
    clock,
    async ask(token) {
      asked.push(token);
      if (isCutOff) throw new Error("no scheduler answers");
      return good.has(token) ? { mayRead: true } : { mayRead: false, detail: "not known" };
    },
  });
  return {
    ...{ clock, good, asked, mayRead },
    cutOff(is: boolean) {
      isCutOff = is;
    },
  };
}

it("asks once for what is shown at once, and again after a while", async () => {
  const { mayRead, asked, clock, good } = scene();
  expect(await Promise.all([mayRead("good"), mayRead("good")])).toEqual([{ answer: "yes" }, { answer: "yes" }]);
  await clock.advance(59_000);
  expect(await mayRead("good")).toEqual({ answer: "yes" });
  expect(asked).toEqual(["good"]);
  good.clear();
  await clock.advance(2000);
  expect(await mayRead("good")).toEqual({ answer: "no", detail: "not known" });
  good.add("good");
  await clock.advance(11_000);
  expect(await mayRead("good")).toEqual({ answer: "yes" });
});

it("cut off, it goes on with those it knows, and knows nobody new", async () => {
  const { mayRead, clock, cutOff } = scene();
  await mayRead("good");
  await mayRead("bad");
  cutOff(true);
  await clock.advance(3_600_000);
  expect(await mayRead("good")).toEqual({ answer: "yes" });
  for (const token of ["bad", "new"])
    expect(await mayRead(token)).toEqual({ answer: "unknown", detail: "no scheduler answers" });
});

it("is not made to forget the good ones, nor to ask without end, by guesses", async () => {
  const { mayRead, asked, cutOff, clock } = scene();
  await mayRead("good");
  for (let i = 0; i < 300; i++) await mayRead(`guess-${i}`);
  cutOff(true);
  await clock.advance(3_600_000);
  expect(await mayRead("good")).toEqual({ answer: "yes" });
  asked.length = 0;
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => mayRead(`more-${i}`)));
  expect(asked).toHaveLength(8);
  expect(answers.every(({ answer }) => answer === "unknown")).toBe(true);
});
