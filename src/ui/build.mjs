// Bundles the web app into a folder: a chunk for each page, names with hashes of their content, and beside every file its
// compressed forms, so that the server only hands out.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, gzip, constants as zlib } from "node:zlib";

const root = dirname(fileURLToPath(import.meta.url));
const worthIt = 1024;

/** The same whoever builds: a test's environment would make it the slow build for developers. */
export async function buildUi(outDir) {
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = "production";
  try {
    await bundle(outDir);
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
  await compress(join(outDir, "assets"));
}

/**
 * Few files, for each costs the browser a question: what every page begins with, what several share, and the component
 * library, which is loaded when something of it is used.
 */
const groups = [
  { name: "app", tags: ["$initial"], test: /^(?!.*main\.tsx$)/, priority: 3 },
  { name: "library", test: /node_modules[\\/]@mantine|src[\\/]ui[\\/]components[\\/]mantine/, priority: 2 },
  { name: "shared", test: /src[\\/]ui[\\/]/, minShareCount: 4, priority: 1 },
];

async function bundle(outDir) {
  const { build } = await import("vite");
  const { default: react } = await import("@vitejs/plugin-react");
  await build({
    configFile: false,
    root,
    base: "/",
    // Filled in for every page that is served: the page's policy lets in only what carries its number.
    html: { cspNonce: "__CSP_NONCE__" },
    publicDir: false,
    build: {
      outDir,
      emptyOutDir: true,
      target: "es2022",
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      chunkSizeWarningLimit: 700,
      manifest: true,
      rolldownOptions: { output: { codeSplitting: { groups } } },
    },
    plugins: [react()],
    logLevel: "warn",
  });
}

async function compress(folder) {
  const files = (await readdir(folder)).filter((name) => /\.(js|css|svg)$/.test(name));
  await Promise.all(
    files.map(async (name) => {
      const content = await readFile(join(folder, name));
      if (content.length < worthIt) return;
      const [br, gz] = await Promise.all([
        promisify(brotliCompress)(content, { params: { [zlib.BROTLI_PARAM_QUALITY]: 9 } }),
        promisify(gzip)(content, { level: 9 }),
      ]);
      await writeFile(join(folder, `${name}.br`), br);
      await writeFile(join(folder, `${name}.gz`), gz);
    }),
  );
}
