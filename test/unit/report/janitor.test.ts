import { expect, it } from "vitest";
import { createJanitor } from "../../../src/report/janitor.ts";
import { ManualClock } from "../../support/manual-clock.ts";

it("deletes old history first, then audit lines of over 400 days and sessions that ended over 7 days ago, in batches", async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 5));
  const day = 86_400_000;
  const asked: string[] = [];
  let [runs, rest] = [2, 1];
  const janitor = createJanitor({
    store: {
      async retain({ batch }) {
        asked.push("retain");
        return runs-- > 0 ? batch : 0;
      },
      async prune({ auditBefore, sessionsBefore }) {
        const now = clock.now();
        asked.push(`prune ${Math.round((now - auditBefore) / day)} ${Math.round((now - sessionsBefore) / day)}`);
        return rest-- > 0 ? 1 : 0;
      },
    },
    clock,
    keep: { ageMs: day, count: 10 },
    mayWork: () => true,
    onError: (err) => expect.unreachable(String(err)),
  });
  janitor.start();
  await clock.advance(10_000);
  const [old, stop] = ["prune 400 7", janitor.stop()];
  expect(asked).toEqual(["retain", "retain", "retain", old, "retain", old]);
  await stop;
});
