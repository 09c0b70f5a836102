// The audit and the tokens: small tables, plain promises.
import { describe, expect, it } from "vitest";
import type { AuditEntry, Store, TokenRow } from "../../../src/store/store.ts";
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
        entry({ at: 4, targetId: "job-2" }),
      ]);
      const at = async (query: Partial<Parameters<Store["listAudit"]>[0]>) =>
        (await scene.store.listAudit({ limit: 10, ...query })).items.map((item) => item.at);
      expect(await at({ actor: "bob" })).toEqual([2]);
      expect(await at({ action: "job.update", targetId: "job-1" })).toEqual([2, 1]);
      expect(await at({ from: 2, to: 4 })).toEqual([3, 2]);
      const first = await scene.store.listAudit({ limit: 3 });
      expect(await at({ limit: 3, cursor: first.nextCursor as string })).toEqual([1]);
    });
  });

  describe(`tokens on ${name}`, () => {
    const scene = setScene(open);
    const token = (given: Partial<TokenRow> = {}): TokenRow => ({
      id: "t1",
      name: "ci",
      hash: "hash-1",
      role: "editor",
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
      expect(await scene.store.tokenByHash("hash-1")).toEqual(token());
      expect(await scene.store.tokenByHash("hash-2")).toBeNull();
      await scene.store.touchToken("t1", 5);
      expect(await scene.store.revokeToken("t1", 6)).toBe(true);
      expect(await scene.store.revokeToken("t1", 7)).toBe(false);
      expect(await scene.store.revokeToken("unknown", 7)).toBe(false);
      expect(await scene.store.tokenByHash("hash-1")).toEqual(token({ lastUsedAt: 5, revokedAt: 6 }));
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
