// Nodes of a scene that do their work as it comes due, under the scene's clock: they claim half a second ahead, or at once
// what is due sooner, as long as they have a slot, start it then, and end it when its time has come.
import { expect } from "vitest";
import type { AssignmentView } from "../../src/coordinator/coordinator.ts";
import { load, type Scene } from "./scene.ts";

export type CrewNode = Awaited<ReturnType<Scene["addNode"]>>;

export interface CrewStart {
  jobId: string;
  trigger: string;
  node: string;
  dueAt: number;
  /** When it was claimed, or was due if that came later. */
  at: number;
}

const stepMs = 50;
const claimAheadMs = 500;
const announceEveryMs = 2000;

export function createCrew(scene: Scene) {
  const going = new Map<AssignmentView, { node: CrewNode; until: number }>();
  const over = new WeakSet<AssignmentView>();
  const starts: CrewStart[] = [];
  let announceAt = 0;

  async function take(node: CrewNode, view: AssignmentView, lastsMs: number) {
    const { dueAt, jobId, trigger } = view.assignment;
    const now = scene.clock.now();
    if ((await node.claim(view)) !== "claimed") return;
    const at = Math.max(now, dueAt);
    going.set(view, { node, until: at + lastsMs });
    starts.push({ jobId, trigger, node: node.name, dueAt, at });
    await node.started(view);
  }

  const runningOn = (node: CrewNode) => [...going.values()].filter((each) => each.node === node).length;

  async function announce(node: CrewNode) {
    const now = scene.clock.now();
    const waiting = node.views().filter((view) => !going.has(view) && view.assignment.dueAt <= now && !over.has(view));
    await node.session.announce({ ...load, running: runningOn(node), queued: waiting.length });
  }

  return {
    starts,
    /** So long; what starts lasts `lastsMs` from when it was due (over before that if it is less than nothing). */
    async work(nodes: CrewNode[], ms: number, lastsMs: (view: AssignmentView) => number) {
      for (const end = scene.clock.now() + ms; scene.clock.now() < end; await scene.settle(stepMs)) {
        const now = scene.clock.now();
        for (const [view, { node, until }] of going)
          if (nodes.includes(node) && now >= until) {
            going.delete(view);
            over.add(view);
            await node.finished(view);
          }
        for (const node of nodes)
          for (const view of node.views()) {
            const isMine = !going.has(view) && !over.has(view) && view.assignment.dueAt <= now + claimAheadMs;
            if (isMine && runningOn(node) < node.info.slots) await take(node, view, lastsMs(view));
          }
        if (now < announceAt) continue;
        announceAt = now + announceEveryMs;
        for (const node of nodes) await announce(node);
      }
    },
    /** None that started later than it was due. */
    expectPunctual() {
      expect(starts.filter(({ dueAt, at }) => at > dueAt)).toEqual([]);
    },
  };
}
