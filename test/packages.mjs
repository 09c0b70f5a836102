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
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name);
  const words = `apt-get install -y --no-install-recommends ${names.join(" ")}`;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    console.error(`the tests need: ${names.join(", ")}. On Debian: sudo ${words}`);
    process.exit(1);
  }
  console.error(`installing Debian packages: ${names.join(", ")} …`);
  if (!withoutServices(() => aptGet("update", "-q") && aptGet(...words.split(" ").slice(1), "-q"))) {
    console.error(`could not install them; run: ${words}`);
    process.exit(1);
  }
  const services = missing.flatMap(({ service }) => service ?? []);
  if (services.length && isCommand("systemctl")) spawnSync("systemctl", ["disable", ...services], { stdio: "ignore" });
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
