// So many at once, the others in line, and nobody in line for ever.
import { describe, expect, it } from "vitest";
import { createGate } from "../../../src/store/sql/gate.ts";
import { ManualClock, settle } from "../../support/manual-clock.ts";

function held() {
  let release = () => {};
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { until, release: () => release() };
}

describe("the gate before a database's connections", () => {
  it("lets so many through at once, and the others in the order of their arrival", async () => {
    const gate = createGate(2, new ManualClock());
    const inside: number[] = [];
    const holds = [held(), held(), held(), held()];
    const all = holds.map(({ until }, i) =>
      gate.through(() => {
        inside.push(i);
        return until;
      }),
    );
    await settle();
    expect(inside).toEqual([0, 1]);
    holds[1]!.release();
    await settle();
    expect(inside).toEqual([0, 1, 2]);
    for (const { release } of holds) release();
    await Promise.all(all);
    expect(inside).toEqual([0, 1, 2, 3]);
  });

  it("gives a place back when what went through failed", async () => {
    const gate = createGate(1, new ManualClock());
    const failing = gate.through(() => Promise.reject(new Error("broken")));
    const next = gate.through(async () => "through");
    await expect(failing).rejects.toThrow("broken");
    expect(await next).toBe("through");
  });

  it("turns away who has waited for too long, without having let them in", async () => {
    const clock = new ManualClock();
    const gate = createGate(1, clock);
    const first = held();
    const holding = gate.through(() => first.until);
    let cameIn = false;
    const waiting = gate.through(async () => {
      cameIn = true;
    });
    const refused = expect(waiting).rejects.toMatchObject({ code: "store_unavailable" });
    await clock.advance(15_000);
    await refused;
    first.release();
    await holding;
    expect(await gate.through(async () => "free")).toBe("free");
    expect(cameIn).toBe(false);
  });
});
