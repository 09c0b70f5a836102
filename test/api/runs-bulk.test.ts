// One action on many runs.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FinalState } from "../../src/model/run.ts";
import { type ApiScene, openApiScene, putRun, theTerm } from "../support/api-scene.ts";

let scene: ApiScene;
let job: { id: string; name: string };
beforeEach(async () => {
  scene = await openApiScene();
  job = await scene.addJob({ name: "sync", schedule: "@manual" });
});
afterEach(() => scene.close());

const bulk = (body: object, token?: string) =>
  scene.ask("POST", "/runs/bulk", { body, ...(token === undefined ? {} : { token }) });
const stateOf = async (id: string) => (await scene.ask("GET", `/runs/${id}`)).body.state;
const audited = async (action: string) => (await scene.ask("GET", `/audit?action=${action}`)).body.items;

let made = 0;
/** A run that waits, or that is over. */
async function put(state: FinalState | "planned" = "planned", dueInMs = 0) {
  const id = `01run${String(++made).padStart(8, "0")}`;
  const dueAt = scene.clock.now() + dueInMs;
  const run = await putRun(scene, job, { id, dueAt, scheduledFor: dueAt });
  const to = {
    state: state as FinalState,
    reason: { code: "exit_code" as const, message: "exit 3" },
    raiseFloor: false,
  };
  const end = { runId: run.id, ifState: ["planned" as const], ifFence: 0, to, at: scene.clock.now() };
  if (state !== "planned") await scene.store.transition(theTerm, [end]);
  return run.id;
}

describe("cancelling", () => {
  it("ends the runs that are named, each with its line in the audit, and tells what has become of each", async () => {
    const [a, b, over] = [await put(), await put(), await put("failed")];
    const { body } = await bulk({ action: "cancel", runs: [a, b, over] });
    expect(body.matched).toBe(3);
    expect(body.results).toEqual([
      { id: a, job: { id: job.id, name: "sync" }, state: "cancelled", run: null, error: null },
      { id: b, job: { id: job.id, name: "sync" }, state: "cancelled", run: null, error: null },
      { id: over, job: { id: job.id, name: "sync" }, state: "failed", run: null, error: null },
    ]);
    expect((await audited("run.cancel")).map((each: { target: { id: string } }) => each.target.id).sort()).toEqual(
      [a, b].sort(),
    );
    const detail = (await scene.ask("GET", `/runs/${a}`)).body;
    expect(detail).toMatchObject({ cancelled: { by: expect.any(String) }, rules: { killGraceMs: 10_000 } });
  });

  it("means only what isn't over, and ticks planned ahead only where their state is asked for", async () => {
    const [waiting, ahead] = [await put(), await put("planned", 10_000)];
    await put("failed");
    const dry = await bulk({ action: "cancel", filter: { job: "sync" }, dryRun: true });
    expect(dry.body.results.map(({ id }: { id: string }) => id)).toEqual([waiting]);
    expect(await stateOf(waiting)).toBe("planned");
    const all = await bulk({ action: "cancel", filter: { job: "sync", state: ["planned", "failed"] }, dryRun: true });
    expect(all.body.results.map(({ id }: { id: string }) => id)).toEqual([ahead, waiting]);
    expect((await bulk({ action: "cancel", filter: { state: ["failed"] } })).body.matched).toBe(0);
  });
});

describe("retrying", () => {
  it("makes a run for each that went wrong, and names it", async () => {
    const failed = await put("failed");
    await put("succeeded");
    await put("cancelled");
    const { body } = await bulk({ action: "retry", filter: { job: "sync" } });
    expect(body.results.map(({ id }: { id: string }) => id)).toEqual([failed]);
    const again = (await scene.ask("GET", `/runs/${body.results[0].run}`)).body;
    expect(again).toMatchObject({ trigger: "retry_of", of: failed, requestedBy: expect.any(String) });
    expect(await audited("run.retry")).toHaveLength(1);
  });

  it("of another state only if that is asked for; one that can't be stops no other", async () => {
    const [done, waiting] = [await put("succeeded"), await put()];
    const dry = await bulk({ action: "retry", filter: { state: ["succeeded", "planned"] }, dryRun: true });
    expect(dry.body.results.map(({ id }: { id: string }) => id)).toEqual([done]);
    const { body } = await bulk({ action: "retry", runs: [waiting, done] });
    expect(body.results.map(({ error }: { error: { code: string } | null }) => error?.code ?? null)).toEqual([
      "conflict",
      null,
    ]);
  });
});

it.each([
  ["an empty filter", { action: "cancel", filter: {} }, "empty_filter"],
  ["a filter that says nothing", { action: "cancel", filter: { q: "" } }, "empty_filter"],
  ["neither runs nor filter", { action: "retry" }, "invalid"],
  ["both", { action: "cancel", runs: ["a"], filter: { job: "sync" } }, "invalid"],
  ["an unknown state", { action: "cancel", filter: { state: ["done"] } }, "invalid"],
])("refuses %s", async (_, body, code) => {
  const answer = await bulk(body);
  expect([answer.status, answer.body.code]).toEqual([422, code]);
});

it("refuses more than a thousand at a time", async () => {
  for (let i = 0; i < 1001; i++) await put();
  const answer = await bulk({ action: "cancel", filter: { job: "sync" }, dryRun: true });
  expect([answer.status, answer.body.code]).toEqual([422, "too_many"]);
});

it("an unknown id is 404 before anything is done", async () => {
  const waiting = await put();
  expect((await bulk({ action: "cancel", runs: [waiting, "nope"] })).status).toBe(404);
  expect(await stateOf(waiting)).toBe("planned");
});

it("is for operators", async () => {
  const body = { action: "cancel", runs: [await put()] };
  expect((await bulk(body, await scene.tokenOf("viewer"))).status).toBe(403);
  expect((await bulk(body, await scene.tokenOf("operator"))).status).toBe(200);
});
