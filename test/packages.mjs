// Debian's packages that the tests need: named, and installed where that can be done. None of their services is started or
// left to start by itself: tests start servers of their own.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";

const path = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`;
const isCommand = (name) =>
  spawnSync("sh", ["-c", `command -v ${name}`], { env: { ...process.env, PATH: path } }).status === 0;
// Debian keeps PostgreSQL's programs out of the path.
const hasPostgres = () => existsSync("/usr/lib/postgresql") && readdirSync("/usr/lib/postgresql").length > 0;

/** What the tests, or a native build, start; the package that has it; the service that comes with it. */
const needed = [
  { has: () => isCommand("python3"), name: "python3" },
  { has: () => isCommand("make"), name: "make" },
  { has: () => isCommand("g++"), name: "g++" },
  { has: () => isCommand("setpriv"), name: "util-linux" },
  { has: () => isCommand("getent"), name: "libc-bin" },
  { has: () => isCommand("etcd"), name: "etcd-server", service: "etcd" },
  { has: () => isCommand("etcdctl"), name: "etcd-client" },
  { has: hasPostgres, name: "postgresql", service: "postgresql" },
  { has: () => isCommand("mariadbd"), name: "mariadb-server", service: "mariadb" },
  { has: () => isCommand("chromium"), name: "chromium" },
  { has: () => existsSync("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"), name: "fonts-noto-cjk" },
  { has: () => isCommand("systemd-analyze"), name: "systemd" },
  { has: () => isCommand("promtool") && isCommand("prometheus"), name: "prometheus", service: "prometheus" },
];

/** Installs what is missing, or says what is and ends the process with 1. */
export function installPackages() {
  const missing = needed.filter(({ has }) => !has());
  const plan = planFor(missing, { isRoot: process.getuid?.() === 0, hasAptGet: existsSync("/usr/bin/apt-get") });
  if (plan.do === "nothing") return;
  if (plan.do === "ask") {
    console.error(plan.words);
    process.exit(1);
  }
  const { args, services } = plan;
  console.error(`installing Debian packages: ${missing.map(({ name }) => name).join(", ")} …`);
  if (!withoutServices(() => aptGet("update", "-q") && aptGet(...args, "-q"))) {
    console.error(`could not install them; run: apt-get ${args.join(" ")}`);
    process.exit(1);
  }
  if (services.length && isCommand("systemctl")) spawnSync("systemctl", ["disable", ...services], { stdio: "ignore" });
}

/** What to do about packages that are missing on such a machine. */
export function planFor(missing, { isRoot, hasAptGet }) {
  if (missing.length === 0) return { do: "nothing" };
  const names = missing.map(({ name }) => name);
  const args = ["install", "-y", "--no-install-recommends", ...names];
  const services = missing.flatMap(({ service }) => service ?? []);
  if (isRoot && hasAptGet) return { do: "install", args, services };
  return { do: "ask", words: `the tests need: ${names.join(", ")}. On Debian: sudo apt-get ${args.join(" ")}` };
}

const aptGet = (...words) =>
  spawnSync("apt-get", words, {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, PATH: path, DEBIAN_FRONTEND: "noninteractive" },
  }).status === 0;

/** Debian asks this file whether an installed service may start; 101 is no. */
function withoutServices(install) {
  const policy = "/usr/sbin/policy-rc.d";
  if (existsSync(policy)) return install();
  writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    return install();
  } finally {
    rmSync(policy, { force: true });
  }
}
