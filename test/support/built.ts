// Runs once before the tests with the real program: what they start has to be what the sources say.
import { join } from "node:path";
import { root } from "./repository.ts";

export async function setup(): Promise<void> {
  const { buildIfStale } = (await import(join(root, "bin/setup.mjs"))) as { buildIfStale(): void };
  buildIfStale();
}
