// The API's shapes as the web app names them: all from the contract, as types.
import type { z } from "zod";
import type * as accounts from "../../api/contract/accounts.ts";
import type * as audit from "../../api/contract/audit.ts";
import type * as jobs from "../../api/contract/jobs.ts";
import type * as nodes from "../../api/contract/nodes.ts";
import type * as runs from "../../api/contract/runs.ts";
import type * as scheduler from "../../api/contract/scheduler.ts";
import type * as schedules from "../../api/contract/schedules.ts";
import type * as statistics from "../../api/contract/statistics.ts";
import type * as tokens from "../../api/contract/tokens.ts";

export type { MeAnswer } from "../../api/contract/accounts.ts";
export type { JobView } from "../../api/contract/jobs.ts";
export type { NodeView } from "../../api/contract/nodes.ts";
export type { Problem } from "../../api/contract/problem.ts";
export type { Role } from "../../api/contract/roles.ts";
export type { RunDetailView, RunView } from "../../api/contract/runs.ts";

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}
export type JobChanged = z.output<typeof jobs.JobChanged>;
export type BulkBody = z.input<typeof jobs.BulkBody>;
export type BulkAnswer = z.output<typeof jobs.BulkAnswer>;
export type RunBody = NonNullable<z.input<typeof runs.RunBody>>;
export type Preview = z.output<typeof schedules.PreviewAnswer>;
export type CheckAnswer = z.output<typeof jobs.CheckAnswer>;
export type DefaultsAnswer = z.output<typeof jobs.DefaultsAnswer>;
export type Version = z.output<typeof jobs.VersionPage>["items"][number];
export type WhyAnswer = z.output<typeof schedules.WhyAnswer>;
export type JobStats = z.output<typeof statistics.JobStatsAnswer>["items"][number];
export type Tags = z.output<typeof jobs.TagsAnswer>;
export type Summary = z.output<typeof statistics.SummaryAnswer>;
export type Timeline = z.output<typeof statistics.TimelineAnswer>;
export type Forecast = z.output<typeof statistics.ForecastAnswer>;
export type Attention = z.output<typeof statistics.AttentionAnswer>;
export type NodeDetail = nodes.NodeDetailView;
export type Loads = z.output<typeof nodes.LoadAnswer>;
export type Configuration = z.output<typeof scheduler.ConfigAnswer>;
export type Schedulers = z.output<typeof scheduler.SchedulersAnswer>;
export type AuditEntry = z.output<typeof audit.AuditPage>["items"][number];
export type SetupBody = z.input<typeof accounts.SetupBody>;
export type UserView = accounts.UserView;
export type UserBody = z.input<typeof accounts.UserBody>;
export type UserPatch = z.input<typeof accounts.UserPatch>;
export type UserSession = accounts.UserSessionView;
export type TokenBody = z.input<typeof tokens.TokenBody>;
export type TokenCreated = z.output<typeof tokens.TokenCreated>;
export type TokenView = z.output<typeof tokens.TokenPage>["items"][number];
export type RunState = runs.RunView["state"];
export type RunTrigger = runs.RunView["trigger"];
export type RunsBulkBody = z.input<typeof runs.RunsBulkBody>;
export type RunsBulkAnswer = z.output<typeof runs.RunsBulkAnswer>;
