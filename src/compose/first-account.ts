// A scheduler that nobody has an account on: the first comes from a file with a password, or through a link in the log.
import { readFileSync } from "node:fs";
import { leastPasswordLength } from "../api/contract/accounts.ts";
import { createAdmin, offerSetup } from "../api/first-run.ts";
import type { Clock } from "../clock.ts";
import { ConfigError } from "../config.ts";
import type { Random } from "../random.ts";
import type { Store } from "../store/store.ts";
import type { Logger } from "../telemetry/logger.ts";

interface Deps {
  store: Store;
  clock: Clock;
  random: Random;
  log: Pick<Logger, "info" | "warn">;
}

const variable = "DISTCRON_ADMIN_PASSWORD_FILE";

/** With DISTCRON_ADMIN_PASSWORD_FILE and no account yet: user admin. Throws ConfigError. */
export async function adminFromFile(deps: Deps, env: NodeJS.ProcessEnv): Promise<void> {
  const file = env[variable];
  if (!file || (await deps.store.hasUsers())) return;
  const made = await createAdmin(deps, readPassword(file));
  if (made) deps.log.info({ user: "admin", file }, "the first account was made with the password in the file");
}

function readPassword(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (err) {
    throw new ConfigError([`${variable}: cannot read ${file}: ${(err as Error).message}`]);
  }
  const password = text.replace(/\r?\n$/, "");
  if (password.length >= leastPasswordLength && !password.includes("\n")) return password;
  throw new ConfigError([
    `${variable}: ${file} must hold one line, a password of at least ${leastPasswordLength} characters`,
  ]);
}

/** The set-up link, also logged; null: somebody has an account, or it failed. `url`: where people reach the server. */
export async function offerFirstAccount({ store, random, log }: Deps, url: string): Promise<string | null> {
  const path = await offerSetup(store, random).catch((err: unknown) => {
    // Jobs run without anybody's account.
    log.warn({ err }, "no set-up link could be made; the next start makes one");
    return null;
  });
  if (path === null) return null;
  const link = `${url.replace(/\/+$/, "")}${path}`;
  log.warn({ link }, "nobody has an account yet: open this link to make the first, an admin's; it works once");
  return link;
}
