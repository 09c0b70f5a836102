// Who may import whom. One table: a folder, what it may import of ours, and why. Everything else of ours is forbidden.
const ports = ["store/store.ts", "coordinator/coordinator.ts"];
const base = ["model/", "lib/", "telemetry/", "config.ts", "clock.ts", "random.ts"];
const steps = ["define", "schedule", "assign", "execute", "report", "notify"];

const table = [
  { from: "model/", may: [], why: "the words depend on nothing, so that everything may depend on them" },
  { from: "lib/", may: ["clock.ts", "random.ts"], why: "small and pure: no DistCron words" },
  { from: "clock.ts", may: [], why: "time is a parameter of everything and knows nothing" },
  { from: "random.ts", may: [], why: "randomness is a parameter of everything and knows nothing" },
  { from: "config.ts", may: ["lib/", "model/"], why: "configuration is read before anything else exists" },
  {
    from: "telemetry/",
    may: ["lib/", "model/", "clock.ts", "random.ts", "store/store.ts"],
    why: "observes; store/store.ts only for the type of a change",
  },
  ...steps.map((step) => ({
    from: `${step}/`,
    may: [...base, ...ports],
    why: "a step knows the words and the seams, never another step nor an implementation",
  })),
  {
    from: "store/sql/",
    may: ["store/store.ts", "model/", "lib/", "clock.ts", "random.ts", "telemetry/"],
    why: "SQL shared by the stores",
  },
  {
    from: "store/sqlite/",
    may: ["store/store.ts", "store/sql/", "model/", "lib/", "clock.ts", "random.ts", "telemetry/"],
    why: "an implementation knows its port, never a sibling",
  },
  ...["postgres", "mysql"].map((name) => ({
    from: `store/${name}/`,
    may: ["store/store.ts", "store/sql/", "model/", "lib/", "clock.ts", "random.ts", "telemetry/"],
    why: "an implementation knows its port, never a sibling",
  })),
  { from: "store/store.ts", may: ["store/shapes/", "model/"], why: "a port speaks in the words alone" },
  {
    from: "store/shapes/",
    may: ["model/"],
    why: "what the port's methods take and give; others take it from the port",
  },
  {
    from: "coordinator/in-process/",
    may: ["coordinator/coordinator.ts", "model/", "lib/", "clock.ts", "random.ts", "telemetry/"],
    why: "an implementation knows its port, never a sibling",
  },
  {
    from: "coordinator/etcd/",
    may: ["coordinator/coordinator.ts", "model/", "lib/", "clock.ts", "random.ts", "telemetry/"],
    why: "an implementation knows its port, never a sibling",
  },
  { from: "coordinator/coordinator.ts", may: ["model/"], why: "a port speaks in the words alone" },
  {
    from: "roles/",
    may: [...base, ...ports, ...steps.map((step) => `${step}/`)],
    why: "a role joins steps through ports; main.ts picks the implementations",
  },
  {
    from: "api/client.ts",
    may: ["api/contract/", "api/client/pinned-agent.ts", "model/", "lib/", "clock.ts"],
    why: "the client runs without a server",
  },
  { from: "api/contract/", may: ["model/"], why: "shapes that run anywhere" },
  {
    from: "api/",
    may: [...base, ...ports, "api/", "define/", "schedule/", "assign/", "report/", "notify/"],
    why: "a face: it asks the steps and reads the store, and never names an implementation",
  },
  { from: "main.ts", may: [""], not: ["cli/", "ui/"], why: "with compose/ the only place that names implementations" },
  { from: "compose/", may: [""], not: ["main.ts", "cli/", "ui/"], why: "main.ts in parts: it names implementations" },
  {
    from: "cli/",
    may: ["main.ts", "api/client.ts", "api/contract/", "config.ts", "model/", "lib/", "clock.ts", "random.ts"],
    why: "the command line talks to the API like everybody else",
  },
  {
    from: "ui/",
    may: ["api/contract/", "model/"],
    why: "the web app runs in a browser and talks to the API like everybody else",
  },
];

/** One door per package: a library that dies is replaced in one place. */
const doors = {
  croner: ["src/schedule/timetable.ts"],
  execa: ["src/execute/warden/"],
  got: ["src/execute/executors/http", "src/notify/notifiers/", "src/api/client", "src/report/sender"],
  etcd3: ["src/coordinator/etcd/"],
  "@grpc/grpc-js": ["src/coordinator/etcd/"],
  cockatiel: ["src/coordinator/etcd/"],
  pg: ["src/store/postgres/"],
  mysql2: ["src/store/mysql/"],
  "better-sqlite3": ["src/store/sqlite/"],
  kysely: ["src/store/"],
  commander: ["src/cli/"],
  "prom-client": ["src/telemetry/metrics"],
  pino: ["src/telemetry/logger"],
  "pino-pretty": ["src/telemetry/logger"],
  fastify: ["src/api/"],
  yaml: ["src/define/job-files", "src/config", "src/cli/", "src/ui/lib/yaml"],
  "string-width": ["src/lib/text-width"],
  react: ["src/ui/"],
  wouter: ["src/ui/"],
  uplot: ["src/ui/components/chart"],
  i18next: ["src/ui/"],
  "@mantine/core": ["src/ui/components/mantine/"],
};

const literal = (path) => path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const own = (path) => (path.endsWith(".ts") ? `^src/${literal(path)}$` : `^src/${literal(path)}`);
const more = (rule) =>
  table.filter((other) => other !== rule && other.from.startsWith(rule.from) && other.from !== rule.from);

module.exports = {
  forbidden: [
    ...table.map((rule) => ({
      name: `${rule.from.replace(/\/$/, "").replaceAll("/", "-")}-imports`,
      comment: rule.why,
      severity: "error",
      from: {
        path: own(rule.from),
        ...(more(rule).length ? { pathNot: more(rule).map((other) => own(other.from)) } : {}),
      },
      to: rule.not
        ? { path: rule.not.map(own) }
        : { path: "^src/", pathNot: [...rule.may.map(own), ...(rule.from.endsWith("/") ? [own(rule.from)] : [])] },
    })),
    {
      name: "execute-without-store",
      comment: "a node never opens the store: it reports",
      severity: "error",
      from: { path: "^src/(execute/|report/sender)" },
      to: { path: "^src/store/" },
    },
    {
      name: "no-cycles",
      comment: "a cycle has no beginning to read from",
      severity: "error",
      from: { path: "^src" },
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    ...Object.entries(doors).map(([name, paths]) => ({
      name: `door-${name.replace("/", "-")}`,
      comment: `${name} has one door, so that it can be replaced there`,
      severity: "error",
      from: { path: "^src/", pathNot: paths.map((path) => `^${literal(path)}`) },
      to: { path: `^node_modules/${literal(name)}/` },
    })),
    {
      name: "ui-types-only",
      comment: "what the web app takes from the server's side are types: nothing of it is bundled for a browser",
      severity: "error",
      from: { path: "^src/ui/" },
      to: { path: "^src/", pathNot: "^src/ui/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "ui-packages",
      comment: "the web app's packages are the browser's; the server's never load there",
      severity: "error",
      from: { path: "^src/(?!ui/)" },
      to: { path: "^node_modules/(react|react-dom|@mantine|@tanstack|wouter|uplot|i18next|anser)/" },
    },
    {
      name: "model-packages",
      comment: "the words need zod at most",
      severity: "error",
      from: { path: "^src/model/" },
      to: { path: "^node_modules/", pathNot: "^node_modules/zod/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".tsx", ".js", ".d.ts"],
    },
  },
};
