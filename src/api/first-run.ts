// The first account: made through a link that a scheduler logs while there is none. Its token is known by its hash to
// every scheduler of the cluster, and worth nothing once somebody has an account.
import type { Clock } from "../clock.ts";
import { newId } from "../lib/id.ts";
import type { Random } from "../random.ts";
import { ConflictError, type Store, type UserRow } from "../store/store.ts";
import { hashToken } from "./access.ts";
import { createPasswords } from "./passwords.ts";

const settingOf = (token: string) => `auth.setup.${hashToken(token)}`;

/** The link's path with a new token; null: there is an account already. */
export async function offerSetup(
  store: Pick<Store, "hasUsers" | "setSetting">,
  random: Pick<Random, "bytes">,
): Promise<string | null> {
  if (await store.hasUsers()) return null;
  const token = Buffer.from(random.bytes(32)).toString("base64url");
  await store.setSetting(settingOf(token), "offered");
  return `/setup#${token}`;
}

export const isSetupToken = async (store: Pick<Store, "getSetting">, token: string): Promise<boolean> =>
  (await store.getSetting(settingOf(token))) !== null;

/** Makes user "admin" with this password where nobody has an account. False: somebody has. */
export async function createAdmin(
  deps: { store: Pick<Store, "hasUsers" | "createUser" | "appendAudit">; clock: Clock; random: Random },
  password: string,
): Promise<boolean> {
  const { store, clock, random } = deps;
  if (await store.hasUsers()) return false;
  const user: UserRow = {
    id: newId(clock, random),
    name: "admin",
    displayName: null,
    role: "admin",
    language: null,
    timezone: null,
    disabled: false,
    passwordHash: await createPasswords({ random }).hash(password),
    createdAt: clock.now(),
    createdBy: "distcron",
    lastLoginAt: null,
  };
  try {
    await store.createUser(user, { onlyFirst: true });
  } catch (err) {
    // Another scheduler was faster.
    if (err instanceof ConflictError) return false;
    throw err;
  }
  const { id, name, role } = user;
  const target = { targetType: "user", targetId: id, targetName: name };
  const entry = { at: clock.now(), actor: "distcron", action: "user.create", ...target, via: null };
  await store.appendAudit([{ ...entry, before: null, after: { name, role } }]);
  return true;
}
