// The Store over SQL: every group of methods on one context, and what only the database's own folder can do.
import type { Store } from "../store.ts";
import { assigningMethods } from "./assigning.ts";
import type { SqlContext } from "./context.ts";
import { jobsMethods } from "./jobs.ts";
import { leadershipMethods } from "./leadership.ts";
import { planningMethods } from "./planning.ts";
import { revisionMethods } from "./revisions.ts";
import { settingsMethods } from "./settings.ts";

/** What each database does in its own way. */
export type StoreUpkeep = Pick<Store, "checkIntegrity" | "backup" | "schemaVersion" | "close">;

export function createSqlStore(ctx: SqlContext, upkeep: StoreUpkeep): Store {
  return {
    ...leadershipMethods(ctx),
    ...jobsMethods(ctx),
    ...revisionMethods(ctx),
    ...planningMethods(ctx),
    ...assigningMethods(ctx),
    ...settingsMethods(ctx),
    ...upkeep,
  } as Store;
}
