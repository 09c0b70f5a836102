// The pages: address, file, and place in the navigation. A new page is one line here, a file in pages/, and its texts in
// locales/<language>/<page>.json.
import type { ComponentType } from "react";
import type { Role } from "./api/types.ts";
import { Bones } from "./components/async.tsx";
import type { IconName } from "./components/icon.tsx";
import { type OnDemand, onDemand } from "./components/on-demand.tsx";

export interface PageRoute {
  path: string;
  page: OnDemand<object>;
  /** The least role that may see it. */
  access: Role;
}

const route = <N extends string>(
  path: string,
  load: () => Promise<Record<N, ComponentType>>,
  name: N,
  access: Role = "viewer",
) => ({
  path,
  access,
  page: onDemand(async () => (await load())[name], <Bones />),
});

export const routes: PageRoute[] = [
  route("/", () => import("./pages/dashboard/dashboard-page.tsx"), "DashboardPage"),
  route("/jobs", () => import("./pages/jobs/jobs-page.tsx"), "JobsPage"),
  route("/jobs/new", () => import("./pages/job-editor/job-editor-page.tsx"), "NewJobPage", "editor"),
  route("/jobs/:job/edit", () => import("./pages/job-editor/job-editor-page.tsx"), "EditJobPage", "editor"),
  route("/jobs/:job", () => import("./pages/job/job-page.tsx"), "JobPage"),
  route("/runs", () => import("./pages/runs/runs-page.tsx"), "RunsPage"),
  route("/runs/:run", () => import("./pages/run/run-page.tsx"), "RunPage"),
  route("/nodes", () => import("./pages/nodes/nodes-page.tsx"), "NodesPage"),
  route("/nodes/:node", () => import("./pages/node/node-page.tsx"), "NodePage"),
  route("/schedulers", () => import("./pages/schedulers/schedulers-page.tsx"), "SchedulersPage"),
  route("/audit", () => import("./pages/audit/audit-page.tsx"), "AuditPage", "operator"),
  route("/admin", () => import("./pages/admin/admin-page.tsx"), "AdminPage", "admin"),
  route("/profile", () => import("./pages/profile/profile-page.tsx"), "ProfilePage"),
  route("/settings", () => import("./pages/settings/settings-page.tsx"), "SettingsPage"),
];

const matches = (pattern: string, path: string) => new RegExp(`^${pattern.replace(/:[^/]+/g, "[^/]+")}/?$`).test(path);

/** Loads the page of an address before it is drawn: while something else is awaited, or its link is pointed at. */
export function loadPage(path: string): void {
  // Whatever goes wrong shows when it is drawn.
  void routes
    .find((each) => matches(each.path, path))
    ?.page.load()
    .catch(() => {});
}

export interface NavItem {
  to: string;
  /** Of the texts in locales/<language>/shell.json, below nav. */
  label: string;
  icon: IconName;
  access: Role;
  /** After `g`. */
  key: string;
}

export const navigation: NavItem[][] = [
  [
    { to: "/", label: "dashboard", icon: "dashboard", access: "viewer", key: "d" },
    { to: "/jobs", label: "jobs", icon: "jobs", access: "viewer", key: "j" },
    { to: "/runs", label: "runs", icon: "runs", access: "viewer", key: "r" },
  ],
  [
    { to: "/nodes", label: "nodes", icon: "nodes", access: "viewer", key: "n" },
    { to: "/schedulers", label: "schedulers", icon: "schedulers", access: "viewer", key: "c" },
  ],
  [
    { to: "/audit", label: "audit", icon: "audit", access: "operator", key: "u" },
    { to: "/admin", label: "admin", icon: "access", access: "admin", key: "a" },
    { to: "/settings", label: "settings", icon: "settings", access: "viewer", key: "s" },
  ],
];
