// What is deployed to watch DistCron: the alerts and the dashboard, and the expressions in them.
import { parse } from "yaml";
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
