// Accounts as admins see them, and the tokens that people make for themselves.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiScene, openApiScene } from "../support/api-scene.ts";
import { addUser, type Browser, passwordOf, signIn } from "../support/sign-in.ts";

let scene: ApiScene;
let root: Browser;
beforeEach(async () => {
  scene = await openApiScene();
  await addUser(scene, "root", { role: "admin" });
  root = await signIn(scene, "root");
});
afterEach(() => scene.close());

describe("accounts", () => {
  it("are made, listed, changed and deleted by admins, and the audit tells it", async () => {
    const body = { name: "Bob", password: "long enough", role: "operator", displayName: "Bob B." };
    const made = await root.ask("POST", "/users", { body });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      name: "Bob",
      role: "operator",
      disabled: false,
      createdBy: "user:root",
      lastLoginAt: null,
    });
    expect((await root.ask("POST", "/users", { body: { ...body, name: "bOB" } })).body).toMatchObject({
      status: 409,
      code: "name_taken",
    });
    expect((await root.ask("GET", "/users")).body.items.map((each: { name: string }) => each.name)).toEqual([
      "Bob",
      "root",
    ]);
    expect((await root.ask("PATCH", "/users/bob", { body: { role: "editor", displayName: null } })).body).toMatchObject(
      {
        role: "editor",
        displayName: null,
      },
    );
    expect((await root.ask("GET", "/users/BOB")).body.role).toBe("editor");
    expect((await root.ask("DELETE", "/users/bob")).status).toBe(204);
    for (const method of ["GET", "DELETE"]) expect((await root.ask(method, "/users/bob")).status).toBe(404);
    const { items } = (await root.ask("GET", `/audit?target=${made.body.id}`)).body;
    expect(items.map((each: { action: string }) => each.action).sort()).toEqual([
      "user.create",
      "user.delete",
      "user.update",
    ]);
    for (const each of items)
      expect(each).toMatchObject({ actor: "user:root", via: "ui", target: { type: "user", name: "Bob" } });
    expect(JSON.stringify(items)).not.toMatch(/scrypt|long enough/);
  });

  it("are refused with names and passwords that won't do", async () => {
    const ask = async (body: object) => (await root.ask("POST", "/users", { body })).body.errors?.[0]?.path;
    expect(await ask({ name: "a b", password: "long enough" })).toBe("name");
    expect(await ask({ name: "bob", password: "short" })).toBe("password");
    expect(await ask({ name: "longest-bob", password: "longest-bob" })).toBe("password");
    expect(await ask({ name: "bob", password: "long enough", role: "owner" })).toBe("role");
    expect(await ask({ name: "bob", password: "long enough", rôle: "admin" })).toBe("rôle");
  });

  it("are shut out at once when disabled, demoted or given another password", async () => {
    await addUser(scene, "bob", { role: "editor" });
    const job = (name: string) => ({ body: { name, schedule: "@manual", cmd: "true" } });
    let bob = await signIn(scene, "bob");
    expect((await bob.ask("POST", "/jobs", job("a"))).status).toBe(201);
    await root.ask("PATCH", "/users/bob", { body: { role: "viewer" } });
    expect((await bob.ask("POST", "/jobs", job("b"))).status).toBe(403);
    await root.ask("PATCH", "/users/bob", { body: { password: "a new password" } });
    expect((await bob.ask("GET", "/jobs")).status).toBe(401);
    bob = await signIn(scene, "bob", "a new password");
    await root.ask("PATCH", "/users/bob", { body: { disabled: true } });
    expect((await bob.ask("GET", "/jobs")).status).toBe(401);
    await root.ask("PATCH", "/users/bob", { body: { disabled: false } });
    expect((await bob.ask("GET", "/jobs")).status).toBe(401);
    expect((await signIn(scene, "bob", "a new password")).csrfToken).toBeTruthy();
  });

  it("keep one admin who can sign in", async () => {
    await addUser(scene, "bob", { role: "editor" });
    for (const [method, body] of [
      ["PATCH", { role: "editor" }],
      ["PATCH", { disabled: true }],
      ["DELETE", undefined],
    ] as const) {
      const answer = await root.ask(method, "/users/root", body ? { body } : {});
      expect([answer.status, answer.body.code]).toEqual([409, "last_admin"]);
    }
    expect((await root.ask("GET", "/users")).status).toBe(200);
    await root.ask("PATCH", "/users/bob", { body: { role: "admin" } });
    expect((await root.ask("DELETE", "/users/root")).status).toBe(204);
    expect((await root.ask("GET", "/users")).status).toBe(401);
  });

  it("get a stronger hash when the password is next known", async () => {
    const weak = await scene.store.getUser("root");
    const user = { ...weak!, id: "old", name: "old" };
    const { createPasswords } = await import("../../src/api/passwords.ts");
    const old = createPasswords({ random: scene.deps.random, cost: { ln: 2, r: 8, p: 1 } });
    await scene.store.createUser({ ...user, passwordHash: await old.hash(passwordOf("old")) });
    const browser = await signIn(scene, "old");
    expect((await browser.ask("GET", "/jobs")).status).toBe(200);
    expect((await scene.store.getUser("old"))?.passwordHash).toMatch(/^\$scrypt\$ln=4,/);
    expect((await signIn(scene, "old")).csrfToken).toBeTruthy();
  });
});

describe("tokens of people", () => {
  const make = (who: Browser, body: object) => who.ask("POST", "/tokens", { body: { name: "mine", ...body } });

  it("can do no more than their maker, then and later, and end with them", async () => {
    await addUser(scene, "bob", { role: "editor" });
    const bob = await signIn(scene, "bob");
    expect((await make(bob, { role: "admin" })).status).toBe(403);
    expect((await make(bob, { personal: false })).status).toBe(403);
    const made = await make(bob, { role: "editor" });
    expect(made.body).toMatchObject({ owner: "bob", createdBy: "user:bob", role: "editor" });
    const { token } = made.body;
    const me = async () => (await scene.ask("GET", "/auth/me", { token })).body.user?.role ?? null;
    expect(await me()).toBe("editor");
    await root.ask("PATCH", "/users/bob", { body: { role: "operator" } });
    expect(await me()).toBe("operator");
    await root.ask("PATCH", "/users/bob", { body: { role: "admin" } });
    expect(await me()).toBe("editor");
    await root.ask("PATCH", "/users/bob", { body: { disabled: true } });
    expect((await scene.ask("GET", "/jobs", { token })).status).toBe(401);
    await root.ask("PATCH", "/users/bob", { body: { disabled: false } });
    expect(await me()).toBe("editor");
    await root.ask("DELETE", "/users/bob");
    expect((await scene.ask("GET", "/jobs", { token })).status).toBe(401);
  });

  it("are seen and revoked by whose they are, and by admins", async () => {
    await addUser(scene, "bob");
    await addUser(scene, "eve");
    const [bob, eve] = [await signIn(scene, "bob"), await signIn(scene, "eve")];
    const { id } = (await make(bob, {})).body;
    await make(root, { name: "of nobody", personal: false });
    const names = async (who: Browser) =>
      (await who.ask("GET", "/tokens")).body.items.map((each: { name: string; owner: string | null }) => [
        each.name,
        each.owner,
      ]);
    expect(await names(bob)).toEqual([["mine", "bob"]]);
    expect(await names(eve)).toEqual([]);
    expect(await names(root)).toEqual([
      ["mine", "bob"],
      ["of nobody", null],
    ]);
    await make(root, { name: "root's" });
    const own = (await root.ask("GET", "/tokens?mine=true")).body.items;
    expect(own).toMatchObject([{ name: "root's", owner: "root" }]);
    expect((await eve.ask("DELETE", `/tokens/${id}`)).status).toBe(404);
    expect((await bob.ask("DELETE", `/tokens/${id}`)).status).toBe(204);
    const { items } = (await root.ask("GET", "/audit?action=token.revoke")).body;
    expect(items).toMatchObject([{ actor: "user:bob", target: { name: "mine" } }]);
  });

  it("make no others, unless they are an admin's", async () => {
    await addUser(scene, "bob", { role: "editor" });
    const { token } = (await make(await signIn(scene, "bob"), { role: "editor" })).body;
    expect((await scene.ask("POST", "/tokens", { token, body: { name: "longer" } })).status).toBe(403);
    const admin = await scene.tokenOf("admin");
    const made = await scene.ask("POST", "/tokens", { token: admin, body: { name: "ci", role: "editor" } });
    expect(made.body).toMatchObject({ owner: null });
    const personal = { name: "ci", personal: true };
    expect((await scene.ask("POST", "/tokens", { token: admin, body: personal })).status).toBe(422);
  });

  it("stand in the audit with their owner", async () => {
    await addUser(scene, "bob", { role: "editor" });
    const { token } = (await make(await signIn(scene, "bob"), { role: "editor" })).body;
    await scene.ask("POST", "/jobs", { token, body: { name: "hi", schedule: "@manual", cmd: "true" } });
    expect((await root.ask("GET", "/audit?action=job.create")).body.items).toMatchObject([
      { actor: "token:bob/mine", via: "api" },
    ]);
  });
});
