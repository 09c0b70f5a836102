import { describe, expect, it } from "vitest";
import { type Candidate, capacityOf, chooseNode, isEligible } from "../../../src/assign/choose-node.ts";
import { aJob } from "../../support/a-job.ts";

const node = (
  name: string,
  over: Partial<Candidate> & { labels?: Record<string, string>; slots?: number } = {},
): Candidate => ({
  sessionId: `s-${name}`,
  info: {
    nodeId: `id-${name}`,
    name,
    labels: over.labels ?? {},
    slots: over.slots ?? 4,
    executors: ["cmd"],
    version: "1",
    host: "h",
    pid: 1,
    startedAt: 0,
  },
  eligible: true,
  outstanding: 0,
  cpuRatio: 0,
  ...over,
});

describe("choosing a node", () => {
  it("takes the least outstanding runs per slot, then the idler CPU, then a lot", () => {
    const busy = node("busy", { outstanding: 4 });
    const big = node("big", { outstanding: 4, slots: 16 });
    expect(chooseNode([busy, big], () => 0)?.info.name).toBe("big");
    const hot = node("hot", { cpuRatio: 0.9 });
    const cool = node("cool", { cpuRatio: 0.1 });
    expect(chooseNode([hot, cool], () => 0)?.info.name).toBe("cool");
    const twins = [node("a"), node("b")];
    expect(chooseNode(twins, () => 0)?.info.name).toBe("a");
    expect(chooseNode(twins, () => 0.99)?.info.name).toBe("b");
  });

  it("takes none that is full", () => {
    const full = node("full");
    full.outstanding = capacityOf(full.info);
    expect(chooseNode([full], () => 0)).toBeNull();
  });

  it("obeys place, executors, draining and a run's own wish", () => {
    const web = node("web", { labels: { zone: "eu", disk: "ssd" } });
    const place = (over: object) => aJob({ place: { node: null, labels: null, every: false, ...over } });
    expect(isEligible(web, place({ node: "web" }))).toBe(true);
    expect(isEligible(web, place({ node: "id-web" }))).toBe(true);
    expect(isEligible(web, place({ node: "db" }))).toBe(false);
    expect(isEligible(web, place({ labels: { zone: "eu" } }))).toBe(true);
    expect(isEligible(web, place({ labels: { zone: "eu", disk: "hdd" } }))).toBe(false);
    expect(isEligible(web, place({}), "db")).toBe(false);
    expect(isEligible(node("web", { eligible: false }), place({}))).toBe(false);
    const http = aJob({
      task: {
        kind: "http",
        url: "http://x",
        method: "GET",
        headers: {},
        body: null,
        expectStatus: [[200, 299]],
        expectBody: null,
        followRedirects: true,
        insecureTls: false,
      },
    });
    expect(isEligible(web, http)).toBe(false);
  });
});
