// The API's shapes as the web app names them: all from the contract, as types.
import type { z } from "zod";
import type * as contract from "../../api/contract.ts";

export type { JobView, MeAnswer, NodeView, Problem, Role, RunDetailView, RunView } from "../../api/contract.ts";

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}
export type JobChanged = z.output<typeof contract.JobChanged>;
export type BulkBody = z.input<typeof contract.BulkBody>;
export type BulkAnswer = z.output<typeof contract.BulkAnswer>;
export type RunBody = NonNullable<z.input<typeof contract.RunBody>>;
export type Preview = z.output<typeof contract.PreviewAnswer>;
export type CheckAnswer = z.output<typeof contract.CheckAnswer>;
export type DefaultsAnswer = z.output<typeof contract.DefaultsAnswer>;
export type Version = z.output<typeof contract.VersionPage>["items"][number];
export type WhyAnswer = z.output<typeof contract.WhyAnswer>;
export type JobStats = z.output<typeof contract.JobStatsAnswer>["items"][number];
export type Tags = z.output<typeof contract.TagsAnswer>;
export type Summary = z.output<typeof contract.SummaryAnswer>;
export type Timeline = z.output<typeof contract.TimelineAnswer>;
export type Forecast = z.output<typeof contract.ForecastAnswer>;
export type Attention = z.output<typeof contract.AttentionAnswer>;
export type NodeDetail = contract.NodeDetailView;
export type Loads = z.output<typeof contract.LoadAnswer>;
export type Configuration = z.output<typeof contract.ConfigAnswer>;
export type Schedulers = z.output<typeof contract.SchedulersAnswer>;
export type AuditEntry = z.output<typeof contract.AuditPage>["items"][number];
export type SetupBody = z.input<typeof contract.SetupBody>;
export type UserView = contract.UserView;
export type UserBody = z.input<typeof contract.UserBody>;
export type UserPatch = z.input<typeof contract.UserPatch>;
export type UserSession = contract.UserSessionView;
export type TokenBody = z.input<typeof contract.TokenBody>;
export type TokenCreated = z.output<typeof contract.TokenCreated>;
export type TokenView = z.output<typeof contract.TokenPage>["items"][number];
export type RunState = contract.RunView["state"];
export type RunTrigger = contract.RunView["trigger"];
export type RunsBulkBody = z.input<typeof contract.RunsBulkBody>;
export type RunsBulkAnswer = z.output<typeof contract.RunsBulkAnswer>;
