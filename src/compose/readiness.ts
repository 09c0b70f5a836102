// Whether a scheduler does its work, part by part, for /readyz: its store, its coordinator, and its own part in the cluster.
import type { Clock } from "../clock.ts";
import type { Coordinator, SchedulerView } from "../coordinator/coordinator.ts";
import type { Scheduler } from "../roles/scheduler.ts";
import type { Store } from "../store/store.ts";
import { createCheck } from "./check.ts";

export interface Component {
  name: string;
  ready: boolean;
  detail?: string;
}

/** `cluster`: other schedulers may lead, and the coordinator is a program of its own. */
export function createReadiness(deps: {
  store: Pick<Store, "getSetting">;
  coordinator: Pick<Coordinator, "schedulers">;
  clock: Clock;
  cluster: boolean;
}) {
  const { store, coordinator, clock, cluster } = deps;
  const storeAnswers = createCheck(clock, async () => void (await store.getSetting("ready")));
  let schedulers: SchedulerView[] = [];
  const coordinatorAnswers = createCheck(clock, async () => {
    schedulers = await coordinator.schedulers();
  });

  /** A leader is ready when work is planned and handed out; a standby when it knows whom to pass changes on to. */
  function ownPart(scheduler: Scheduler, coordinatorTrouble: string | null): Component {
    const name = "scheduler";
    if (scheduler.isLeader() || !cluster)
      return scheduler.isReady()
        ? { name, ready: true, detail: `leads, term ${scheduler.term()}` }
        : { name, ready: false, detail: "this scheduler is to lead, and is reconciling what it found" };
    const leader = coordinatorTrouble === null && schedulers.find((each) => each.leader);
    return leader
      ? { name, ready: true, detail: `stands by; ${leader.url || leader.id} leads` }
      : { name, ready: false, detail: "nobody is known to lead at the moment" };
  }

  return async (scheduler: Scheduler): Promise<Component[]> => {
    const [storeTrouble, coordinatorTrouble] = await Promise.all([
      storeAnswers(),
      cluster ? coordinatorAnswers() : null,
    ]);
    return [
      component("store", storeTrouble),
      ...(cluster ? [component("coordinator", coordinatorTrouble)] : []),
      ownPart(scheduler, coordinatorTrouble),
    ];
  };
}

const component = (name: string, trouble: string | null): Component =>
  trouble === null ? { name, ready: true } : { name, ready: false, detail: trouble };
