// The machine's users: /etc/passwd first, for it costs nothing; then getent(1), which knows LDAP and the like.
import { readFileSync } from "node:fs";
import { execa } from "execa";
import type { Clock } from "../../clock.ts";

const rememberMs = 60_000;
const getentMs = 5_000;

export interface Account {
  name: string;
  uid: number;
  gid: number;
  home: string;
  shell: string;
}

/** Resolves null when there is no such user. Rejects when the machine's directory doesn't answer within 5 s. */
export type FindAccount = (nameOrUid: string) => Promise<Account | null>;

/** Answers are remembered for a minute; failures are not. */
export function createFindAccount(clock: Clock, passwdFile = "/etc/passwd"): FindAccount {
  const known = new Map<string, { until: number; account: Promise<Account | null> }>();
  return (nameOrUid) => {
    const held = known.get(nameOrUid);
    if (held && held.until > clock.monotonic()) return held.account;
    const account = find(nameOrUid, passwdFile);
    known.set(nameOrUid, { until: clock.monotonic() + rememberMs, account });
    account.catch(() => known.delete(nameOrUid));
    return account;
  };
}

async function find(nameOrUid: string, passwdFile: string): Promise<Account | null> {
  const lines = readFileSync(passwdFile, "utf8").split("\n").flatMap(parse);
  const local = lines.find(({ name, uid }) => name === nameOrUid || String(uid) === nameOrUid);
  // A name that looks like an option would be read as one.
  if (local || nameOrUid.startsWith("-")) return local ?? null;
  const result = await execa("getent", ["passwd", nameOrUid], { reject: false, stdin: "ignore", timeout: getentMs });
  // getent(1): 2 is "not found"; no getent at all means there is nothing but the file.
  if (result.exitCode === 2 || result.code === "ENOENT") return null;
  if (result.exitCode !== 0)
    throw new Error(`expected getent to tell of user "${nameOrUid}", it failed: ${result.shortMessage}`);
  return parse(result.stdout)[0] ?? null;
}

function parse(line: string): Account[] {
  const [name, , uid, gid, , home, shell] = line.trim().split(":");
  if (!name || !uid || !gid) return [];
  return [{ name, uid: Number(uid), gid: Number(gid), home: home || "/", shell: shell || "/bin/sh" }];
}
