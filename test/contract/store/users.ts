// People, their sessions and their own tokens.
import { describe, expect, it } from "vitest";
import type { UserRow, UserSessionRow } from "../../../src/store/store.ts";
import { type OpenStore, setScene } from "./scene.ts";

const user = (given: Partial<UserRow> = {}): UserRow => ({
  id: `id-of-${given.name ?? "Ann"}`,
  name: "Ann",
  displayName: "Ann 安",
  role: "admin",
  language: "zh-CN",
  timezone: "Asia/Shanghai",
  disabled: false,
  passwordHash: "hash-1",
  createdAt: 1,
  createdBy: "setup",
  lastLoginAt: null,
  ...given,
});
const session = (given: Partial<UserSessionRow> = {}): UserSessionRow => ({
  id: "s1",
  hash: `hash-of-${given.id ?? "s1"}`,
  userId: "id-of-Ann",
  createdAt: 10,
  expiresAt: 100,
  lastSeenAt: 10,
  address: "10.0.0.7",
  agent: "Firefox",
  ...given,
});
const token = (id: string, ownerId?: string) => ({
  ...{ id, name: id, hash: `hash-of-${id}`, role: "editor" as const, scopes: [], createdAt: 1, createdBy: "user:ann" },
  ...{ expiresAt: null, lastUsedAt: null, revokedAt: null },
  ...(ownerId === undefined ? {} : { ownerId }),
});

export function describeUsers(name: string, open: OpenStore) {
  describe(`users on ${name}`, () => {
    const scene = setScene(open);

    it("are found by name whatever its case, and no two differ by case alone", async () => {
      const { store } = scene;
      expect(await store.hasUsers()).toBe(false);
      expect(await store.getUser("ann")).toBeNull();
      await store.createUser(user());
      expect(await store.hasUsers()).toBe(true);
      expect(await store.getUser("ANN")).toEqual(user());
      await expect(store.createUser(user({ id: "other", name: "aNN" }))).rejects.toMatchObject({ code: "name_taken" });
    });

    it("are listed by name, in pages", async () => {
      const { store } = scene;
      for (const each of ["Bob", "ann", "Carl"]) await store.createUser(user({ name: each }));
      const first = await store.listUsers({ limit: 2 });
      expect(first.items.map((each) => each.name)).toEqual(["ann", "Bob"]);
      const rest = await store.listUsers({ limit: 2, cursor: first.nextCursor as string });
      expect(rest).toMatchObject({ items: [{ name: "Carl" }], nextCursor: null });
    });

    it("have a first one only once, however many ask at the same time", async () => {
      const { store } = scene;
      const all = await Promise.allSettled(
        ["ann", "bob", "carl", "dora"].map((each) => store.createUser(user({ name: each }), { onlyFirst: true })),
      );
      expect(all.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected", "rejected", "rejected"]);
      for (const each of all) if (each.status === "rejected") expect(each.reason).toMatchObject({ code: "setup_done" });
      expect((await store.listUsers({ limit: 10 })).items).toHaveLength(1);
    });

    it("change as told, and in nothing else", async () => {
      const { store } = scene;
      await store.createUser(user());
      const change = { displayName: null, language: "en", timezone: null } as const;
      expect(await store.changeUser("id-of-Ann", change)).toEqual(user(change));
      expect(await store.changeUser("id-of-Ann", {})).toEqual(user(change));
      expect(await store.getUser("ann")).toEqual(user(change));
      expect(await store.changeUser("unknown", change)).toBeNull();
    });

    it("keep a password that was changed meanwhile", async () => {
      const { store } = scene;
      await store.createUser(user());
      const how = { ifPasswordHash: "hash-1" };
      expect(await store.changeUser("id-of-Ann", { passwordHash: "hash-2" }, how)).toMatchObject({
        passwordHash: "hash-2",
      });
      expect(await store.changeUser("id-of-Ann", { passwordHash: "hash-3" }, how)).toBeNull();
      expect(await store.getUser("ann")).toMatchObject({ passwordHash: "hash-2" });
    });

    it("always keep an enabled admin", async () => {
      const { store } = scene;
      await store.createUser(user());
      await store.createUser(user({ name: "bob", role: "editor" }));
      await store.createUser(user({ name: "off", disabled: true }));
      const last = { code: "last_admin", message: expect.stringContaining("Ann") };
      await expect(store.changeUser("id-of-Ann", { role: "editor" })).rejects.toMatchObject(last);
      await expect(store.changeUser("id-of-Ann", { disabled: true })).rejects.toMatchObject(last);
      await expect(store.deleteUser("id-of-Ann", 5)).rejects.toMatchObject(last);
      await store.changeUser("id-of-bob", { role: "admin" });
      const both = await Promise.allSettled([
        store.changeUser("id-of-Ann", { disabled: true }),
        store.changeUser("id-of-bob", { role: "viewer" }),
      ]);
      expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    });
  });

  describe(`sessions of people on ${name}`, () => {
    const scene = setScene(open);

    it("are found by their hash with their user, and note the login", async () => {
      const { store } = scene;
      await store.createUser(user());
      expect(await store.createUserSession(session(), "hash-1")).toBe(true);
      expect(await store.userSessionByHash("hash-of-s1")).toEqual({
        session: session(),
        user: user({ lastLoginAt: 10 }),
      });
      expect(await store.userSessionByHash("hash-of-s2")).toBeNull();
      await store.touchUserSession("s1", { at: 20, expiresAt: 120 });
      expect((await store.userSessionByHash("hash-of-s1"))?.session).toEqual(
        session({ lastSeenAt: 20, expiresAt: 120 }),
      );
    });

    it("don't begin for who is disabled, gone, or has another password by now", async () => {
      const { store } = scene;
      await store.createUser(user());
      await store.createUser(user({ name: "off", disabled: true }));
      expect(await store.createUserSession(session(), "hash-0")).toBe(false);
      expect(await store.createUserSession(session({ userId: "id-of-off" }), "hash-1")).toBe(false);
      expect(await store.createUserSession(session({ userId: "nobody" }), "hash-1")).toBe(false);
      expect(await store.userSessionByHash("hash-of-s1")).toBeNull();
    });

    it("are listed newest first, and end one by one, all others, or when their time is over", async () => {
      const { store } = scene;
      await store.createUser(user());
      await store.createUser(user({ name: "bob" }));
      for (const [id, expiresAt] of [
        ["s1", 50],
        ["s2", 100],
        ["s3", 100],
        ["s4", 100],
      ] as const)
        await store.createUserSession(session({ id, expiresAt }), "hash-1");
      await store.createUserSession(session({ id: "b1", userId: "id-of-bob" }), "hash-1");
      const ids = async () => (await store.listUserSessions("id-of-Ann", 60)).map(({ id }) => id);
      expect(await ids()).toEqual(["s4", "s3", "s2"]);
      expect(await store.endUserSessions("id-of-bob", { only: "s4" })).toBe(0);
      expect(await store.endUserSessions("id-of-Ann", { only: "s4" })).toBe(1);
      expect(await store.pruneUserSessions(60)).toBe(1);
      expect(await store.userSessionByHash("hash-of-s1")).toBeNull();
      expect(await store.endUserSessions("id-of-Ann", { except: "s2" })).toBe(1);
      expect(await ids()).toEqual(["s2"]);
      expect(await store.endUserSessions("id-of-Ann", { except: null })).toBe(1);
      expect(await store.userSessionByHash("hash-of-b1")).not.toBeNull();
    });

    it("end with a change that says so, and with the user", async () => {
      const { store } = scene;
      await store.createUser(user());
      await store.createUser(user({ name: "bob" }));
      await store.createUserSession(session(), "hash-1");
      await store.changeUser("id-of-Ann", { role: "viewer" });
      expect(await store.userSessionByHash("hash-of-s1")).toMatchObject({ user: { role: "viewer" } });
      await store.changeUser("id-of-Ann", { disabled: true }, { endSessions: true });
      expect(await store.userSessionByHash("hash-of-s1")).toBeNull();
      await store.createUserSession(session({ id: "b1", userId: "id-of-bob" }), "hash-1");
      await store.createUser(user({ name: "carl" }));
      expect(await store.deleteUser("id-of-bob", 5)).toBe(true);
      expect(await store.deleteUser("id-of-bob", 5)).toBe(false);
      expect(await store.userSessionByHash("hash-of-b1")).toBeNull();
    });
  });

  describe(`personal tokens on ${name}`, () => {
    const scene = setScene(open);

    it("know their owner as they are now, are listed and revoked by owner, and end with them", async () => {
      const { store } = scene;
      await store.createUser(user());
      await store.createUser(user({ name: "bob", role: "editor" }));
      await store.createToken(token("t1", "id-of-Ann"));
      await store.createToken(token("t2", "id-of-bob"));
      await store.createToken(token("t3"));
      await store.createToken(token("t4", "id-of-nobody"));
      const owner = async (id: string) => (await store.tokenByHash(`hash-of-${id}`))?.owner;
      expect(await owner("t2")).toEqual({ id: "id-of-bob", name: "bob", role: "editor", disabled: false });
      expect(await owner("t3")).toBeNull();
      expect(await owner("t4")).toMatchObject({ disabled: true });
      await store.changeUser("id-of-bob", { role: "viewer", disabled: true });
      expect(await owner("t2")).toMatchObject({ role: "viewer", disabled: true });
      const { items } = await store.listTokens({ limit: 10, ownerId: "id-of-bob" });
      expect(items.map(({ id }) => id)).toEqual(["t2"]);
      expect(await store.revokeToken("t1", 5, "id-of-bob")).toBeNull();
      expect(await store.deleteUser("id-of-bob", 7)).toBe(true);
      expect(await store.tokenByHash("hash-of-t2")).toMatchObject({ revokedAt: 7 });
      expect(await store.revokeToken("t1", 8, "id-of-Ann")).toMatchObject({ id: "t1", revokedAt: 8 });
      expect(await store.tokenByHash("hash-of-t3")).toMatchObject({ revokedAt: null });
    });
  });
}
