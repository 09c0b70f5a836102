// What is deployed to watch DistCron: the alerts and the dashboard, and the expressions in them.
import { parse } from "yaml";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { aChange } from "./api-scene.ts";
import { ManualClock } from "./manual-clock.ts";
import { read } from "./repository.ts";

export interface AlertRule {
  alert: string;
  expr: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}
interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string }[];
}
interface Dashboard {
  uid: string;
  panels: Panel[];
  annotations: { list: { name: string; expr: string }[] };
  templating: { list: { name: string; definition?: string }[] };
}

export const alertRules = (): AlertRule[] => parse(read("deploy/prometheus/alerts.yml")).groups[0].rules;

export const dashboard: Dashboard = JSON.parse(read("deploy/grafana/dashboards/distcron.json"));

/** Of the dashboard's panels and annotations, with their titles. */
export const shown = (): [title: string, expr: string][] => [
  ...dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }): [string, string] => [title, expr])),
  ...dashboard.annotations.list.map(({ name, expr }): [string, string] => [name, expr]),
];

/** Every expression: of the alerts, the panels, the annotations and the variables. */
export const expressions = (): [title: string, expr: string][] => [
  ...alertRules().map(({ alert, expr }): [string, string] => [alert, expr]),
  ...shown(),
  ...dashboard.templating.list.flatMap(({ name, definition }): [string, string][] =>
    definition ? [[name, definition]] : [],
  ),
];

/** Names of the series that a scheduler and a node offer, and Prometheus's own. */
export async function seriesNames(): Promise<Set<string>> {
  const node = { name: "n", up: true, slots: 1, running: 0, cpuRatio: 0, memoryRatio: 0, clockOffsetMs: 0 };
  const figures = { ...node, disks: [{ mount: "/", usedRatio: 0 }] };
  const clock = new ManualClock();
  const onError = (err: unknown) => {
    throw err;
  };
  const metrics = createMetrics({ clock, version: "1", perJob: "top", node: () => figures, onError });
  metrics.changed(aChange());
  metrics.storeOp("record", 0.001);
  const { body } = await metrics.scrape();
  return new Set(["up", ...body.split("\n").flatMap((line) => /^(?:# TYPE )?([a-z]\w+)/.exec(line)?.[1] ?? [])]);
}

/** The metrics that an expression speaks of. */
export const metricsOf = (expr: string): string[] => expr.match(/\b(?:up|(?:distcron|nodejs|process)_\w+)\b/g) ?? [];
