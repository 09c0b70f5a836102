// What nodes do in the model of one run: see, claim, start, finish, give up, report; and what happens to them.
import { type Draft, isOpen, type Rules, type SessionId, type State, same, sessionIds } from "./one-run.ts";

export function nodeSteps(rules: Rules, state: State, draft: Draft) {
  for (const k of sessionIds) {
    const node = state.nodes[k];
    if (node.up && !node.paused) {
      work(rules, state, draft, k);
      crashAndPause(state, draft, k);
    } else if (node.paused)
      draft.may(`${k} resumes`, (s) => {
        s.nodes[k].paused = false;
      });
    leases(state, draft, k);
    trust(rules, state, draft, k);
    report(rules, state, draft, k);
  }
}

function work(rules: Rules, state: State, { may }: Draft, k: SessionId) {
  const node = state.nodes[k];
  const held = state.etcd.assignments[k];
  if (!same(node.view, held))
    may(`${k} sees ${held ? `fence ${held.fence}` : "that its assignment is gone"}`, (s) => {
      s.nodes[k].view = s.etcd.assignments[k];
    });
  const { view } = node;
  if (view && node.trusted && !node.claimed && !node.runs && !state.etcd.claim)
    may(`${k} claims fence ${view.fence}`, (s) => {
      if (!held || (rules.claimComparesRevision && !same(held, view))) return false;
      s.etcd.claim = { session: k, fence: view.fence };
      s.nodes[k].claimed = view.fence;
      return true;
    });
  if (node.claimed && !node.runs) {
    if (node.trusted || !rules.trustAtStart)
      may(`${k} STARTS fence ${node.claimed}`, (s) => {
        s.nodes[k].runs = node.claimed;
        s.nodes[k].claimed = 0;
        s.nodes[k].spool.push(["started", node.claimed]);
        s.starts[node.claimed] = (s.starts[node.claimed] ?? 0) + 1;
        if (s.store.row.state === "done") s.startedAfterEnd = true;
      });
    else
      may(`${k} gives its claim up, no longer trusted`, (s) => {
        s.nodes[k].claimed = 0;
        if (rules.reportsRelease) s.nodes[k].spool.push(["released", node.claimed]);
      });
  }
  if (node.runs)
    may(`${k} finishes fence ${node.runs}`, (s) => {
      s.nodes[k].spool.push(["finished", node.runs]);
      s.nodes[k].runs = 0;
    });
  const heard = !rules.sessionEndIsCas || !state.store.ended[k];
  if (heard && !(state.store.trusted[k] && node.trusted))
    may(`${k}'s beat is accepted`, (s) => {
      s.store.trusted[k] = true;
      s.nodes[k].trusted = true;
    });
}

function crashAndPause({ faults }: State, { fails }: Draft, k: SessionId) {
  if (faults.nodeCrash && k === "A")
    fails(`${k} crashes, and its warden ends its work`, (s) => {
      s.faults.nodeCrash--;
      Object.assign(s.nodes[k], { up: false, trusted: false, view: null, claimed: 0, runs: 0 });
    });
  if (faults.nodePause)
    fails(`${k} is paused`, (s) => {
      s.faults.nodePause--;
      s.nodes[k].paused = true;
    });
}

function leases({ etcd, faults, nodes, store }: State, { may, fails }: Draft, k: SessionId) {
  const node = nodes[k];
  if (!node.up && etcd.leases[k])
    may(`the lease of ${k}, which is dead, ends`, (s) => {
      s.etcd.leases[k] = false;
    });
  if (node.up && !node.paused && faults.leaseLoss && etcd.leases[k] && k === "A")
    fails(`${k}'s lease ends: it is cut off`, (s) => {
      s.faults.leaseLoss--;
      s.etcd.leases[k] = false;
    });
  if (node.up && !node.paused && !etcd.leases[k] && !store.ended[k])
    may(`${k} registers again, same session`, (s) => {
      s.etcd.leases[k] = true;
    });
}

function trust(rules: Rules, { faults, nodes, store }: State, { may, fails }: Draft, k: SessionId) {
  const node = nodes[k];
  if (node.trusted && k === "A" && faults.trustLapse && (node.paused || faults.leaseLoss === 0)) {
    const kills = rules.killBeforeTrustEnds && rules.onNodeLoss === "rerun" && node.runs > 0;
    fails(`${k}'s own trust ends${kills ? ", and its warden kills what runs" : ""}`, (s) => {
      s.faults.trustLapse--;
      s.nodes[k].trusted = false;
      if (!kills) return;
      s.nodes[k].runs = 0;
      if (rules.reportsRelease) s.nodes[k].spool.push(["released", node.runs]);
    });
  }
  // The store trusts a session for longer than it trusts itself.
  if (!node.trusted && store.trusted[k])
    may(`the store's trust in ${k} ends`, (s) => {
      s.store.trusted[k] = false;
    });
}

function report(rules: Rules, { nodes }: State, { may }: Draft, k: SessionId) {
  const next = nodes[k].spool[0];
  if (!next) return;
  const [kind, fence] = next;
  may(`${k}'s report "${kind}", fence ${fence}, is recorded`, (s) => {
    const { row } = s.store;
    s.nodes[k].spool.shift();
    if (fence < (rules.floor ? row.floor : row.fence)) return; // Kept as a note.
    row.fence = Math.max(row.fence, fence);
    if (kind === "started") {
      if (row.state === "planned" || row.state === "assigned") Object.assign(row, { state: "running", session: k });
    } else if (kind === "released") {
      if (isOpen(row)) Object.assign(row, { state: "planned", floor: fence + 1 });
    } else if (isOpen(row)) Object.assign(row, { state: "done", session: k });
    else if (row.state === "lost" && fence >= row.floor) row.state = "done";
  });
}
