// Several schedulers on one in-memory store and one key space, each with its own server on a loopback port, in real time;
// and a node that a test moves by hand, which reaches them over HTTP alone.

import { createPeers } from "../../src/api/client/peers.ts";
import type { ApiDeps } from "../../src/api/deps.ts";
import { eventsBody } from "../../src/api/internal-contract.ts";
import { createApiServer } from "../../src/api/server.ts";
import { systemClock } from "../../src/clock.ts";
import type { AssignmentView } from "../../src/coordinator/coordinator.ts";
import {
  createCoordinatorSpace,
  createInProcessCoordinator,
} from "../../src/coordinator/in-process/in-process-coordinator.ts";
import { createJobService } from "../../src/define/jobs.ts";
import { silentLog } from "../../src/lib/log.ts";
import type { NodeEvent } from "../../src/model/assignment.ts";
import type { NodeInfo } from "../../src/model/node.ts";
import { systemRandom as random } from "../../src/random.ts";
import { createScheduler } from "../../src/roles/scheduler.ts";
import { previewSchedule } from "../../src/schedule/preview.ts";
import { createTimetable } from "../../src/schedule/timetable.ts";
import { openSqlite } from "../../src/store/sqlite/open-sqlite.ts";
import { createEventBus, type NumberedEvent } from "../../src/telemetry/events.ts";
import { markOrigin } from "../../src/telemetry/request-origin.ts";
import { load } from "./scene.ts";

export const clusterToken = "the-token-of-this-cluster";
const clock = systemClock;

export async function until<T>(what: string, look: () => T | Promise<T>, ms = 10_000): Promise<NonNullable<T>> {
  for (const from = clock.monotonic(); clock.monotonic() - from < ms; await clock.sleep(10)) {
    const found = await look();
    if (found) return found as NonNullable<T>;
  }
  throw new Error(`waited ${ms} ms for ${what}, in vain`);
}

export async function openCluster() {
  const store = markOrigin(await openSqlite({ file: ":memory:", clock, random }));
  const space = createCoordinatorSpace();
  const closers: (() => Promise<unknown>)[] = [];
  const graceMs = 30_000;

  async function addScheduler(id: string, options: { peers?: boolean } = {}) {
    const coordinator = createInProcessCoordinator({ clock, random, space });
    const events = createEventBus(clock);
    const heard: NumberedEvent[] = [];
    events.subscribe(null, (event) => heard.push(event));
    const counted: string[] = [];
    const me = { id, url: "", version: "1", startedAt: clock.now() };
    const scheduler = createScheduler({
      store,
      coordinator,
      clock,
      random,
      me,
      events,
      horizonMs: 20_000,
      nodeGraceMs: graceMs,
      retention: { ageMs: 30 * 86_400_000, count: 10_000 },
      log: silentLog,
      metrics: { changed: (change) => void counted.push(`${change.runId} ${change.to}`), leader: () => {} },
    });
    const localToken = `local-token-of-${id}`;
    const revisions = scheduler.revisions;
    const deps: ApiDeps = {
      store,
      jobs: createJobService({
        store,
        revisions,
        clock,
        random,
        defaults: {},
        timezone: "UTC",
        checkSchedule: () => [],
        events,
      }),
      operations: scheduler.operations,
      events,
      metrics: {
        scrape: async () => ({ contentType: "text/plain", body: "" }),
        request: () => {},
        authFailed: () => {},
      },
      logger: silentLog as unknown as ApiDeps["logger"],
      clock,
      random,
      config: { host: "127.0.0.1", port: 0, publicUrl: null, tls: null, insecure: false, timezone: "UTC" },
      schedulers: () => coordinator.schedulers(),
      term: scheduler.term,
      schedulerId: id,
      parts: { coordinator: { kind: "in-process", endpoints: [] }, store: "sqlite" },
      inForce: [],
      loadHistory: { since: () => null, curves: () => ({ cpu: [], memory: [], running: [] }) },
      readiness: () => ({ ready: true, components: [] }),
      preview: previewSchedule,
      timetable: createTimetable,
      version: "1",
      localToken,
      cluster: {
        token: clusterToken,
        sessions: scheduler.sessions,
        reports: scheduler.reports,
        hear: scheduler.hear,
      },
    };
    const api = await createApiServer(deps);
    const { url } = await api.listen();
    me.url = url;
    let known = 0;
    const peers = createPeers({
      me: id,
      token: clusterToken,
      events,
      async schedulers() {
        const found = await coordinator.schedulers();
        known = found.length;
        return found;
      },
      clock,
      log: silentLog,
      gatherMs: 10,
      lookMs: 50,
    });
    if (options.peers !== false) peers.start();
    scheduler.start();
    let closed: Promise<void> | null = null;
    const close = () => {
      closed ??= (async () => {
        await peers.stop();
        await api.close();
        await scheduler.stop();
        await coordinator.close();
      })();
      return closed;
    };
    closers.push(close);
    const client = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
      const response = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${localToken}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect
      const answer: any = /json/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : null;
      return { status: response.status, headers: response.headers, body: answer, text };
    };
    return {
      id,
      url,
      me,
      scheduler,
      events,
      heard,
      counted,
      api,
      coordinator,
      localToken,
      client,
      close,
      known: () => known,
    };
  }
  type Member = Awaited<ReturnType<typeof addScheduler>>;

  const nodeInfo = (name: string, over: Partial<NodeInfo> = {}): NodeInfo => ({
    nodeId: `id-${name}`,
    name,
    labels: {},
    slots: 4,
    executors: ["cmd", "http"],
    version: "1",
    host: "h",
    pid: 1,
    startedAt: clock.now(),
    ...over,
  });

  /** A node that has joined through `via`, with what it was handed. */
  async function addNode(name: string, via: Member) {
    const sessionId = `s-${name}`;
    const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
    const join = { sessionId, info: nodeInfo(name), former: null };
    const joined = await via.client("POST", "/internal/v1/sessions", join, bearer(clusterToken));
    if (joined.status !== 201) throw new Error(joined.text);
    const { credential } = joined.body as { credential: string };
    const coordinator = createInProcessCoordinator({ clock, random, space });
    const session = await coordinator.openSession(sessionId, join.info);
    closers.push(() => coordinator.close());
    const given = new Map<string, AssignmentView>();
    session.watch((change) => {
      if (change.type === "put") given.set(change.view.assignment.runId, change.view);
      else given.delete(change.runId);
    });
    const call = (to: Member, path: string, body?: unknown) =>
      to.client("POST", `/internal/v1/sessions/${sessionId}${path}`, body, bearer(credential));
    const about = ({ assignment }: AssignmentView) => ({
      runId: assignment.runId,
      fence: assignment.fence,
      sessionId,
      at: clock.now(),
      attempt: assignment.firstAttempt,
    });
    return {
      sessionId,
      credential,
      session,
      given,
      call,
      beat: (to: Member) => call(to, "/beat", { load }),
      report: (to: Member, ...events: NodeEvent[]) => call(to, "/events", eventsBody(events)),
      takes: (runId: string) => until(`run ${runId} on ${name}`, () => given.get(runId)),
      async claims(view: AssignmentView) {
        const { runId, fence } = view.assignment;
        return (await session.claim([{ runId, revision: view.revision, fence }]))[0];
      },
      started: (view: AssignmentView): NodeEvent => ({ type: "started", ...about(view) }),
      finished: (view: AssignmentView): NodeEvent => ({
        type: "finished",
        ...about(view),
        state: "succeeded",
        reason: null,
        outputBytes: 0,
        outputTruncated: false,
      }),
    };
  }

  return {
    store,
    space,
    addScheduler,
    addNode,
    nodeInfo,
    /** A leader that works, and a standby that knows of it. */
    async two() {
      const leader = await addScheduler("sched-1");
      await until("a leader", () => leader.scheduler.isReady());
      const standby = await addScheduler("sched-2");
      // What happens before they know of each other isn't told.
      await until("both to know of each other", () => leader.known() === 2 && standby.known() === 2);
      return { leader, standby };
    },
    async close() {
      for (const close of closers.reverse()) await close();
      await store.close();
    },
  };
}
export type Cluster = Awaited<ReturnType<typeof openCluster>>;
