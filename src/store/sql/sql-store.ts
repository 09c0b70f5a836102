// The Store over SQL: every group of methods on one context, and what only the database's own folder can do.
import type { Store } from "../store.ts";
import { assigningMethods } from "./assigning.ts";
import { attentionMethods } from "./attention.ts";
import { auditMethods } from "./audit.ts";
import type { SqlContext } from "./context.ts";
import { jobsMethods } from "./jobs.ts";
import { leadershipMethods } from "./leadership.ts";
import { outputMethods } from "./output.ts";
import { planningMethods } from "./planning.ts";
import { pruningMethods } from "./pruning.ts";
import { recordingMethods } from "./recording.ts";
import { retentionMethods } from "./retention.ts";
import { revisionMethods } from "./revisions.ts";
import { runStatisticsMethods } from "./run-statistics.ts";
import { runsMethods } from "./runs.ts";
import { sessionsMethods } from "./sessions.ts";
import { settingsMethods } from "./settings.ts";
import { statisticsMethods } from "./statistics.ts";
import { timelineMethods } from "./timeline.ts";
import { tokensMethods } from "./tokens.ts";
import { userSessionsMethods } from "./user-sessions.ts";
import { usersMethods } from "./users.ts";

/** What each database does in its own way. */
export type StoreUpkeep = Pick<Store, "checkIntegrity" | "backup" | "schemaVersion" | "close">;

export function createSqlStore(ctx: SqlContext, upkeep: StoreUpkeep): Store {
  return {
    ...leadershipMethods(ctx),
    ...jobsMethods(ctx),
    ...revisionMethods(ctx),
    ...planningMethods(ctx),
    ...assigningMethods(ctx),
    ...recordingMethods(ctx),
    ...sessionsMethods(ctx),
    ...runsMethods(ctx),
    ...outputMethods(ctx),
    ...statisticsMethods(ctx),
    ...runStatisticsMethods(ctx),
    ...timelineMethods(ctx),
    ...attentionMethods(ctx),
    ...auditMethods(ctx),
    ...tokensMethods(ctx),
    ...usersMethods(ctx),
    ...userSessionsMethods(ctx),
    ...settingsMethods(ctx),
    ...retentionMethods(ctx),
    ...pruningMethods(ctx),
    ...upkeep,
  };
}
