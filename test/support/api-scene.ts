// The REST server on a real in-memory store with a real scheduler, in time that the test owns. Requests are injected;
// `listen` opens a port for what needs a socket.

import { hashToken } from "../../src/api/access.ts";
import type { Role } from "../../src/api/contract/roles.ts";
import type { ApiDeps } from "../../src/api/deps.ts";
import { createApiServer } from "../../src/api/server.ts";
import { loadConfig, printable } from "../../src/config.ts";
import { createInProcessCoordinator } from "../../src/coordinator/in-process/in-process-coordinator.ts";
import { createJobService } from "../../src/define/jobs.ts";
import { seededRandom } from "../../src/random.ts";
import { createLoadHistory } from "../../src/report/load-history.ts";
import { createScheduler } from "../../src/roles/scheduler.ts";
import { previewSchedule } from "../../src/schedule/preview.ts";
import { createTimetable } from "../../src/schedule/timetable.ts";
import { openSqlite } from "../../src/store/sqlite/open-sqlite.ts";
import type { NewRun, RunChange, Store } from "../../src/store/store.ts";
import { createEventBus } from "../../src/telemetry/events.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { markOrigin } from "../../src/telemetry/request-origin.ts";
import { ManualClock } from "./manual-clock.ts";

export const localToken = "local-token-of-this-machine";
const start = Date.UTC(2026, 0, 5, 12, 0, 0);

export interface Answer {
  status: number;
  headers: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect
  body: any;
  text: string;
}

export async function openApiScene(
  options: {
    store?: (store: Store) => Store;
    config?: Partial<ApiDeps["config"]>;
    /** Where its configuration comes from. */
    settings?: Partial<Parameters<typeof loadConfig>[0]>;
  } = {},
) {
  const clock = new ManualClock(start);
  const random = seededRandom(7);
  const real = await openSqlite({ file: ":memory:", clock, random });
  const store = markOrigin(options.store?.(real) ?? real);
  const coordinator = createInProcessCoordinator({ clock, random });
  const events = createEventBus(clock);
  const logged: { level: string; fields: Record<string, unknown>; text: string }[] = [];
  const log = (level: string) => (fields: object, text: string) =>
    void logged.push({ level, fields: fields as Record<string, unknown>, text });
  const logger = { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
  const metrics = createMetrics({
    clock,
    version: "1.2.3",
    perJob: "top",
    store,
    onError: (err) => logger.error({ err }, "metrics"),
    runtime: false,
  });
  const scheduler = createScheduler({
    store,
    coordinator,
    clock,
    random,
    me: { id: "sched-1", url: "http://127.0.0.1:1", version: "1.2.3", startedAt: start },
    events,
    horizonMs: 20_000,
    nodeGraceMs: 30_000,
    retention: { ageMs: 30 * 86_400_000, count: 10_000 },
    log: logger,
    metrics,
  });
  scheduler.start();
  const loadHistory = createLoadHistory({ store, clock, onError: (err) => logger.error({ err }, "load history") });
  loadHistory.start();
  await clock.advance(500);
  const readiness = { ready: true, components: [{ name: "store", ready: true, detail: "sqlite at /secret/path" }] };
  const deps: ApiDeps = {
    store,
    jobs: createJobService({
      store,
      revisions: scheduler.revisions,
      clock,
      random,
      defaults: {},
      timezone: "UTC",
      checkSchedule: () => [],
      events,
    }),
    operations: scheduler.operations,
    events,
    metrics,
    logger: logger as unknown as ApiDeps["logger"],
    clock,
    random,
    config: {
      host: "127.0.0.1",
      port: 0,
      publicUrl: null,
      tls: null,
      insecure: false,
      timezone: "UTC",
      passwordCost: { ln: 4, r: 8, p: 1 },
      ...options.config,
    },
    schedulers: () => coordinator.schedulers(),
    schedulerId: "sched-1",
    parts: { coordinator: { kind: "in-process", endpoints: [] }, store: "sqlite" },
    inForce: printable(loadConfig({ env: {}, defaultFile: "/nowhere", ...options.settings })),
    loadHistory,
    term: () => (scheduler.isLeader() ? 1 : null),
    readiness: () => readiness,
    preview: previewSchedule,
    timetable: createTimetable,
    version: "1.2.3",
    localToken,
  };
  const api = await createApiServer(deps);
  await api.app.ready();

  async function ask(
    method: string,
    url: string,
    request: {
      body?: unknown;
      token?: string | null;
      headers?: Record<string, string>;
      raw?: string;
      address?: string;
    } = {},
  ): Promise<Answer> {
    const token = request.token === undefined ? localToken : request.token;
    const payload = request.raw ?? (request.body === undefined ? undefined : JSON.stringify(request.body));
    const response = await api.app.inject({
      method: method as "GET",
      url: url.startsWith("//") ? url.slice(1) : `/api/v1${url}`,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(payload === undefined ? {} : { "content-type": "application/json" }),
        ...request.headers,
      },
      ...(payload === undefined ? {} : { payload }),
      remoteAddress: request.address ?? "127.0.0.1",
    });
    const isJson = /json/.test(String(response.headers["content-type"] ?? ""));
    const headers = response.headers as Record<string, string>;
    return {
      status: response.statusCode,
      headers,
      text: response.body,
      body: isJson ? JSON.parse(response.body) : null,
    };
  }

  let tokens = 0;
  async function tokenOf(role: Role, more: { scopes?: string[]; expiresAt?: number | null } = {}) {
    const token = `dct_${role}-${++tokens}`;
    await store.createToken({
      id: `tok-${tokens}`,
      name: `${role}-${tokens}`,
      hash: hashToken(token),
      role,
      scopes: more.scopes ?? [],
      createdAt: clock.now(),
      createdBy: "test",
      expiresAt: more.expiresAt ?? null,
      lastUsedAt: null,
      revokedAt: null,
    });
    return token;
  }

  return {
    clock,
    store,
    events,
    api,
    deps,
    logged,
    readiness,
    scheduler,
    ask,
    tokenOf,
    addJob: async (over: Record<string, unknown> = {}) => {
      const answer = await ask("POST", "/jobs", {
        body: { name: "backup", schedule: "0 3 * * *", cmd: "true", ...over },
      });
      if (answer.status !== 201) throw new Error(answer.text);
      return answer.body;
    },
    async listen() {
      return (await api.listen()).url;
    },
    async close() {
      const closing = api.close();
      const stopping = scheduler.stop();
      for (let i = 0; i < 40; i++) await clock.advance(100);
      await Promise.all([closing, stopping, loadHistory.stop()]);
      await coordinator.close();
      await real.close();
    },
  };
}
export type ApiScene = Awaited<ReturnType<typeof openApiScene>>;

/** Of the scene's only leadership. */
export const theTerm = 1;

/** Puts a row into the ledger without asking the scheduler. */
export async function putRun(scene: ApiScene, job: { id: string; name: string }, over: Partial<NewRun> = {}) {
  const now = scene.clock.now();
  const run: NewRun = {
    id: `run-${now}-${Math.abs(hash(JSON.stringify(over)))}`,
    jobId: job.id,
    jobName: job.name,
    jobVersion: 1,
    trigger: "manual",
    nominal: null,
    nodeKey: "",
    scheduledFor: now,
    dueAt: now,
    plannedAt: now,
    priority: 5,
    state: "planned",
    reason: null,
    shard: null,
    covers: null,
    of: null,
    overrides: null,
    idempotencyKey: null,
    limitKey: null,
    requestedBy: "test",
    catchUp: true,
    startBy: null,
    ...over,
  };
  return (await scene.store.createRun(theTerm, run)).run;
}
const hash = (text: string) => [...text].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) | 0, 7);

export const aChange = (over: Partial<RunChange> = {}): RunChange => ({
  runId: "run-1",
  jobId: "job-1",
  jobName: "backup",
  from: "running",
  to: "succeeded",
  reason: null,
  trigger: "schedule",
  dueAt: start,
  startedAt: start + 3,
  finishedAt: start + 815,
  nodeId: "n1",
  nodeName: "web-1",
  sessionId: "s1",
  limitKey: null,
  attempt: 1,
  fence: 1,
  consecutiveFailures: 0,
  lateReport: false,
  ...over,
});
