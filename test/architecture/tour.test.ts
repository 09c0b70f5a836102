// The tour shows a picture of every page, the one that the script takes, and each is small enough for a repository.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { read, root } from "../support/repository.ts";

interface Pictures {
  pictures: { name: string; at: string }[];
  maxBytes: number;
}
const { pictures, maxBytes } = (await import(join(root, "test/tour/pages.mjs"))) as Pictures;
const shown = [...read("docs/guide/tour.md").matchAll(/!\[[^\]]+\]\(\.\.\/tour\/([\w-]+)\.png\)/g)].map(
  ([, name]) => name as string,
);

test("the tour shows what the script takes, in its order", () => {
  expect(shown).toEqual(pictures.map(({ name }) => name));
});

test("every page has a picture", () => {
  const source = read("src/ui/routes.tsx");
  const paths = [...source.matchAll(/route\(\s*"([^"]+)"/g)].map(([, path]) => path as string);
  expect(paths.length).toBeGreaterThan(10);
  const taken = pictures.map(({ at }) => (at.split("?")[0] as string).replace(/\{\w+\}/g, "x"));
  const without = paths
    // The editor of a new job is that of an old one.
    .filter((path) => path !== "/jobs/:job/edit")
    .filter((path) => !taken.some((at) => new RegExp(`^${path.replace(/:\w+/g, "[^/]+")}$`).test(at)));
  expect(without).toEqual([]);
});

test.each(pictures)("$name is there, a PNG, and small", ({ name }) => {
  const file = join(root, "docs/tour", `${name}.png`);
  expect(readFileSync(file).subarray(1, 4).toString("latin1")).toBe("PNG");
  expect(statSync(file).size).toBeLessThanOrEqual(maxBytes);
});
