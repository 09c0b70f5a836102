// Who may import whom: the table of .dependency-cruiser.cjs holds for src, sees every file of it, and bites.
import { execFile } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filesBelow, root } from "../support/repository.ts";

interface Cruise {
  modules: { source: string; dependencies: { module: string; couldNotResolve: boolean }[] }[];
  summary: { violations: { from: string; to: string; rule: { name: string } }[] };
}

function cruise(folder: string, config: string): Promise<Cruise> {
  const args = ["src", "--config", config, "--output-type", "json"];
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, maxBuffer: 256 * 1024 * 1024 };
    // The exit code is the number of violations; only an answer that is no JSON is a failure here.
    execFile(join(root, "node_modules/.bin/depcruise"), args, options, (_, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout));
      } catch {
        reject(new Error(`dependency-cruiser answered: ${stderr || stdout.slice(0, 500)}`));
      }
    });
  });
}

const config: { forbidden: { name: string }[] } = createRequire(import.meta.url)(join(root, ".dependency-cruiser.cjs"));

describe("src", () => {
  let result: Cruise;
  beforeAll(async () => {
    result = await cruise(root, ".dependency-cruiser.cjs");
  });

  test("keeps every import rule", () => {
    const found = result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
    expect(found).toEqual([]);
  });

  test("is looked at whole: as many modules as there are files", () => {
    const cruised = result.modules
      .map((each) => each.source)
      .filter((source) => source.startsWith("src/") && /\.tsx?$/.test(source));
    expect(cruised.sort()).toEqual([...filesBelow("src", ".ts"), ...filesBelow("src", ".tsx")].sort());
  });

  test("has no import that leads nowhere", () => {
    const nowhere = result.modules.flatMap(({ source, dependencies }) =>
      dependencies.filter((each) => each.couldNotResolve).map((each) => `${source} → ${each.module}`),
    );
    expect(nowhere).toEqual([]);
  });
});

/** One import that each rule forbids: the rule, the file it is planted in, what it imports. */
const planted: [rule: string, file: string, forbidden: string][] = [
  ["model-imports", "model/planted.ts", "../lib/duration.ts"],
  ["lib-imports", "lib/planted.ts", "../model/run.ts"],
  ["clock.ts-imports", "clock.ts", "./model/run.ts"],
  ["random.ts-imports", "random.ts", "./lib/id.ts"],
  ["config.ts-imports", "config.ts", "./telemetry/events.ts"],
  ["telemetry-imports", "telemetry/planted.ts", "../define/job-service.ts"],
  ["define-imports", "define/planted.ts", "../schedule/timetable.ts"],
  ["schedule-imports", "schedule/planted.ts", "../assign/operations.ts"],
  ["assign-imports", "assign/planted.ts", "../store/sqlite/open-sqlite.ts"],
  ["execute-imports", "execute/planted.ts", "../report/recorder.ts"],
  ["report-imports", "report/planted.ts", "../execute/executor.ts"],
  ["notify-imports", "notify/planted.ts", "../report/recorder.ts"],
  ["store-sql-imports", "store/sql/planted.ts", "../sqlite/open-sqlite.ts"],
  ["store-sql-imports", "store/sql/planted-shapes.ts", "../shapes/jobs.ts"],
  ["store-sqlite-imports", "store/sqlite/planted.ts", "../../coordinator/coordinator.ts"],
  ["store-store.ts-imports", "store/store.ts", "../telemetry/events.ts"],
  ["store-shapes-imports", "store/shapes/planted.ts", "../../telemetry/events.ts"],
  ["coordinator-in-process-imports", "coordinator/in-process/planted.ts", "../../store/store.ts"],
  ["coordinator-coordinator.ts-imports", "coordinator/coordinator.ts", "../store/store.ts"],
  ["roles-imports", "roles/planted.ts", "../store/sqlite/open-sqlite.ts"],
  ["api-client.ts-imports", "api/client.ts", "../store/store.ts"],
  ["api-contract-imports", "api/contract/planted.ts", "../../lib/duration.ts"],
  ["api-imports", "api/planted.ts", "../execute/executor.ts"],
  ["store-postgres-imports", "store/postgres/planted.ts", "../sqlite/open-sqlite.ts"],
  ["store-mysql-imports", "store/mysql/planted.ts", "../postgres/open-postgres.ts"],
  ["coordinator-etcd-imports", "coordinator/etcd/planted.ts", "../../store/store.ts"],
  ["main.ts-imports", "main.ts", "./cli/exit.ts"],
  ["compose-imports", "compose/planted.ts", "../cli/exit.ts"],
  ["cli-imports", "cli/planted.ts", "../store/store.ts"],
  ["execute-without-store", "execute/reads-the-ledger.ts", "../store/store.ts"],
  ["execute-without-store", "report/sender.ts", "../store/store.ts"],
  ["model-packages", "model/planted-package.ts", "yaml"],
  ["door-croner", "schedule/planted-door.ts", "croner"],
  ["door-execa", "execute/planted-door.ts", "execa"],
  ["door-got", "report/planted-got.ts", "got"],
  ["door-better-sqlite3", "store/sql/planted-door.ts", "better-sqlite3"],
  ["door-kysely", "report/planted-door.ts", "kysely"],
  ["door-commander", "config.ts", "commander"],
  ["door-prom-client", "report/planted-metrics.ts", "prom-client"],
  ["door-pino", "report/planted-logger.ts", "pino"],
  ["door-pino-pretty", "report/planted-pretty.ts", "pino-pretty"],
  ["door-fastify", "report/planted-server.ts", "fastify"],
  ["door-string-width", "cli/planted-width.ts", "string-width"],
  ["door-etcd3", "report/planted-etcd.ts", "etcd3"],
  ["door-@grpc-grpc-js", "report/planted-grpc.ts", "@grpc/grpc-js"],
  ["door-cockatiel", "report/planted-cockatiel.ts", "cockatiel"],
  ["door-pg", "store/sql/planted-pg.ts", "pg"],
  ["door-mysql2", "store/sql/planted-mysql.ts", "mysql2"],
  ["door-yaml", "schedule/planted-yaml.ts", "yaml"],
  ["door-react", "api/planted-react.ts", "react"],
  ["door-wouter", "api/planted-wouter.ts", "wouter"],
  ["door-uplot", "api/planted-uplot.ts", "uplot"],
  ["door-i18next", "api/planted-i18next.ts", "i18next"],
  ["door-@mantine-core", "ui/pages/planted-mantine.ts", "@mantine/core"],
  ["ui-imports", "ui/planted.ts", "../lib/duration.ts"],
  ["ui-packages", "api/planted-ui-package.ts", "@mantine/core"],
];
/** Proven below. */
const elsewhere = ["no-cycles", "ui-types-only"];

describe("a copy of src in which every rule is broken by a type-only import", () => {
  let folder: string;
  let result: Cruise;

  function plant(file: string, line: string) {
    const path = join(folder, "src", file);
    mkdirSync(dirname(path), { recursive: true });
    if (existsSync(path)) appendFileSync(path, `\n${line}\n`);
    else writeFileSync(path, `${line}\n`);
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "distcron-imports-"));
    cpSync(join(root, "src"), join(folder, "src"), { recursive: true });
    cpSync(join(root, "tsconfig.json"), join(folder, "tsconfig.json"));
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    // node_modules is a link here: what it holds keeps the path that the rules speak of.
    const rules = JSON.stringify(join(root, ".dependency-cruiser.cjs"));
    writeFileSync(
      join(folder, "rules.cjs"),
      `const c = require(${rules}); module.exports = { ...c, options: { ...c.options, preserveSymlinks: true } };`,
    );
    for (const [, file, forbidden] of planted) plant(file, `import type * as forbidden from "${forbidden}";`);
    plant("lib/chicken.ts", 'import { egg } from "./egg.ts"; export const chicken = () => egg;');
    plant("lib/egg.ts", 'import { chicken } from "./chicken.ts"; export const egg = () => chicken;');
    plant("ui/takes-a-value.ts", 'import { roles } from "../api/contract/roles.ts"; export const all = roles;');
    plant(
      "ui/takes-a-type.ts",
      'import type { Role } from "../api/contract/roles.ts"; export const role: Role = "viewer";',
    );
    result = await cruise(folder, "rules.cjs");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(planted)("is caught by %s in %s, which imports %s", (rule, file) => {
    const caught = result.summary.violations
      .filter((each) => each.from === `src/${file}`)
      .map((each) => each.rule.name);
    expect(caught).toContain(rule);
  });

  test("a cycle is caught", () => {
    const cycles = result.summary.violations.filter((each) => each.rule.name === "no-cycles");
    expect(cycles.map((each) => each.from)).toContain("src/lib/chicken.ts");
  });

  test("the web app may take types of the API, and is caught taking more", () => {
    const caught = result.summary.violations.filter((each) => each.from.startsWith("src/ui/takes-"));
    expect(caught.map(({ rule, from }) => `${rule.name}: ${from}`)).toEqual(["ui-types-only: src/ui/takes-a-value.ts"]);
  });

  test("no rule is left without such a proof", () => {
    const proven = new Set([...planted.map(([rule]) => rule), ...elsewhere]);
    expect(config.forbidden.map((rule) => rule.name).filter((name) => !proven.has(name))).toEqual([]);
  });
});
