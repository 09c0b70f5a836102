// What schedulers do in the model of one run: win and lose the leader key, read the row, decide, write the store, write
// etcd; and what becomes of a write that is still under way.
import {
  type Draft,
  type Held,
  isOpen,
  isOver,
  type Row,
  type Rules,
  type Scheduler,
  type SessionId,
  type State,
  same,
  sessionIds,
  type Transaction,
} from "./one-run.ts";

const resting: Scheduler = {
  guard: 0,
  term: 0,
  fresh: false,
  doing: "idle",
  row: null,
  transaction: null,
  ending: "",
};
type Which = 0 | 1;

export function leaderSteps(rules: Rules, state: State, draft: Draft) {
  for (const i of [0, 1] as const) {
    const me = state.schedulers[i];
    if (!me.guard) election(rules, state, draft, i);
    else {
      misfortunes(state, draft, i);
      if (me.doing === "new") takeTerm(rules, draft, i);
      if (me.doing === "refusing") refuseInFlight(draft, i);
      if (me.doing === "idle") look(rules, state, draft, i);
      if (me.doing === "ending") endAsRead(rules, state, draft, i);
      if (me.doing === "deciding") decide(rules, state, draft, i);
      if (me.doing === "storing") writeStore(rules, state, draft, i);
      if (me.doing === "sending") writeEtcd(rules, state, draft, i);
    }
  }
  const late = state.inFlight[0];
  if (late) draft.may(`the late ${describe(late)} arrives`, (s) => void transact(rules, s, s.inFlight.shift()!));
}

function election(rules: Rules, state: State, { may }: Draft, i: Which) {
  const { store, etcd } = state;
  // 0 leads first and 1 after it; from then on either. (What they'd do is the same: this halves the states.)
  const started = store.term > 0 || etcd.wiped || etcd.lastGuard > 0;
  const turn =
    (rules.term === "allocated" && store.term > 2) || state.schedulers[1].guard ? true : started === (i === 1);
  if (etcd.leader || !turn) return;
  may(`L${i} is elected`, (s) => {
    const after = rules.term === "max of store and etcd" ? Math.max(s.etcd.lastGuard, s.store.term) : s.etcd.lastGuard;
    s.etcd.lastGuard = after + 1;
    s.etcd.leader = s.etcd.lastGuard;
    s.etcd.epoch = 0;
    s.schedulers[i] = { ...resting, guard: s.etcd.leader, fresh: s.etcd.wiped, doing: "new" };
    if (rules.wipeKnown === "to the first leader") s.etcd.wiped = false;
  });
}

function misfortunes(state: State, { may, fails }: Draft, i: Which) {
  const { etcd, faults, store } = state;
  const me = state.schedulers[i];
  const holdsKey = etcd.leader === me.guard;
  if (faults.leaderCrash && me.doing !== "idle")
    fails(`L${i} crashes while ${me.doing}`, (s) => {
      s.faults.leaderCrash--;
      if (holdsKey) s.etcd.leader = 0;
      s.schedulers[i] = resting;
    });
  if (faults.leaderDeposed && holdsKey)
    fails(`L${i} loses the leader key and doesn't know (${me.doing})`, (s) => {
      s.faults.leaderDeposed--;
      s.etcd.leader = 0;
    });
  // The cleaner is another loop of the same leader: it may come in between any two steps of an operation.
  const busy = me.doing !== "idle" && me.doing !== "deciding";
  if (holdsKey && busy && isOver(store.row) && hasKeys(state))
    may(`L${i}'s cleaner deletes claim and assignment`, (s) => {
      s.etcd.claim = null;
      s.etcd.assignments = { A: null, B: null };
    });
}

/** The check that each store transaction of a leader ends with. False: a newer leader has written, this one gives up. */
function mayWrite(rules: Rules, s: State, i: Which): boolean {
  const me = s.schedulers[i];
  if (rules.term === "allocated") {
    if (s.store.term === me.term) return true;
    if (s.etcd.leader === me.guard) s.etcd.leader = 0;
  } else if (s.store.term <= me.guard) {
    s.store.term = me.guard;
    return true;
  }
  s.schedulers[i] = resting;
  return false;
}

function takeTerm(rules: Rules, { may }: Draft, i: Which) {
  may(`L${i} takes its term in the store`, (s) => {
    const me = s.schedulers[i];
    if (rules.term === "allocated") me.term = ++s.store.term;
    else if (!mayWrite(rules, s, i)) return;
    me.doing = "idle";
  });
}

function refuseInFlight({ may }: Draft, i: Which) {
  may(`L${i} puts its key again`, (s) => {
    const me = s.schedulers[i];
    if (s.etcd.leader !== me.guard) s.schedulers[i] = resting;
    else {
      s.etcd.epoch++;
      me.doing = "idle";
    }
  });
}

function look(rules: Rules, state: State, { may }: Draft, i: Which) {
  const { row, trusted, ended } = state.store;
  if (row.state === "none" || isOpen(row) || hasKeys(state))
    may(`L${i} reads the row: ${row.state}, fence ${row.fence}`, (s) => {
      s.schedulers[i].doing = "deciding";
      s.schedulers[i].row = { ...s.store.row };
    });
  for (const k of sessionIds) {
    if (trusted[k] || ended[k]) continue;
    if (rules.sessionEndIsCas)
      may(`L${i} ends session ${k}`, (s) => {
        if (mayWrite(rules, s, i)) s.store.ended[k] = true;
      });
    else
      may(`L${i} reads that the trust of ${k} is over`, (s) => {
        s.schedulers[i].doing = "ending";
        s.schedulers[i].ending = k;
      });
  }
}

function endAsRead(rules: Rules, state: State, { may }: Draft, i: Which) {
  const k = state.schedulers[i].ending as SessionId;
  may(`L${i} writes that session ${k} has ended`, (s) => {
    if (!mayWrite(rules, s, i)) return;
    s.store.ended[k] = true;
    rest(s, i);
  });
}

/** Keys against the row as it was read. Every branch ends in one step: nothing, a store write, or a transaction to send. */
function decide(rules: Rules, state: State, draft: Draft, i: Which) {
  const { etcd, store } = state;
  const row = state.schedulers[i].row!;
  const leave = (why: string) => draft.may(`L${i} leaves it: ${why}`, (s) => rest(s, i));
  const write = (what: string, change: (row: Row) => void) =>
    draft.may(`L${i} ${what}`, (s) => {
      if (!mayWrite(rules, s, i)) return;
      change(s.store.row);
      rest(s, i);
    });
  const send = (transaction: Omit<Transaction, "guard" | "epoch">) =>
    draft.may(`L${i} decides: ${describe(transaction)}`, (s) => {
      const me = s.schedulers[i];
      me.doing = rules.storeFirst && transaction.kind !== "clean" ? "storing" : "sending";
      me.transaction = { ...transaction, guard: me.guard, epoch: s.etcd.epoch };
    });
  const eligible = (k: SessionId) => etcd.leases[k] && !store.ended[k];
  const eligibleSessions = sessionIds.filter(eligible);
  const onLoss = (now: Row) => {
    if (rules.onNodeLoss === "fail") now.state = "lost";
    else {
      now.state = "planned";
      now.floor = now.fence + 1;
    }
  };

  if (row.state === "none")
    return write("plans the run", (now) => {
      if (now.state === "none") now.state = "planned";
    });
  if (!isOpen(row)) return hasKeys(state) ? send({ kind: "clean", claim: etcd.claim }) : leave("nothing to clean");

  if (etcd.claim) {
    const { claim } = etcd;
    const givenUp = row.floor > claim.fence;
    if (!store.ended[claim.session] && !givenUp) return leave(`claimed by ${claim.session}, which lives`);
    if (rules.onNodeLoss === "fail" && !givenUp)
      return write(`records it lost with ${claim.session}`, (now) => {
        if (isOpen(now) && now.floor <= claim.fence) now.state = "lost";
      });
    for (const to of eligibleSessions) send({ kind: "rerun", claim, to, fence: row.fence + 1 });
    return;
  }

  const from = sessionIds.find((k) => etcd.assignments[k]);
  if (from) {
    const old = etcd.assignments[from] as Held;
    if (!eligible(from)) {
      const fence = (rules.storeFirst ? row.fence : old.fence) + 1;
      for (const to of eligibleSessions) send({ kind: "move", from, old, to, fence });
    } else if (row.state === "planned") {
      // Only where etcd is written first: the row catches up.
      write(`marks it assigned, fence ${old.fence}`, (now) => {
        if (now.state === "planned") Object.assign(now, { state: "assigned", fence: old.fence, session: from });
      });
    } else leave(`waiting on ${from}`);
    return;
  }

  if (row.state === "running") {
    // No keys: only after a wipe.
    if (!store.ended[row.session as SessionId]) return leave("running on a session that lives");
    return write(`gives up what ran on ${row.session}`, (now) => {
      if (isOpen(now)) onLoss(now);
    });
  }
  if (row.state === "assigned" && !rules.assignedIsChecked) return leave("it is assigned already");
  if (row.state === "assigned" && state.schedulers[i].fresh && rules.inventories !== "none") {
    const asked = rules.inventories === "all" ? sessionIds : [row.session as SessionId];
    const { nodes } = state;
    const silent = asked.filter((k) => !store.ended[k] && (!nodes[k].up || nodes[k].paused));
    const holding = asked.filter(
      (k) => !store.ended[k] && (nodes[k].claimed || nodes[k].runs || nodes[k].spool.length > 0),
    );
    if (silent.length || holding.length) return leave(`waiting for the inventory of ${[...silent, ...holding]}`);
    if (asked.some((k) => store.ended[k]))
      return write("takes it for started on a session that ended", (now) => {
        if (now.state === row.state && now.fence === row.fence) onLoss(now);
      });
  }
  // The first time it goes to A if it can: B is the same, mirrored.
  for (const to of eligibleSessions)
    if (row.fence || to === "A" || !eligible("A")) send({ kind: "assign", to, fence: row.fence + 1 });
}

function writeStore(rules: Rules, state: State, { may }: Draft, i: Which) {
  const { kind, fence, to } = state.schedulers[i].transaction!;
  may(`L${i} writes to the store: fence ${fence} on ${to}`, (s) => {
    if (!mayWrite(rules, s, i)) return;
    const { row } = s.store;
    const read = s.schedulers[i].row!;
    const rerun = kind === "rerun";
    const asRead = rules.storeFirst
      ? row.fence === read.fence && (row.state === read.state || (rerun && isOpen(row)))
      : isOpen(row);
    if (!asRead) return rest(s, i);
    row.fence = Math.max(row.fence, fence!);
    row.session = to!;
    if (row.state !== "running" || rerun) row.state = "assigned";
    if (rerun) row.floor = fence!;
    if (rules.storeFirst) s.schedulers[i].doing = "sending";
    else rest(s, i);
  });
}

function writeEtcd(rules: Rules, state: State, { may, fails }: Draft, i: Which) {
  const { transaction, guard } = state.schedulers[i];
  const label = describe(transaction!);
  may(`L${i} in etcd: ${label}`, (s) => {
    const done = transact(rules, s, { ...transaction!, epoch: s.etcd.epoch });
    if (!done && s.etcd.leader !== guard) s.schedulers[i] = resting;
    else if (done && !rules.storeFirst && transaction!.kind !== "clean") s.schedulers[i].doing = "storing";
    else rest(s, i);
  });
  if (state.faults.lateWrite)
    fails(`L${i} gets no answer to: ${label}`, (s) => {
      s.faults.lateWrite--;
      s.inFlight.push({ ...transaction!, epoch: s.etcd.epoch });
      rest(s, i);
      if (rules.refuseInFlight) s.schedulers[i].doing = "refusing";
    });
}

/** Etcd's part: everything compared, then everything written, at once. */
function transact(rules: Rules, s: State, { kind, guard, epoch, claim, from, old, to, fence }: Transaction): boolean {
  const { etcd } = s;
  if (!etcd.leader || etcd.leader !== guard || (rules.refuseInFlight && etcd.epoch !== epoch)) return false;
  if (kind === "clean" || kind === "rerun") {
    if (!same(etcd.claim, claim)) return false;
    etcd.claim = null;
    etcd.assignments = { A: null, B: null };
    if (kind === "clean") return true;
  } else if (etcd.claim) return false;
  if (kind === "move") {
    if (rules.moveComparesOld && !same(etcd.assignments[from!], old)) return false;
    etcd.assignments[from!] = null;
  }
  if (kind === "assign" && (etcd.assignments.A || etcd.assignments.B)) return false;
  etcd.assignments[to!] = { fence: fence!, revision: ++etcd.revision };
  return true;
}

function rest(s: State, i: Which) {
  Object.assign(s.schedulers[i], { doing: "idle", row: null, transaction: null, ending: "" });
}
const hasKeys = ({ etcd }: State) => Boolean(etcd.claim || etcd.assignments.A || etcd.assignments.B);
const describe = ({ kind, fence, from, to }: Pick<Transaction, "kind" | "fence" | "from" | "to">) =>
  kind === "clean" ? "clean" : `${kind} fence ${fence} ${from ? `from ${from} ` : ""}to ${to}`;
