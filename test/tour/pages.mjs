// The pictures of the tour: one for each page, some of them in the dark, in Chinese, and on a phone. docs/guide/tour.md
// shows them in this order.

/** `at`: the address; {…} is filled in by the demo. `look`: as test/support/browser.ts takes it. */
export const pictures = [
  { name: "dashboard", at: "/" },
  { name: "jobs", at: "/jobs" },
  { name: "job-editor", at: "/jobs/new?from=nightly-backup" },
  { name: "job", at: "/jobs/sync-orders" },
  { name: "job-versions", at: "/jobs/sync-orders?tab=versions" },
  { name: "runs", at: "/runs" },
  { name: "run", at: "/runs/{liveRun}" },
  { name: "run-why", at: "/runs/{failedRun}" },
  { name: "nodes", at: "/nodes" },
  { name: "node", at: "/nodes/{node}" },
  { name: "schedulers", at: "/schedulers" },
  { name: "settings", at: "/settings" },
  { name: "users", at: "/admin" },
  { name: "audit", at: "/audit" },
  { name: "profile", at: "/profile" },
  { name: "dashboard-dark", at: "/", look: { dark: true } },
  { name: "run-dark", at: "/runs/{liveRun}", look: { dark: true } },
  { name: "dashboard-zh", at: "/", look: { locale: "zh-CN" } },
  { name: "jobs-zh", at: "/jobs", look: { locale: "zh-CN" } },
  { name: "jobs-phone", at: "/jobs", look: { width: 360, height: 780 } },
  { name: "run-phone", at: "/runs/{liveRun}", look: { width: 360, height: 780 } },
];

export const maxBytes = 150_000;
