// Files of the build beside the program.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

/** A file of the build: chunks stand one folder below the entry. */
export const built = (name: string): string =>
  [join(here, name), join(here, "..", name)].find((file) => existsSync(file)) ?? join(here, name);
