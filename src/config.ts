// Configuration: one table gives every key its type, default and description; help text, config.example.yaml and
// `config print` come from it. Flag > environment > file > default. Unknown keys are refused with the nearest known one.
import { existsSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { availableParallelism, hostname } from "node:os";
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { formatDuration, parseDuration } from "./lib/duration.ts";
import { nearest } from "./lib/nearest.ts";
import { formatSize, parseSize } from "./lib/size.ts";

/** Thrown for anything wrong with the configuration; the process exits with 78 (EX_CONFIG). */
export class ConfigError extends Error {
  readonly code = "bad_config";
  readonly problems: string[];
  constructor(problems: string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

const text = () => z.string().min(1);
const flag = () =>
  z.preprocess((v) => (v === "true" ? true : v === "false" ? false : v), z.boolean("expected true or false"));
const integer = (min: number, max: number) =>
  z.preprocess(
    (v) => (typeof v === "string" && /^-?\d+$/.test(v) ? Number(v) : v),
    z
      .int(`expected a whole number from ${min} to ${max}`)
      .min(min, `expected at least ${min}`)
      .max(max, `expected at most ${max}`),
  );
const converted = (parse: (value: string) => number, what: string, min = 0) =>
  z.unknown().transform((value, ctx): number => {
    if (typeof value === "number" && Number.isFinite(value) && value === 0) return 0;
    try {
      if (typeof value !== "string") throw new Error(`expected ${what}`);
      const parsed = parse(value);
      if (parsed < min) throw new Error(`expected at least ${min} (in its smallest unit)`);
      return parsed;
    } catch (err) {
      ctx.addIssue({ code: "custom", message: (err as Error).message });
      return z.NEVER;
    }
  });
const duration = (minMs = 0) =>
  converted((v) => parseDuration(v), 'a duration such as "30s"', minMs).meta({ unit: "duration" });
const size = () => converted((v) => parseSize(v), 'a size such as "1MiB"').meta({ unit: "size" });
const list = () =>
  z.preprocess(
    (v) =>
      typeof v === "string"
        ? v
            .split(",")
            .map((part) => part.trim())
            .filter(Boolean)
        : v,
    z.array(text()),
  );
const pairs = () =>
  z.preprocess(
    (v) => (typeof v === "string" ? Object.fromEntries(v.split(",").filter(Boolean).map(splitPair)) : v),
    z.record(
      z.string(),
      z.preprocess((v) => (typeof v === "number" || typeof v === "boolean" ? String(v) : v), z.string()),
    ),
  );
function splitPair(part: string): [string, string] {
  const at = part.indexOf("=");
  return at < 0 ? [part.trim(), ""] : [part.slice(0, at).trim(), part.slice(at + 1)];
}
const cidr = () =>
  text().refine((v) => {
    const [address = "", bits] = v.split("/");
    return isIP(address) > 0 && (bits === undefined || /^\d{1,3}$/.test(bits));
  }, "expected an address range such as 169.254.0.0/16");

interface Key {
  schema: z.ZodType;
  /** As it would stand in the file; undefined: none. */
  default: unknown;
  about: string;
  secret?: boolean;
}
const key = <S extends z.ZodType>(schema: S, fallback: unknown, about: string, secret = false) => ({
  schema,
  default: fallback,
  about,
  secret,
});

export const keys = {
  role: key(z.enum(["all", "scheduler", "node"]), "all", "What this process does: all, scheduler or node."),
  dataDir: key(
    text(),
    "./distcron-data",
    "Folder for the database, the node's spool and its identity. One process at a time.",
  ),
  "server.host": key(
    text(),
    "127.0.0.1",
    "Address that the API listens on. Beyond loopback it needs TLS or server.insecure.",
  ),
  "server.port": key(integer(0, 65535), 8470, "Port of the API; 0 picks a free one."),
  "server.publicUrl": key(
    z.url().optional(),
    undefined,
    "Address under which people reach this server, for links in messages.",
  ),
  "server.advertiseUrl": key(
    z.url().optional(),
    undefined,
    "Address under which nodes and other schedulers reach this one. None: where it listens.",
  ),
  "server.tls.cert": key(text().optional(), undefined, "File with the certificate chain (PEM)."),
  "server.tls.key": key(text().optional(), undefined, "File with the private key (PEM)."),
  "server.insecure": key(
    flag(),
    false,
    "Allows listening beyond loopback without TLS. Say true only behind a proxy that has it.",
  ),
  "store.url": key(
    text(),
    "sqlite:",
    "Where jobs and runs are kept: sqlite: (a file in dataDir), postgres://… or mysql://….",
    true,
  ),
  "coordinator.etcd.endpoints": key(list(), [], "etcd's client addresses. None: coordination inside this one process."),
  "coordinator.etcd.prefix": key(
    z.string().regex(/^\/[\w./-]*$/, 'expected a path such as "/distcron"'),
    "/distcron",
    "Prefix of every key.",
  ),
  "coordinator.etcd.username": key(text().optional(), undefined, "etcd user."),
  "coordinator.etcd.password": key(text().optional(), undefined, "Its password.", true),
  "coordinator.etcd.tls.ca": key(
    text().optional(),
    undefined,
    "File with the certificate authority of etcd's certificates (PEM).",
  ),
  "coordinator.etcd.tls.cert": key(text().optional(), undefined, "File with the client certificate (PEM)."),
  "coordinator.etcd.tls.key": key(text().optional(), undefined, "File with its private key (PEM)."),
  "coordinator.etcd.compactEvery": key(
    z.union([z.literal("off").transform(() => null), duration(1000)]).meta({ unit: "duration", none: "off" }),
    "5m",
    "How often the leader compacts etcd's history; off where etcd does it itself.",
  ),
  "coordinator.sessionTtl": key(duration(2000), "10s", "A node that is silent towards etcd this long is noticed."),
  "coordinator.leaderTtl": key(duration(2000), "10s", "A leader that is silent this long is replaced."),
  defaults: key(
    z.record(z.string(), z.unknown()),
    {},
    "A partial job document: defaults of every job (timeout, retry, overlap, …). `none` in a job overrides one with nothing.",
  ),
  "scheduler.horizon": key(duration(2000), "20s", "How far ahead runs are planned and handed out."),
  "scheduler.claimAhead": key(duration(), "500ms", "How long before its due instant a node claims a run."),
  "scheduler.nodeGrace": key(
    duration(3000),
    "30s",
    "How long a silent node's running work is left alone before it is given up.",
  ),
  timezone: key(text(), "UTC", "Zone of jobs that name none. Never taken from the machine."),
  "cluster.token": key(
    text().optional(),
    undefined,
    "Secret with which nodes join. Required as soon as roles run apart.",
    true,
  ),
  "cluster.ca": key(
    text().optional(),
    undefined,
    "File with the authority of the schedulers' certificates (PEM), where the machine doesn't know it.",
  ),
  "node.name": key(text(), hostname(), "Name of this node; unique among the nodes that are up."),
  "node.labels": key(pairs(), {}, "Labels that jobs may ask for in place.labels."),
  "node.slots": key(integer(1, 10_000), 8 * availableParallelism(), "How many runs at once."),
  "node.executors": key(
    z.preprocess((v) => (typeof v === "string" ? v.split(",") : v), z.array(z.enum(["cmd", "http"])).min(1)),
    ["cmd", "http"],
    "What this node offers to run.",
  ),
  "node.cmd.shell": key(text(), "/bin/sh", "Shell of commands that name none."),
  "node.cmd.users": key(list(), [], "Users that commands may run as, besides the node's own."),
  "node.cmd.env": key(pairs(), {}, "Environment that every command gets."),
  "node.host": key(text(), "127.0.0.1", "Address of a node's own health and metrics port."),
  "node.port": key(integer(0, 65535), 8471, "Its port."),
  "node.http.deny": key(
    z.preprocess((v) => (typeof v === "string" ? v.split(",") : v), z.array(cidr())),
    ["169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128"],
    "Address ranges that HTTP jobs must not reach: cloud metadata by default.",
  ),
  "node.drainTimeout": key(duration(), "10m", "How long a draining node lets running work go on."),
  "node.stopTimeout": key(duration(), "30s", "The same when the process is asked to stop."),
  "metrics.perJob": key(z.enum(["top", "on", "off"]), "top", "Series for each job: top (2,000 jobs), on, off."),
  "output.maxBytes": key(size(), "1MiB", "How much output of an attempt is kept: the head and the tail."),
  "retention.runs.age": key(duration(60_000), "30d", "How long finished runs are kept."),
  "retention.runs.count": key(integer(1, 10_000_000), 10_000, "How many finished runs of a job are kept."),
  "log.level": key(z.enum(["trace", "debug", "info", "warn", "error", "fatal"]), "info", "What is logged."),
  "log.format": key(z.enum(["auto", "json", "pretty"]), "auto", "auto: pretty on a terminal, JSON elsewhere."),
} satisfies Record<string, Key>;

export type ConfigKey = keyof typeof keys;
export type Config = { [K in ConfigKey]: z.output<(typeof keys)[K]["schema"]> };
export interface LoadedConfig {
  config: Config;
  /** Where each value came from: default, file <path>, environment <NAME>, flag. */
  origins: Record<ConfigKey, string>;
}

const names = Object.keys(keys) as ConfigKey[];
export const isSecret = (name: ConfigKey): boolean => keys[name].secret ?? false;
export const envName = (name: string): string =>
  `DISTCRON_${name
    .split(".")
    .map((part) => part.replace(/([a-z])([A-Z])/g, "$1_$2").toUpperCase())
    .join("__")}`;
const fileVariant = (name: string) => `${name}File`;

/** Names that are never configuration: the CLI's own and what a command sees. */
const reserved = new Set(
  (
    "SERVER TOKEN TOKEN_FILE ADMIN_PASSWORD_FILE RUN_ID JOB JOB_VERSION ATTEMPT FENCE TRIGGER SCHEDULED_FOR NODE " +
    "SHARD_INDEX SHARD_TOTAL"
  )
    .split(" ")
    .map((name) => `DISTCRON_${name}`),
);

type Given = Map<string, { value: unknown; origin: string }>;

/** Reads flags, environment and file. Throws ConfigError with every problem found. */
export function loadConfig(sources: {
  flags?: Record<string, unknown>;
  env: Record<string, string | undefined>;
  /** --config; absent: /etc/distcron/config.yaml if it is there. */
  file?: string;
  /** For tests: the default file. */
  defaultFile?: string;
}): LoadedConfig {
  const problems: string[] = [];
  const given: Given = new Map();
  const fallback = sources.defaultFile ?? "/etc/distcron/config.yaml";
  const file = sources.file ?? (existsSync(fallback) ? fallback : undefined);
  if (file) readFile(file, given, problems);
  readEnvironment(sources.env, given, problems);
  for (const [name, value] of Object.entries(sources.flags ?? {}))
    if (value !== undefined) given.set(name, { value, origin: "flag" });
  readSecretFiles(given, problems);

  const config: Record<string, unknown> = {};
  const origins: Record<string, string> = {};
  for (const name of names) {
    const entry = given.get(name);
    const value = entry ? entry.value : keys[name].default;
    origins[name] = entry?.origin ?? "default";
    const parsed = (keys[name].schema as z.ZodType).safeParse(value);
    if (parsed.success) config[name] = parsed.data;
    else
      for (const issue of parsed.error.issues) {
        const path = [name, ...issue.path].join(".");
        const got = isSecret(name) ? "" : `, got ${JSON.stringify(value)}`;
        problems.push(`${path}: ${issue.message}${got} (${origins[name]})`);
      }
  }
  if (problems.length) throw new ConfigError(problems);
  return { config: config as Config, origins: origins as LoadedConfig["origins"] };
}

function readFile(file: string, given: Given, problems: string[]) {
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch (err) {
    problems.push(`cannot read configuration file ${file}: ${(err as Error).message}`);
    return;
  }
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: true });
  for (const error of document.errors) problems.push(`${file}: ${error.message}`);
  if (document.errors.length) return;
  const root: unknown = document.toJS({ maxAliasCount: 100 });
  if (root === null || root === undefined) return;
  if (typeof root !== "object" || Array.isArray(root)) {
    problems.push(`${file}: expected keys and values at the top, got ${Array.isArray(root) ? "a list" : typeof root}`);
    return;
  }
  const at = (path: string[]) => {
    const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined;
    const pos = node?.range ? lines.linePos(node.range[0]) : null;
    return pos ? `file ${file}:${pos.line}` : `file ${file}`;
  };
  const walk = (value: object, path: string[]) => {
    for (const [part, inner] of Object.entries(value)) {
      const name = [...path, part].join(".");
      const origin = at([...path, part]);
      if (isKnown(name)) {
        if (inner !== null && inner !== undefined) given.set(name, { value: inner, origin });
      } else if (names.some((known) => known.startsWith(`${name}.`))) {
        if (inner === null || inner === undefined) continue;
        if (typeof inner === "object" && !Array.isArray(inner)) walk(inner, [...path, part]);
        else problems.push(`${name}: expected keys below it, got ${JSON.stringify(inner)} (${origin})`);
      } else problems.push(`unknown key ${name}${suggest(name)} (${origin})`);
    }
  };
  walk(root, []);
}

const isKnown = (name: string) =>
  name in keys || (name.endsWith("File") && names.some((known) => isSecret(known) && fileVariant(known) === name));
const suggest = (name: string) => {
  const near = nearest(name, names);
  return near ? `; did you mean ${near}?` : "";
};

function readEnvironment(env: Record<string, string | undefined>, given: Given, problems: string[]) {
  const known = new Map<string, string>();
  for (const name of names) {
    known.set(envName(name), name);
    if (isSecret(name)) known.set(envName(fileVariant(name)), fileVariant(name));
  }
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith("DISTCRON_") || value === undefined || reserved.has(variable)) continue;
    const name = known.get(variable);
    if (name) given.set(name, { value: parseEnv(name, value), origin: `environment ${variable}` });
    else {
      const near = nearest(variable, [...known.keys()]);
      problems.push(`unknown environment variable ${variable}${near ? `; did you mean ${near}?` : ""}`);
    }
  }
}

const parseEnv = (name: string, value: string): unknown => {
  if (name !== "defaults") return value;
  const parsed = parseDocument(value);
  return parsed.errors.length ? value : parsed.toJS({ maxAliasCount: 100 });
};

function readSecretFiles(given: Given, problems: string[]) {
  for (const name of names.filter(isSecret)) {
    const entry = given.get(fileVariant(name));
    if (!entry) continue;
    const itself = given.get(name);
    if (itself && strength(itself.origin) > strength(entry.origin)) continue;
    try {
      const value = readFileSync(String(entry.value), "utf8").trim();
      given.set(name, { value, origin: `${entry.origin}, file ${entry.value}` });
    } catch (err) {
      problems.push(`${fileVariant(name)}: cannot read it: ${(err as Error).message} (${entry.origin})`);
    }
  }
}

/** A flag beats the environment, the environment a configuration file. */
const strength = (origin: string) => (origin === "flag" ? 2 : origin.startsWith("environment ") ? 1 : 0);

export interface PrintedKey {
  key: ConfigKey;
  /** As it would be written in the file, but secrets. */
  value: unknown;
  origin: string;
}

/** What is in force, for people: secrets masked. */
export function printable({ config, origins }: LoadedConfig): PrintedKey[] {
  return names.map((name) => {
    const hidden = isSecret(name) && origins[name] !== "default" && config[name];
    return { key: name, value: hidden ? mask : masked(name, asWritten(name, config[name])), origin: origins[name] };
  });
}

const mask = "••••";

function asWritten(name: ConfigKey, value: unknown): unknown {
  const { unit, none } = (keys[name].schema as z.ZodType).meta() ?? {};
  if (value === null || value === undefined) return none ?? null;
  if (typeof value !== "number") return value;
  return unit === "duration" ? formatDuration(value) : unit === "size" ? formatSize(value) : value;
}

/** What commands are given may be secret, and so may what stands before the @ of an address. */
function masked(name: ConfigKey, value: unknown): unknown {
  if (name === "node.cmd.env") return Object.fromEntries(Object.keys(value as object).map((each) => [each, mask]));
  if (typeof value === "string") return value.replace(/^(\w+:\/\/)[^/@]+@/, `$1${mask}@`);
  return Array.isArray(value) ? value.map((each) => masked(name, each)) : value;
}
