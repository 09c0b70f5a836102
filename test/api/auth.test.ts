// Signing in and out: the cookie, the CSRF token, how long a session lasts, who guesses, and the first account.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hashToken } from "../../src/api/access.ts";
import { offerSetup } from "../../src/api/first-run.ts";
import { type ApiScene, openApiScene } from "../support/api-scene.ts";
import { addUser, browser, cookieOf, passwordOf, signIn } from "../support/sign-in.ts";

let scene: ApiScene;
beforeEach(async () => {
  scene = await openApiScene();
});
afterEach(() => scene.close());

const hour = 3_600_000;
const login = (name: string, password = passwordOf(name), more: { address?: string } = {}) =>
  scene.ask("POST", "/auth/login", { token: null, body: { name, password }, ...more });

describe("signing in", () => {
  beforeEach(() => addUser(scene, "Ann", { role: "editor", displayName: "Ann 安", language: "zh-CN" }));

  it("sets a cookie that scripts can't read, and answers who one is", async () => {
    const answer = await login("ann");
    expect(answer.status).toBe(200);
    expect(answer.headers["set-cookie"]).toMatch(
      /^distcron_session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    expect(answer.body).toMatchObject({
      user: { kind: "session", name: "Ann", displayName: "Ann 安", role: "editor", language: "zh-CN", timezone: null },
      setup: false,
      csrfToken: expect.stringMatching(/^[\w-]{43}$/),
      version: "1.2.3",
    });
    const me = await scene.ask("GET", "/auth/me", { token: null, headers: { cookie: cookieOf(answer) } });
    expect(me.body).toEqual(answer.body);
  });

  it("works on another request, reads without and writes with the CSRF token, and says ui and the user in the audit", async () => {
    const ann = await signIn(scene, "ann");
    expect((await ann.ask("GET", "/jobs", { headers: { "x-csrf-token": "" } })).status).toBe(200);
    const job = { name: "hi", schedule: "@manual", cmd: "true" };
    const forged = await ann.ask("POST", "/jobs", { body: job, headers: { "x-csrf-token": "x" } });
    expect([forged.status, forged.body.code]).toEqual([403, "bad_csrf_token"]);
    const other = await signIn(scene, "ann");
    const foreign = await ann.ask("POST", "/jobs", { body: job, headers: { "x-csrf-token": other.csrfToken } });
    expect(foreign.status).toBe(403);
    expect((await ann.ask("POST", "/jobs", { body: job })).status).toBe(201);
    const { items } = (await scene.ask("GET", "/audit?action=job.create")).body;
    expect(items).toMatchObject([{ actor: "user:Ann", via: "ui" }]);
  });

  it("is over with signing out, however often one does that", async () => {
    const ann = await signIn(scene, "ann");
    await ann.ask("GET", "/jobs");
    const out = await ann.ask("POST", "/auth/logout");
    expect(out.status).toBe(204);
    expect(out.headers["set-cookie"]).toMatch(/^distcron_session=; .*Expires=Thu, 01 Jan 1970/);
    const after = await ann.ask("GET", "/jobs");
    expect([after.status, after.body.code]).toEqual([401, "unauthenticated"]);
    expect(after.headers["set-cookie"]).toMatch(/^distcron_session=;/);
    expect((await ann.ask("POST", "/auth/logout")).status).toBe(204);
    expect((await ann.ask("GET", "/auth/me")).body).toMatchObject({ user: null, setup: false, version: null });
  });

  it("lasts while it is used, 30 days at most", async () => {
    const idle = await signIn(scene, "ann");
    const busy = await signIn(scene, "ann");
    scene.clock.stepWall(11 * hour);
    expect((await busy.ask("GET", "/jobs")).status).toBe(200);
    scene.clock.stepWall(2 * hour);
    expect((await idle.ask("GET", "/jobs")).status).toBe(401);
    for (let hours = 13; hours < 30 * 24; hours += 11) {
      expect([hours, (await busy.ask("GET", "/jobs")).status]).toEqual([hours, 200]);
      // What is believed of a session isn't what keeps it.
      await scene.clock.advance(3000);
      scene.clock.stepWall(11 * hour);
    }
    expect((await busy.ask("GET", "/jobs")).status).toBe(401);
  });

  it("is Secure where the server or its public address has TLS", async () => {
    const other = await openApiScene({ config: { publicUrl: "https://cron.example" } });
    try {
      await addUser(other, "ann");
      const body = { name: "ann", password: passwordOf("ann") };
      const ask = (host: string) => other.ask("POST", "/auth/login", { token: null, body, headers: { host } });
      expect((await ask("cron.example")).headers["set-cookie"]).toContain("; Secure");
      expect((await ask("127.0.0.1:8470")).headers["set-cookie"]).not.toContain("Secure");
    } finally {
      await other.close();
    }
  });

  it("keeps neither passwords nor secrets anywhere one could find them", async () => {
    const answer = await login("ann");
    await login("ann", "a wrong password");
    const [secret] = /[\w-]{43}/.exec(cookieOf(answer)) as RegExpExecArray;
    const { items } = (await scene.ask("GET", "/audit")).body;
    const users = (await scene.ask("GET", "/users")).text;
    const ann = await scene.store.getUser("ann");
    const seen = JSON.stringify([items, scene.logged, users, ann]);
    for (const hidden of [secret, passwordOf("Ann"), passwordOf("ann"), "a wrong password"])
      expect(seen).not.toContain(hidden);
    expect(users).not.toContain("scrypt");
    expect(ann?.passwordHash).toMatch(/^\$scrypt\$ln=4,r=8,p=1\$/);
    expect(await scene.store.userSessionByHash(hashToken(secret))).toMatchObject({ user: { name: "Ann" } });
  });

  it("is refused in the same words to whoever has the name or the password wrong, or is disabled", async () => {
    await addUser(scene, "off");
    await scene.ask("PATCH", "/users/off", { body: { disabled: true } });
    const answers = [await login("ann", "wrong"), await login("nobody"), await login("off")];
    for (const { status, body, headers } of answers) {
      expect([status, body.code]).toEqual([401, "bad_credentials"]);
      expect(body.detail).toBe(answers[0]?.body.detail);
      expect(headers["set-cookie"]).toBeUndefined();
    }
  });

  it("of another site's page is refused", async () => {
    const answer = await scene.ask("POST", "/auth/login", {
      token: null,
      body: { name: "ann", password: passwordOf("Ann") },
      headers: { origin: "https://evil.example" },
    });
    expect([answer.status, answer.body.code]).toEqual([403, "origin_not_allowed"]);
  });
});

describe("who guesses passwords", () => {
  beforeEach(() => addUser(scene, "ann"));
  const wrong = (address: string, name = "ann") => login(name, "wrong", { address });

  it("waits, longer with each failure, even for the right one, and is told how long", async () => {
    for (let i = 0; i < 5; i++) expect((await wrong("10.0.0.1")).status).toBe(401);
    const first = await login("ann", undefined, { address: "10.0.0.1" });
    expect([first.status, first.body.code, first.headers["retry-after"]]).toEqual([429, "too_many_failures", "1"]);
    await scene.clock.advance(1000);
    expect((await wrong("10.0.0.1")).status).toBe(401);
    expect((await wrong("10.0.0.1")).headers["retry-after"]).toBe("2");
    await scene.clock.advance(2000);
    expect((await login("ann", undefined, { address: "10.0.0.1" })).status).toBe(200);
  });

  it("waits for a name from many addresses, known or not", async () => {
    for (const name of ["ann", "nobody"]) {
      for (let i = 0; i < 10; i++) expect((await wrong(`10.1.0.${i}`, name)).status).toBe(401);
      expect((await wrong("10.1.0.99", name.toUpperCase())).status).toBe(429);
    }
  });

  it("waits at an address for many names", async () => {
    for (let i = 0; i < 20; i++) expect((await wrong("10.0.0.1", `name-${i}`)).status).toBe(401);
    expect((await wrong("10.0.0.1", "another")).status).toBe(429);
    expect((await wrong("10.0.0.2", "another")).status).toBe(401);
  });

  it("gains nothing by trying all at once", async () => {
    const all = await Promise.all(Array.from({ length: 12 }, () => wrong("10.0.0.1")));
    expect(all.filter(({ status }) => status === 401)).toHaveLength(5);
  });

  it("keeps nobody out of where they usually are", async () => {
    expect((await login("ann", undefined, { address: "10.0.0.7" })).status).toBe(200);
    for (let i = 0; i < 12; i++) await wrong(`10.1.0.${i}`);
    expect((await login("ann", undefined, { address: "10.0.0.8" })).status).toBe(429);
    expect((await login("ann", undefined, { address: "10.0.0.7" })).status).toBe(200);
  });
});

describe("one's own account", () => {
  it("has a password that changes with the old one only, and ends every other session", async () => {
    await addUser(scene, "ann");
    const [ann, elsewhere] = [await signIn(scene, "ann"), await signIn(scene, "ann")];
    await elsewhere.ask("GET", "/jobs");
    const ask = (current: string, next: string) => ann.ask("POST", "/auth/password", { body: { current, next } });
    expect((await ask("wrong", "another password")).body).toMatchObject({ status: 403, code: "bad_credentials" });
    expect((await ask(passwordOf("ann"), "short")).body).toMatchObject({ status: 422, errors: [{ path: "next" }] });
    expect((await ask(passwordOf("ann"), passwordOf("ann"))).status).toBe(422);
    const changed = await ask(passwordOf("ann"), "another password");
    expect(changed.status).toBe(200);
    for (const old of [ann, elsewhere]) expect((await old.ask("GET", "/jobs")).status).toBe(401);
    const fresh = browser(scene, cookieOf(changed), changed.body.csrfToken);
    expect((await fresh.ask("POST", "/schedules/preview", { body: { schedule: "@daily" } })).status).toBe(200);
    expect((await login("ann")).status).toBe(401);
    expect((await login("ann", "another password")).status).toBe(200);
    const actions = (await scene.ask("GET", "/audit?actor=user:ann")).body.items.map(
      (each: { action: string }) => each.action,
    );
    expect(actions).toContain("user.password");
  });

  it("has settings of its own, whatever its role", async () => {
    await addUser(scene, "ann", { role: "viewer" });
    const ann = await signIn(scene, "ann");
    const change = { displayName: "Ann", language: "en", timezone: "Asia/Shanghai" };
    expect((await ann.ask("PATCH", "/auth/me", { body: change })).body.user).toMatchObject(change);
    expect((await ann.ask("GET", "/auth/me")).body.user).toMatchObject({ ...change, role: "viewer" });
    const zone = await ann.ask("PATCH", "/auth/me", { body: { timezone: "Asia/Shanghia" } });
    expect([zone.status, zone.body.detail]).toEqual([422, expect.stringContaining("did you mean Asia/Shanghai")]);
    expect((await ann.ask("PATCH", "/auth/me", { body: { role: "admin" } })).status).toBe(422);
  });

  it("shows where it is signed in, and ends one session or all others", async () => {
    await addUser(scene, "ann");
    await addUser(scene, "bob");
    const bob = await signIn(scene, "bob");
    const atNextMs = () => scene.clock.advance(1).then(() => signIn(scene, "ann"));
    const [one, two, three] = [await atNextMs(), await atNextMs(), await atNextMs()];
    const list = async () => (await three.ask("GET", "/auth/sessions")).body.items;
    const [own, , oldest] = await list();
    expect(own).toMatchObject({ current: true, address: "127.0.0.1" });
    expect((await bob.ask("DELETE", `/auth/sessions/${oldest.id}`)).status).toBe(404);
    expect((await three.ask("DELETE", `/auth/sessions/${oldest.id}`)).status).toBe(204);
    expect((await one.ask("GET", "/jobs")).status).toBe(401);
    expect((await two.ask("GET", "/jobs")).status).toBe(200);
    expect((await three.ask("DELETE", "/auth/sessions")).status).toBe(204);
    expect((await two.ask("GET", "/jobs")).status).toBe(401);
    expect(await list()).toHaveLength(1);
    expect((await bob.ask("GET", "/jobs")).status).toBe(200);
  });

  it("is nothing that a token has", async () => {
    const token = await scene.tokenOf("admin");
    const answer = await scene.ask("GET", "/auth/sessions", { token });
    expect([answer.status, answer.body.code]).toEqual([403, "not_signed_in"]);
  });
});

describe("the first account", () => {
  const link = async () => (await offerSetup(scene.store, scene.deps.random))?.split("#")[1] as string;
  const setUp = (token: string, more: object = {}) =>
    scene.ask("POST", "/auth/setup", { token: null, body: { token, name: "ann", password: "long enough", ...more } });

  it("is an admin's, made once with the link's token, and signed in at once", async () => {
    expect((await scene.ask("GET", "/auth/me", { token: null })).body).toMatchObject({ user: null, setup: true });
    const [first, second] = [await link(), await link()];
    expect((await setUp("guessed")).body).toMatchObject({ status: 403, code: "bad_setup_token" });
    expect((await setUp(first, { password: "short" })).status).toBe(422);
    expect((await setUp(first, { timezone: "Mars/Base" })).status).toBe(422);
    const made = await setUp(first, { language: "zh-CN", timezone: "Asia/Shanghai" });
    expect(made.body).toMatchObject({
      user: { name: "ann", role: "admin", language: "zh-CN", timezone: "Asia/Shanghai" },
      setup: false,
    });
    const ann = browser(scene, cookieOf(made), made.body.csrfToken);
    expect((await ann.ask("GET", "/users")).body.items).toHaveLength(1);
    for (const token of [first, second])
      expect((await setUp(token, { name: "eve" })).body).toMatchObject({ status: 409, code: "setup_done" });
    expect(await offerSetup(scene.store, scene.deps.random)).toBeNull();
    expect((await scene.ask("GET", "/auth/me", { token: null })).body).toMatchObject({ user: null, setup: false });
  });

  it("comes of one only of many that ask at the same time", async () => {
    const token = await link();
    const all = await Promise.all(["ann", "bob", "eve"].map((name) => setUp(token, { name })));
    expect(all.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect((await scene.ask("GET", "/users")).body.items).toHaveLength(1);
  });

  it("can't be had by guessing", async () => {
    for (let i = 0; i < 5; i++) expect((await setUp(`guess-${i}`)).status).toBe(403);
    expect((await setUp("guess-5")).status).toBe(429);
  });
});
