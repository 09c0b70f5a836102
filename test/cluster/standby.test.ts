// A cluster of real processes: what a scheduler that doesn't lead shows and passes on, and what is refused at the start.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cluster, type ClusterRun, type Member, startCluster } from "../support/real-cluster.ts";

let cluster: Cluster;
let leader: Member;
let standby: Member;
beforeAll(async () => {
  cluster = await startCluster({ schedulers: 2, nodes: 1 });
  leader = await cluster.leader();
  standby = await cluster.standby();
}, 120_000);
afterAll(() => cluster?.dispose());

const ask = <T = unknown>(method: string, path: string, body?: unknown, via = standby) =>
  cluster.api<T>(method, path, body, { via });

describe("who leads", () => {
  it("is told by both in GET /schedulers, and only the leader has a term", async () => {
    type Told = { items: { url: string; leader: boolean }[]; term: number | null };
    const byUrl = (one: { url: string }, other: { url: string }) => (one.url < other.url ? -1 : 1);
    const wanted = [leader, standby].map((each) => ({ url: each.url, leader: each === leader })).sort(byUrl);
    // Each has just come and hears of the other in a moment.
    for (const via of [leader, standby])
      await expect
        .poll(
          async () => {
            const { items, term } = await ask<Told>("GET", "/schedulers", undefined, via);
            return { items: items.map(({ url, leader }) => ({ url, leader })).sort(byUrl), term };
          },
          { timeout: 10_000 },
        )
        .toEqual({ items: wanted, term: expect.any(Number) });
  });

  it("is told by `distcron status`, whomever it asks", async () => {
    for (const via of [leader, standby]) {
      const { code, stdout } = await cluster.cli(["status"], via);
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`^leader +${leader.url} `, "m"));
      expect(stdout).toMatch(/^nodes +1 up of 1$/m);
    }
  });

  it("doesn't matter to readiness: both do their work", async () => {
    for (const each of [leader, standby])
      expect(await each.readyz()).toMatchObject({
        ready: true,
        components: [{ name: "store" }, { name: "coordinator" }, { name: "scheduler" }],
      });
    const told = async (each: typeof leader) => {
      const headers = { authorization: `Bearer ${each.token()}` };
      return JSON.stringify(await (await fetch(`${each.url}/readyz`, { headers })).json());
    };
    expect(await told(leader)).toContain("leads, term");
    expect(await told(standby)).toContain(`stands by; ${leader.url} leads`);
  });
});

describe("a node's metrics", () => {
  it("are read from elsewhere by who has a token for that", async () => {
    const { token } = await ask<{ token: string }>("POST", "/tokens", { name: "prometheus", scopes: ["metrics"] });
    const elsewhere = async (authorization: string) => {
      // As a proxy passes on what comes from another machine.
      const headers = { authorization, "x-forwarded-for": "10.0.0.9" };
      const answer = await fetch(`${cluster.member("n1").url}/metrics`, { headers });
      return { status: answer.status, text: await answer.text() };
    };
    const { status, text } = await elsewhere(`Bearer ${token}`);
    expect(status).toBe(200);
    expect(text).toContain('distcron_node_up{node="n1"} 1');
    expect((await elsewhere("Bearer dct_guess")).status).toBe(401);
  });
});

describe("through the standby", () => {
  it("a job is created, run, and read at once", async () => {
    const created = await ask<{ id: string; version: number }>("POST", "/jobs", {
      name: "made-there",
      schedule: "@manual",
      cmd: 'echo "on $DISTCRON_NODE"',
    });
    expect(created.version).toBe(1);
    const { id } = await ask<ClusterRun>("POST", "/jobs/made-there/run", {});
    expect(await cluster.over(id)).toMatchObject({ state: "succeeded", trigger: "manual", node: { name: "n1" } });
    expect(await ask("GET", `/runs/${id}/output`)).toBe("on n1\n");
    expect(await ask("GET", `/runs/${id}`, undefined, leader)).toEqual(await ask("GET", `/runs/${id}`));
  });

  it("a run is cancelled, and its command ends", async () => {
    await cluster.jobs.apply([{ name: "long", schedule: "@manual", cmd: "sleep 600" }], { via: standby });
    const id = await cluster.jobs.trigger("long", { via: standby });
    await cluster.eventually("it runs", async () => (await cluster.getRun(id, { via: standby })).state === "running");
    expect(await ask("POST", `/runs/${id}/cancel`, {})).toMatchObject({ id });
    expect(await cluster.over(id)).toMatchObject({ state: "cancelled", reason: { code: "cancelled_by_user" } });
  });

  it("a job is disabled and enabled, and its ticks follow", async () => {
    await cluster.jobs.apply([{ name: "each-second", schedule: "* * * * * *", cmd: "true" }], { via: standby });
    const succeeded = async () => (await cluster.runs({ job: "each-second", state: "succeeded" })).length;
    await cluster.eventually("it runs", async () => (await succeeded()) >= 2);
    await ask("POST", "/jobs/each-second/disable", { reason: "for a while" });
    expect(await cluster.jobs.get("each-second")).toMatchObject({ enabled: false, disabledReason: "for a while" });
    const before = await succeeded();
    await ask("POST", "/jobs/each-second/enable", {});
    await cluster.eventually("it runs again", async () => (await succeeded()) >= before + 2);
    await ask("DELETE", "/jobs/each-second");
  });

  it("the command line does all of it too", async () => {
    const { code, stdout, stderr } = await cluster.cli(["job", "run", "made-there", "--wait"], standby);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const id = /^run (\w+)$/m.exec(stdout + stderr)?.[1] as string;
    expect(await cluster.getRun(id)).toMatchObject({ state: "succeeded" });
  });
});

describe("refused with exit code 78", () => {
  const refused = async (member: Member): Promise<string> => {
    await member.start();
    expect(await member.ended(), member.logTail()).toEqual({ code: 78, signal: null });
    return member.logText();
  };

  it("is a node whose name another one has", async () => {
    const second = await cluster.addMember("node", "second", { "node.name": "n1" });
    expect(await refused(second)).toMatch(/n1.*(taken|another|in use)/);
    expect(cluster.member("n1").isUp(), "the first one is unharmed").toBe(true);
  });

  it("is a scheduler whose program is older than its store", async () => {
    const { server } = cluster.database as NonNullable<Cluster["database"]>;
    const url = await server.createDatabase("newer");
    const own = { "store.url": url, "coordinator.etcd.prefix": "/newer" };
    const first = await cluster.addMember("scheduler", "first-of-newer", own);
    await first.start();
    await first.ready();
    await first.kill("SIGTERM");
    await first.ended();
    await server.query("insert into migrations (version, name, applied_at) values (9999, 'to come', 0)", "newer");
    await first.start();
    expect(await first.ended(), first.logTail()).toEqual({ code: 78, signal: null });
    expect(first.logTail(600)).toMatch(/newer/);
  });

  it("is a second scheduler over SQLite", async () => {
    const own = { "store.url": "sqlite:", "coordinator.etcd.prefix": "/sqlite" };
    const first = await cluster.addMember("scheduler", "sqlite-1", own);
    await first.start();
    await first.ready();
    const words = await refused(await cluster.addMember("scheduler", "sqlite-2", own));
    expect(words).toContain(first.url);
    expect(words).toContain("store.url");
    await first.restart("SIGKILL");
  });

  it("is all but one of two that begin over SQLite at the same moment", async () => {
    const own = { "store.url": "sqlite:", "coordinator.etcd.prefix": "/sqlite-race" };
    const both = [
      await cluster.addMember("scheduler", "sqlite-3", own),
      await cluster.addMember("scheduler", "sqlite-4", own),
    ];
    for (const each of both) await each.start();
    await cluster.eventually("one of them has ended", () => both.some((each) => !each.isUp()), 15_000);
    const [gone] = both.filter((each) => !each.isUp());
    expect(await gone?.ended(), gone?.logTail()).toEqual({ code: 78, signal: null });
    const [stays] = both.filter((each) => each.isUp());
    await stays?.ready();
  });
});

it("two schedulers that begin at the same moment on an empty database share it", async () => {
  const { server } = cluster.database as NonNullable<Cluster["database"]>;
  const own = { "store.url": await server.createDatabase("empty_one"), "coordinator.etcd.prefix": "/empty-one" };
  const both = [await cluster.addMember("scheduler", "e1", own), await cluster.addMember("scheduler", "e2", own)];
  for (const each of both) await each.start();
  await Promise.all(both.map((each) => each.ready()));
  await cluster.eventually("one leads, and both know", async () => {
    const answers = await Promise.all(
      both.map((via) => ask<{ items: { id: string; leader: boolean }[] }>("GET", "/schedulers", undefined, via)),
    );
    return answers.every(({ items }) => items.length === 2 && items.filter((each) => each.leader).length === 1);
  });
});
