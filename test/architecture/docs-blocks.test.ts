// What stands in the guide as an example beside jobs and commands: answers, addresses, rules for Prometheus, a Dockerfile.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { Problem } from "../../src/api/contract/problem.ts";
import { RunView } from "../../src/api/contract/runs.ts";
import { parseJobDocument } from "../../src/model/job-document.ts";
import { mysqlWords, postgresWords, readStoreUrl } from "../../src/store/sql/store-url.ts";
import { parseDockerfile } from "../support/dockerfile.ts";
import { type Block, codeBlocks, shellCommands } from "../support/markdown.ts";
import { alertRules, metricsOf, seriesNames } from "../support/monitoring.ts";
import { filesBelow, read } from "../support/repository.ts";

const blocksOf = (page: string, language: string): Block[] =>
  codeBlocks(read(page)).filter((block) => block.language === language);

/** Every language in the guide has somebody who looks at it, here or in docs.test.ts; without one it is a picture. */
test("every kind of code block in the guide is checked", () => {
  const used = filesBelow("docs/guide", ".md").flatMap((page) =>
    codeBlocks(read(page)).map((block) => [block.language, page]),
  );
  const known = ["sh", "yaml", "json", "text", "dockerfile", ""];
  expect(used.filter(([language]) => !known.includes(language!))).toEqual([]);
  const count = (language: string) => used.filter(([each]) => each === language).map(([, page]) => page);
  expect(count("json")).toEqual(["docs/guide/api.md", "docs/guide/api.md"]);
  expect(count("text")).toEqual(["docs/guide/cluster.md", "docs/guide/monitoring.md", "docs/guide/monitoring.md"]);
  expect(count("dockerfile")).toEqual(["docs/guide/deploying.md"]);
});

test("api.md's run and problem are what the API answers, as far as they go", () => {
  const [run, problem] = blocksOf("docs/guide/api.md", "json").map(
    ({ text }) => JSON.parse(text) as Record<string, unknown>,
  );
  expect(z.strictObject(RunView.shape).partial().parse(run)).toEqual(run);
  expect(run?.latenessMs).toBe(Date.parse(String(run?.startedAt)) - Date.parse(String(run?.dueAt)));
  expect(run?.durationMs).toBe(Date.parse(String(run?.finishedAt)) - Date.parse(String(run?.startedAt)));
  expect(z.strictObject(Problem.shape).partial().parse(problem)).toEqual(problem);
  const job = { name: "a", schedule: "@daily", cmd: "true", retry: { delay: "5" } };
  const refused = parseJobDocument(job, { defaults: {} });
  expect(problem?.errors).toEqual(refused.ok ? [] : refused.errors);
});

test("cluster.md's addresses of databases are taken, with TLS as it says", () => {
  const folder = mkdtempSync(join(tmpdir(), "distcron-docs-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const ca = join(folder, "ca.pem");
  writeFileSync(ca, "a certificate");
  const [block] = blocksOf("docs/guide/cluster.md", "text");
  const [postgres, mysql, ...more] = block!.text.trim().replaceAll("/etc/distcron/tls/ca.pem", ca).split("\n");
  expect(more).toEqual([]);
  for (const [url, words] of [
    [postgres, postgresWords],
    [mysql, mysqlWords],
  ] as const)
    expect(readStoreUrl(url!, words)).toMatchObject({
      host: "db.example.com",
      database: "distcron",
      user: "distcron",
      tls: { mode: "verify-full", ca: "a certificate" },
    });
});

test("monitoring.md's configuration of Prometheus has the jobs that the alerts go by, and the rules where they were put", () => {
  const [config] = blocksOf("docs/guide/monitoring.md", "text").map(({ text }) => parse(text));
  const named = alertRules().flatMap(({ expr }) =>
    [...expr.matchAll(/\bjob=~?"([^"]+)"/g)].flatMap(([, names]) => names!.split("|")),
  );
  const jobs = config.scrape_configs as { job_name: string; authorization?: { credentials_file: string } }[];
  expect(jobs.map((each) => each.job_name).sort()).toEqual([...new Set(named)].sort());
  const copied = blocksOf("docs/guide/monitoring.md", "sh").flatMap(({ text }) =>
    shellCommands(text).map((words) => words.at(-1)),
  );
  expect(copied).toEqual(expect.arrayContaining([...config.rule_files, jobs[0]?.authorization?.credentials_file]));
});

test("monitoring.md's alert is one, about a metric that exists", async () => {
  const [, block] = blocksOf("docs/guide/monitoring.md", "text");
  const [rule, ...more] = parse(block!.text) as { alert: string; expr: string; labels: { severity: string } }[];
  expect(more).toEqual([]);
  expect(Object.keys(rule!)).toEqual(["alert", "expr", "labels"]);
  expect(new Set(alertRules().map(({ labels }) => labels.severity))).toContain(rule!.labels.severity);
  const used = metricsOf(rule!.expr);
  const known = await seriesNames();
  expect(used.length).toBeGreaterThan(0);
  expect(used.filter((name) => !known.has(name))).toEqual([]);
  expect(rule!.expr.replace(/[^()]/g, "").length % 2, "brackets in pairs").toBe(0);
});

test("deploying.md's image is made of the one that it has just built, and runs as the same user", () => {
  const page = "docs/guide/deploying.md";
  const [stage, ...more] = parseDockerfile(blocksOf(page, "dockerfile")[0]!.text);
  expect(more).toEqual([]);
  const tags = blocksOf(page, "sh").flatMap(({ text }) =>
    shellCommands(text)
      .filter((words) => words[1] === "build")
      .map((words) => words[words.indexOf("--tag") + 1]),
  );
  expect(tags).toContain(stage!.from);
  const node = parseDockerfile(read("Dockerfile")).find((each) => each.name === "node");
  expect(stage!.user).toBe(node!.user);
  const { version } = JSON.parse(read("package.json"));
  expect(stage!.from).toBe(`distcron-node:${version}`);
});
