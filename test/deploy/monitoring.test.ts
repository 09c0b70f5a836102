// Alerts and dashboard speak of metrics that exist, and Prometheus understands them as they are meant.
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { anchors } from "../support/markdown.ts";
import { alertRules, dashboard, expressions, metricsOf, seriesNames } from "../support/monitoring.ts";
import { read, root } from "../support/repository.ts";

const promtool = (...words: string[]) => {
  const { status, stdout, stderr, error } = spawnSync("promtool", words, { cwd: root, encoding: "utf8" });
  if (error) throw new Error("promtool is not here: apt-get install prometheus", { cause: error });
  return { ok: status === 0, said: stdout + stderr };
};

describe("metrics in use", async () => {
  const known = await seriesNames();

  test.each(expressions())("%s: %s", (_, expr) => {
    const used = metricsOf(expr);
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((name) => !known.has(name))).toEqual([]);
  });

  test("a name that doesn't exist would be found", () => {
    expect(metricsOf("rate(distcron_runs_totals[5m])").every((name) => known.has(name))).toBe(false);
    expect(known).toContain("distcron_run_start_delay_seconds_bucket");
  });
});

describe("alerts", () => {
  const rules = alertRules();

  test("are rules that Prometheus takes", () => {
    expect(promtool("check", "rules", "deploy/prometheus/alerts.yml")).toMatchObject({ ok: true });
  });

  test("speak and are silent when they should", () => {
    const { ok, said } = promtool("test", "rules", "deploy/prometheus/alerts.test.yml");
    expect(said).toContain("SUCCESS");
    expect(ok).toBe(true);
  });

  test("are each made to speak by a test", () => {
    const { tests } = parse(read("deploy/prometheus/alerts.test.yml")) as {
      tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
    };
    const spoke = tests.flatMap((each) => each.alert_rule_test).filter((each) => each.exp_alerts.length);
    expect([...new Set(spoke.map((each) => each.alertname))].sort()).toEqual(rules.map(({ alert }) => alert).sort());
  });

  test.each(rules)("$alert says how bad it is, what it is, and where to read on", ({ labels, annotations }) => {
    expect(["critical", "warning"]).toContain(labels.severity);
    expect(annotations.summary).toBeTruthy();
    const [page, anchor] = annotations.runbook_url!.split("#");
    expect(anchors(read(page!))).toContain(anchor);
  });
});

test("prometheus.yml is a configuration that Prometheus takes", () => {
  expect(promtool("check", "config", "--syntax-only", "deploy/prometheus/prometheus.yml")).toMatchObject({ ok: true });
});

describe("the dashboard", () => {
  test("can be provisioned again and again, on any data source", () => {
    expect(dashboard).toMatchObject({ uid: "distcron" });
    expect(dashboard).not.toHaveProperty("id");
    const uids = [...JSON.stringify(dashboard).matchAll(/"datasource":\{[^}]*?"uid":"([^"]*)"/g)].map(([, uid]) => uid);
    expect(new Set(uids)).toEqual(new Set(["${" + "datasource}"]));
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(["datasource", "job", "node"]);
  });

  test("has panels that don't cover each other, each with a word about what it shows", () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const taken = new Set<string>();
    for (const { gridPos, title, type, description } of dashboard.panels) {
      if (type !== "row") expect(description, title).toBeTruthy();
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(x < 24 && !taken.has(`${x},${y}`), title).toBe(true);
          taken.add(`${x},${y}`);
        }
    }
  });

  test("is found by what is provisioned", () => {
    const { services } = parse(read("deploy/compose.yaml"), { merge: true });
    const { providers } = parse(read("deploy/grafana/provisioning/dashboards/distcron.yaml"));
    const mounts = services.grafana.volumes as string[];
    expect(mounts).toContain(`./grafana/dashboards:${providers[0].options.path}:ro`);
    const { datasources } = parse(read("deploy/grafana/provisioning/datasources/prometheus.yaml"));
    expect(datasources[0]).toMatchObject({ type: "prometheus", url: "http://prometheus:9090", isDefault: true });
  });
});
