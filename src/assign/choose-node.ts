// Which session a run goes to. Pure: every placement rule is here and nowhere else.
import type { EffectiveJob } from "../model/job.ts";
import type { NodeInfo } from "../model/node.ts";

/** A session as the assigner sees it. */
export interface Candidate {
  sessionId: string;
  info: NodeInfo;
  /** Lease live, session trusted for more than half of its grace, and not draining. */
  eligible: boolean;
  /** Runs assigned to it or running on it. */
  outstanding: number;
  cpuRatio: number;
}

/** A session takes its slots' worth of runs and a bounded queue beyond; what is more waits in the ledger, by priority. */
export const capacityOf = (info: Pick<NodeInfo, "slots">): number => Math.max(1000, info.slots * 250);

/** From here on a run is no longer only planned ahead. */
export const soonMs = 2000;

/** As much again is kept for what is due soon: what was planned far ahead must not stand in its way. */
export const isFull = ({ info, outstanding }: Candidate, soon: boolean): boolean =>
  outstanding >= capacityOf(info) * (soon ? 2 : 1);

/** Whether the job may run there at all, leaving load aside. `node`: a manual run's own wish, which comes on top. */
export function isEligible(candidate: Candidate, job: EffectiveJob, node?: string | null): boolean {
  const { info } = candidate;
  if (!candidate.eligible || !info.executors.includes(job.task.kind)) return false;
  if (node && info.name !== node && info.nodeId !== node) return false;
  const { place } = job;
  if (place.node && info.name !== place.node && info.nodeId !== place.node) return false;
  if (place.labels)
    for (const [key, value] of Object.entries(place.labels)) if (info.labels[key] !== value) return false;
  return true;
}

/** The least loaded of them by outstanding runs per slot, then by CPU, then by lot. null: all are full, or there are none. */
export function chooseNode(candidates: Candidate[], random: () => number, soon = false): Candidate | null {
  let best: Candidate[] = [];
  let bestLoad = Number.POSITIVE_INFINITY;
  let bestCpu = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    if (isFull(candidate, soon)) continue;
    const load = candidate.outstanding / Math.max(1, candidate.info.slots);
    const cpu = Math.round(candidate.cpuRatio * 20); // Steps of 5 %: smaller differences are noise.
    if (load < bestLoad || (load === bestLoad && cpu < bestCpu)) {
      best = [candidate];
      bestLoad = load;
      bestCpu = cpu;
    } else if (load === bestLoad && cpu === bestCpu) best.push(candidate);
  }
  return best[Math.floor(random() * best.length)] ?? null;
}

/** In words, for the run that waits: what it asked for and what there is. */
export function describePlacement(job: EffectiveJob, candidates: Candidate[], node?: string | null): string {
  const wants = [
    node ? `node ${node}` : null,
    job.place.node ? `node ${job.place.node}` : null,
    job.place.labels
      ? `labels ${Object.entries(job.place.labels)
          .map(([k, v]) => `${k}=${v}`)
          .join(",")}`
      : null,
    `executor ${job.task.kind}`,
  ].filter(Boolean);
  const live = candidates.filter((c) => c.eligible).map((c) => c.info.name);
  const there = live.length
    ? `eligible nodes: ${live.slice(0, 5).join(", ")}${live.length > 5 ? ", …" : ""}`
    : "no node is up";
  return `no eligible node: wants ${wants.join(" and ")}; ${there}`;
}
