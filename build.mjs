// Bundles the program into dist/: the command line with everything behind it (split, so that a command loads only what
// it needs), the warden, its heir and the threads of the store and of HTTP jobs, each small and alone, and the web app. Native modules stay outside.
//   node build.mjs [--if-stale]
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildUi } from "./src/ui/build.mjs";

const root = dirname(fileURLToPath(import.meta.url));

/** Content of everything that the build depends on; stands in dist/.built after a build. */
async function sourceHash() {
  const hash = createHash("sha256");
  const files = ["package-lock.json", "build.mjs"];
  for (const entry of await readdir(join(root, "src"), { recursive: true, withFileTypes: true }))
    if (entry.isFile()) files.push(join(entry.parentPath, entry.name).slice(root.length + 1));
  for (const file of files.sort()) hash.update(file).update(await readFile(join(root, file)));
  return hash.digest("hex");
}

async function isBuilt() {
  const built = await readFile(join(root, "dist/.built"), "utf8").catch(() => "");
  return built === (await sourceHash());
}

/** @fastify/cookie imports this CommonJS package as a module; bundled in parts, it would come without its names. */
const cookieWithNames = {
  name: "cookie-with-names",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^cookie$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: "cookie", namespace: "with-names" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "with-names" }, () => ({
      contents: 'export { parseCookie, stringifySetCookie } from "cookie";',
      resolveDir: root,
    }));
  },
};

async function build() {
  const { build: bundle } = await import("esbuild");
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  await rm(join(root, "dist"), { recursive: true, force: true });
  await mkdir(join(root, "dist"), { recursive: true });
  const common = {
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    // Native, or reading files of their own beside them; and loaded only where they are configured.
    external: ["better-sqlite3", "etcd3", "@grpc/grpc-js", "cockatiel", "pg", "mysql2"],
    define: { "process.env.DISTCRON_BUILD_VERSION": JSON.stringify(version) },
    // Bundled CommonJS packages ask for require().
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: "warning",
    legalComments: "none",
  };
  await Promise.all([
    bundle({
      ...common,
      entryPoints: { cli: "src/cli/main.ts" },
      outdir: "dist",
      plugins: [cookieWithNames],
      splitting: true,
      chunkNames: "chunks/[name]-[hash]",
    }),
    bundle({ ...common, entryPoints: { warden: "src/execute/warden/warden-main.ts" }, outdir: "dist" }),
    bundle({ ...common, entryPoints: { heir: "src/compose/heir-main.ts" }, outdir: "dist" }),
    bundle({ ...common, entryPoints: { "store-worker": "src/store/sqlite/worker.ts" }, outdir: "dist" }),
    bundle({ ...common, entryPoints: { "http-worker": "src/execute/executors/http-worker.ts" }, outdir: "dist" }),
    buildUi(join(root, "dist/ui")),
  ]);
  await cp(join(root, "docs/examples"), join(root, "dist/examples"), { recursive: true });
  await writeFile(join(root, "dist/.built"), await sourceHash());
}

const ifStale = process.argv[2] === "--if-stale";
if (!ifStale || !(await isBuilt())) {
  if (ifStale) console.error("building …");
  const started = performance.now();
  await build();
  console.error(`built dist/ in ${Math.round(performance.now() - started)} ms`);
}
