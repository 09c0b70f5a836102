// What the API is given. It reads the store, asks the job service and the operations for changes, and knows nobody else.
import type { Operations } from "../assign/operations.ts";
import type { SessionDesk } from "../assign/session-desk.ts";
import type { Clock } from "../clock.ts";
import type { PrintedKey } from "../config.ts";
import type { SchedulerView } from "../coordinator/coordinator.ts";
import type { JobService } from "../define/job-service.ts";
import type { ReportPort } from "../model/assignment.ts";
import type { Random } from "../random.ts";
import type { LoadHistory } from "../report/load-history.ts";
import type { previewSchedule } from "../schedule/preview.ts";
import type { createTimetable } from "../schedule/timetable.ts";
import type { Store } from "../store/store.ts";
import type { EventBus } from "../telemetry/events.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Accounts } from "./accounts.ts";
import type { AskPeer } from "./client/peer.ts";
import type { News } from "./internal-contract.ts";
import type { PasswordCost } from "./passwords.ts";
import type { Streams } from "./sse.ts";

export interface ApiConfig {
  host: string;
  /** 0 picks a free one. */
  port: number;
  /** Where people reach the server: also accepted as Host and Origin. */
  publicUrl: string | null;
  /** Contents of the PEM files. */
  tls: { cert: string; key: string } | null;
  insecure: boolean;
  /** Zone of schedules that name none. */
  timezone: string;
  /** Of a request's body; apply takes 16 times as much. */
  bodyLimitBytes?: number;
  /** Of hashing a password; for tests. */
  passwordCost?: PasswordCost;
  /** Folder of the built web app; absent, or not built: a plain page stands in for it. */
  ui?: string;
}

export interface Readiness {
  ready: boolean;
  /** `detail` is shown only to callers with a token. */
  components: { name: string; ready: boolean; detail?: string }[];
}

/** What a scheduler needs to be one of several, with nodes of its own. */
export interface ClusterDeps {
  /** cluster.token */
  token: string;
  sessions: SessionDesk;
  reports: ReportPort;
  /** What another scheduler saw happen. */
  hear(news: News): void;
  /** How the leader is asked. Absent: with the machine's own certificate authorities. */
  ask?: AskPeer;
}

export interface ApiDeps {
  store: Store;
  jobs: JobService;
  operations: Operations;
  events: EventBus;
  metrics: {
    /** Prometheus text. */
    scrape(): Promise<{ contentType: string; body: string }>;
    request(method: string, route: string, status: number): void;
    authFailed(reason: string): void;
  };
  logger: Pick<Logger, "debug" | "info" | "warn" | "error">;
  clock: Clock;
  random: Random;
  config: ApiConfig;
  schedulers(): Promise<SchedulerView[]>;
  /** This scheduler's id, as the coordinator lists it. */
  schedulerId: string;
  /** With what it is joined to others, and where it keeps things. */
  parts: { coordinator: { kind: "in-process" | "etcd"; endpoints: string[] }; store: "sqlite" | "postgres" | "mysql" };
  /** The configuration in force, secrets masked. */
  inForce: PrintedKey[];
  loadHistory: Pick<LoadHistory, "since" | "curves">;
  /** Term of the leadership that this process holds; null: another leads, or none. */
  term(): number | null;
  readiness(): Readiness | Promise<Readiness>;
  preview: typeof previewSchedule;
  timetable: typeof createTimetable;
  version: string;
  /** Admin token of this machine, from local.json. */
  localToken: string;
  /** Absent: this process is alone, and answers neither nodes nor other schedulers. */
  cluster?: ClusterDeps;
}

/** What routes share. */
export interface RouteDeps extends ApiDeps {
  accounts: Accounts;
  streams: Streams;
}
