// The audit and the tokens: small tables, plain promises.
import { describe, expect, it } from "vitest";
import type { NodeEvent } from "../../../src/model/assignment.ts";
import type { AuditEntry, JobChange, JobRow, Store, TokenRow } from "../../../src/store/store.ts";
import { StaleTermError } from "../../../src/store/store.ts";
import { aNewJob } from "../../support/store-fixtures.ts";
import { type OpenStore, setScene } from "./scene.ts";

export function describeAuditAndTokens(name: string, open: OpenStore) {
  const entry = (given: Partial<AuditEntry>): Omit<AuditEntry, "id"> => ({
    at: 1000,
    actor: "ann",
    action: "job.update",
    targetType: "job",
    targetId: "job-1",
    targetName: "backup",
    via: null,
    before: { enabled: true },
    after: null,
    ...given,
  });

  describe(`audit on ${name}`, () => {
    const scene = setScene(open);

    it("gives back what was appended, newest first, with ids of its own", async () => {
      await scene.store.appendAudit([
        entry({ at: 1 }),
        entry({ at: 3, via: "token ci", after: [1] }),
        entry({ at: 2 }),
      ]);
      const { items, nextCursor } = await scene.store.listAudit({ limit: 10 });
      expect(items.map(({ at }) => at)).toEqual([3, 2, 1]);
      expect(items[0]).toEqual({ ...entry({ at: 3, via: "token ci", after: [1] }), id: expect.any(String) });
      expect(new Set(items.map(({ id }) => id)).size).toBe(3);
      expect(nextCursor).toBeNull();
      await scene.store.appendAudit([]);
    });

    it("filters by target, actor, action and time, and pages", async () => {
      await scene.store.appendAudit([
        entry({ at: 1 }),
        entry({ at: 2, actor: "bob" }),
        entry({ at: 3, action: "job.delete" }),
        entry({ at: 4, targetId: "job-2", targetName: "report", actor: "user:bob" }),
      ]);
      const at = async (query: Partial<Parameters<Store["listAudit"]>[0]>) =>
        (await scene.store.listAudit({ limit: 10, ...query })).items.map((item) => item.at);
      expect(await at({ actor: "bob" })).toEqual([4, 2]);
      expect(await at({ actor: "user:bob" })).toEqual([4]);
      expect(await at({ target: "report" })).toEqual([4]);
      expect(await at({ target: "job-1" })).toEqual([3, 2, 1]);
      expect(await at({ action: "job.update", targetId: "job-1" })).toEqual([2, 1]);
      expect(await at({ from: 2, to: 4 })).toEqual([3, 2]);
      const first = await scene.store.listAudit({ limit: 3 });
      expect(await at({ limit: 3, cursor: first.nextCursor as string })).toEqual([1]);
    });
  });

  describe(`pruning on ${name}`, () => {
    const scene = setScene(open);
    const rule = { auditBefore: 0, sessionsBefore: 0, batch: 100 };

    it("deletes old lines of the audit, the oldest first, a batch at a time", async () => {
      await scene.store.appendAudit([1, 2, 3, 4, 5].map((at) => entry({ at })));
      expect(await scene.store.prune({ ...rule, auditBefore: 4, batch: 2 })).toBe(2);
      const left = async () => (await scene.store.listAudit({ limit: 10 })).items.map(({ at }) => at);
      expect(await left()).toEqual([5, 4, 3]);
      expect(await scene.store.prune({ ...rule, auditBefore: 4, batch: 2 })).toBe(1);
      expect(await scene.store.prune({ ...rule, auditBefore: 4, batch: 2 })).toBe(0);
      expect(await left()).toEqual([5, 4]);
    });

    it("deletes ended sessions, but not a node's last, nor one that an open run names, nor a live one", async () => {
      const { store, clock } = scene;
      const graceMs = 1000;
      const info = (nodeId: string) => ({ nodeId, name: nodeId, labels: {}, slots: 1, executors: ["cmd" as const] });
      const join = (nodeId: string, sessionId: string, former: string | null) => {
        const rest = { version: "1", host: "h", pid: 1, startedAt: 1 };
        return store.registerSession({ sessionId, info: { ...info(nodeId), ...rest }, former, graceMs });
      };
      await join("a", "a1", null);
      const [run] = await scene.plan(await scene.makeJob(), [{ nominal: 1 }]);
      await scene.assign(run!.id, "a1");
      await store.record([
        { type: "started", runId: run!.id, fence: 1, sessionId: "a1", at: 1, attempt: 1 } as NodeEvent,
      ]);
      await join("a", "a2", "a1");
      await join("a", "a3", "a2");
      await join("b", "b1", null);
      await store.closeSession("b1");
      const now = clock.now();
      expect(await store.prune({ ...rule, sessionsBefore: now })).toBe(0);
      await clock.advance(5000);
      expect(await store.prune({ ...rule, sessionsBefore: clock.now() })).toBe(1);
      expect((await store.getNode("b"))?.session?.sessionId).toBe("b1");
      expect((await store.lastSession("a"))?.sessionId).toBe("a3");
      await scene.finish(run!.id, "lost");
      expect(await store.prune({ ...rule, sessionsBefore: clock.now() })).toBe(1);
      expect(await store.checkIntegrity()).toEqual([]);
    });
  });

  describe(`the audit of jobs on ${name}`, () => {
    const scene = setScene(open);
    const lines = async () => (await scene.store.listAudit({ limit: 50 })).items.reverse();
    const change = (job: JobRow, given: Partial<JobChange>) => {
      const cursor = { plannedThrough: 0, nextNominal: null, nextDue: null };
      return scene.store.changeJob(scene.term, { jobId: job.id, at: 5, actor: "bob", cursor, ...given });
    };

    it("is written with what it is about: made, changed, disabled, deleted", async () => {
      const job = await scene.makeJob({ at: 4, actor: "ann", via: "cli" });
      const definition = { spec: { ...job.spec, title: "T" }, effective: { ...job.effective, title: "T" } };
      await change(job, { spec: definition, via: "ui" });
      await change(job, { enabled: { enabled: false, enableAt: 9, reason: "noise" } });
      await change(job, { enabled: { enabled: true, enableAt: null, reason: null } });
      await change(job, { enabled: { enabled: false, enableAt: null, reason: "3 in a row" }, action: "job.paused" });
      await change(job, { deleted: true });
      const target = { targetType: "job", targetId: job.id, targetName: job.name };
      const state = (version: number, spec: object, enabled: boolean, rest = {}) => ({
        version,
        document: { ...spec, enabled },
        ...rest,
      });
      const made = state(1, job.spec, true);
      const [edited, off] = [state(2, definition.spec, true), { enableAt: 9, reason: "noise" }];
      const paused = state(2, definition.spec, false, { reason: "3 in a row" });
      const by = { actor: "bob", at: 5, via: null, ...target, id: expect.any(String) };
      const disabled = state(2, definition.spec, false, off);
      const all = await lines();
      expect(all[0]).toEqual({
        ...by,
        at: 4,
        actor: "ann",
        via: "cli",
        action: "job.create",
        before: null,
        after: made,
      });
      const rest = all.slice(1).sort((a, b) => (a.action < b.action ? -1 : 1));
      expect(rest).toEqual([
        { ...by, action: "job.delete", before: paused, after: null },
        { ...by, action: "job.disable", before: edited, after: disabled },
        { ...by, action: "job.enable", before: disabled, after: edited },
        { ...by, action: "job.paused", before: edited, after: paused },
        { ...by, via: "ui", action: "job.update", before: made, after: edited },
      ]);
    });

    it("has no line of what didn't take place", async () => {
      const job = await scene.makeJob();
      await scene.store.createJob(scene.term, aNewJob({ id: job.id, effective: job.effective }));
      await expect(scene.makeJob({ effective: job.effective })).rejects.toMatchObject({ code: "name_taken" });
      await expect(change(job, { ifVersion: 7, deleted: true })).rejects.toMatchObject({ code: "version_conflict" });
      const stale = scene.store.createJob(scene.term - 1, aNewJob());
      await expect(stale).rejects.toBeInstanceOf(StaleTermError);
      expect((await lines()).map(({ action }) => action)).toEqual(["job.create"]);
    });
  });

  describe(`tokens on ${name}`, () => {
    const scene = setScene(open);
    const token = (given: Partial<Omit<TokenRow, "owner">> = {}) => ({
      id: "t1",
      name: "ci",
      hash: "hash-1",
      role: "editor" as const,
      scopes: ["jobs"],
      createdAt: 1,
      createdBy: "ann",
      expiresAt: null,
      lastUsedAt: null,
      revokedAt: null,
      ...given,
    });

    it("finds a token by its hash, remembers its use, and revokes it once", async () => {
      await scene.store.createToken(token());
      expect(await scene.store.tokenByHash("hash-1")).toEqual({ ...token(), owner: null });
      expect(await scene.store.tokenByHash("hash-2")).toBeNull();
      await scene.store.touchToken("t1", 5);
      expect(await scene.store.revokeToken("t1", 6)).toMatchObject({ id: "t1", name: "ci", revokedAt: 6 });
      expect(await scene.store.revokeToken("t1", 7)).toBeNull();
      expect(await scene.store.revokeToken("unknown", 7)).toBeNull();
      expect(await scene.store.tokenByHash("hash-1")).toMatchObject(token({ lastUsedAt: 5, revokedAt: 6 }));
    });

    it("lists them in pages, and never two with one hash", async () => {
      for (const id of ["t1", "t2", "t3"]) await scene.store.createToken(token({ id, hash: `hash-of-${id}` }));
      const first = await scene.store.listTokens({ limit: 2 });
      expect(first.items.map(({ id }) => id)).toEqual(["t1", "t2"]);
      const rest = await scene.store.listTokens({ limit: 2, cursor: first.nextCursor as string });
      expect(rest).toMatchObject({ items: [{ id: "t3" }], nextCursor: null });
      await expect(scene.store.createToken(token({ id: "t4", hash: "hash-of-t1" }))).rejects.toThrow();
    });
  });
}
