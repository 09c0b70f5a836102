// The real Prometheus scrapes the real program: the dashboard's panels have something to show, and an alert names its job.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { freePort } from "../support/free-port.ts";
import { shown } from "../support/monitoring.ts";
import { hasEnded, run, start, until } from "../support/program.ts";
import { root } from "../support/repository.ts";

let folder: string;
let server: ReturnType<typeof start>;
let prometheus: ChildProcess;
let url: string;

interface Sample {
  metric: Record<string, string>;
  value: [at: number, value: string];
}

async function ask<T>(path: string, query: Record<string, string> = {}): Promise<T> {
  const answer = await fetch(`${url}${path}?${new URLSearchParams(query)}`);
  const { status, error, data } = (await answer.json()) as { status: string; error?: string; data: T };
  if (status !== "success") throw new Error(`${query.query}: ${error}`);
  return data;
}
const query = async (expr: string) => (await ask<{ result: Sample[] }>("/api/v1/query", { query: expr })).result;

const jobs = stringify({
  jobs: [
    { name: "good", schedule: "@every 1s", cmd: "true" },
    { name: "bad", schedule: "@every 1s", cmd: "false" },
    { name: "homeless", schedule: "@every 1s", cmd: "true", place: { labels: { zone: "nowhere" } } },
  ],
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "distcron-prometheus-"));
  const here = `--data-dir=${join(folder, "data")}`;
  server = start(["serve", "--port=0", "--node-name=n1", here]);
  const local = join(folder, "data/local.json");
  await until("the server leaves its address", () => existsSync(local));
  expect(await run(["apply", "-f", "-", here], { input: jobs })).toMatchObject({ code: 0 });
  const { url: api } = JSON.parse(readFileSync(local, "utf8")) as { url: string };
  await fetch(`${api}/api/v1/jobs`, { headers: { authorization: "Bearer wrong" } });

  const config = {
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: [join(root, "deploy/prometheus/alerts.yml")],
    scrape_configs: [{ job_name: "distcron", static_configs: [{ targets: [new URL(api).host] }] }],
  };
  writeFileSync(join(folder, "prometheus.yml"), stringify(config));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  prometheus = spawn(
    "prometheus",
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "tsdb")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: "ignore" },
  );
  let failed: Error | null = null;
  prometheus.on("error", (err) => {
    failed = err;
  });
  await until("Prometheus has seen six scrapes of a running server", async () => {
    if (failed) throw new Error("prometheus is not here: apt-get install prometheus", { cause: failed });
    const seen = await query('count_over_time(distcron_job_consecutive_failures{exported_job="bad"}[1m]) > 5').catch(
      () => [],
    );
    return seen.length > 0;
  });
});

afterAll(async () => {
  for (const child of [prometheus, server?.child]) {
    if (!child?.pid || hasEnded(child)) continue;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

/** What a machine alone, minutes after its start, has nothing to tell about. */
const silent = new Set(["Notifications", "Leadership", "New version"]);

test.each(shown())("%s has something to show: %s", async (title, expr) => {
  const asked = expr.replaceAll("$__rate_interval", "10s").replace(/\$(job|node)\b/g, ".*");
  const show = () => query(asked);
  if (silent.has(title)) await show();
  else await until(`${title} shows something`, async () => (await show()).length > 0);
});

test("a job that fails again and again is named by its alert, and nothing else is wrong", async () => {
  interface Alert {
    labels: Record<string, string>;
    annotations: Record<string, string>;
    state: string;
  }
  const alerts = await until("an alert fires", async () => {
    const { alerts } = await ask<{ alerts: Alert[] }>("/api/v1/alerts");
    const firing = alerts.filter(({ state }) => state === "firing");
    return firing.length > 0 ? firing : null;
  });
  expect(alerts.map(({ labels }) => labels.alertname)).toEqual(["DistCronJobFailing"]);
  expect(alerts[0]!.annotations.summary).toMatch(/^Job bad failed \d+ times in a row$/);
});
