// What a browser has to load before a page is there, whichever is its first: read from the built program.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { root } from "../support/repository.ts";

const built = join(root, "dist/ui");
const dashboard = "pages/dashboard/dashboard-page.tsx";
const mostBytes = 200_000;

interface Chunk {
  file: string;
  imports?: string[];
}
const manifest = JSON.parse(readFileSync(join(built, ".vite/manifest.json"), "utf8")) as Record<string, Chunk>;

/** The files of these chunks and of all that they import. */
function filesOf(names: string[], found = new Set<string>()): Set<string> {
  for (const name of names) {
    const chunk = manifest[name];
    if (!chunk) throw new Error(`the build has no ${name}; it has ${Object.keys(manifest).join(", ")}`);
    if (found.has(chunk.file)) continue;
    found.add(chunk.file);
    filesOf(chunk.imports ?? [], found);
  }
  return found;
}
const sizeOf = (file: string) => gzipSync(readFileSync(join(built, file)), { level: 9 }).length;
const sum = (files: Iterable<string>) => [...files].reduce((bytes, file) => bytes + sizeOf(file), 0);

const pages = Object.keys(manifest).filter((name) => /^pages\/.*-page\.tsx$/.test(name));

test("every page has a chunk of its own", () => {
  expect(pages).toContain(dashboard);
  expect(pages.length).toBeGreaterThan(10);
});

test.each(pages)("the first load of %s keeps to its budget of compressed JavaScript", (page) => {
  for (const language of ["en", "zh-CN"]) {
    const files = filesOf(["index.html", page, `locales/${language}.ts`]);
    const sizes = Object.fromEntries([...files].map((file) => [file, sizeOf(file)]));
    expect(sum(files), JSON.stringify(sizes, null, 1)).toBeLessThanOrEqual(mostBytes);
    // Not because there is nothing: React alone is more.
    expect(sum(files)).toBeGreaterThan(60_000);
  }
});

test.each(pages)("%s asks for few files, and the component library isn't among them", (page) => {
  const files = [...filesOf(["index.html", page])];
  expect(files.length).toBeLessThanOrEqual(16);
  expect(files.filter((file) => /\/library-/.test(file))).toEqual([]);
  // It is there to be loaded.
  expect(Object.keys(manifest).some((name) => name.startsWith("_library-"))).toBe(true);
});

test("what is served compressed lies beside each file", () => {
  for (const file of filesOf(["index.html"]))
    if (statSync(join(built, file)).size >= 1024)
      for (const ending of ["gz", "br"]) expect(statSync(join(built, `${file}.${ending}`)).size).toBeGreaterThan(0);
});
