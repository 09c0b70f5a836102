// Small facts that survive a restart, and the pause.
import { describe, expect, it } from "vitest";
import { type OpenStore, setScene } from "./scene.ts";

export function describeSettings(name: string, open: OpenStore) {
  describe(`settings on ${name}`, () => {
    const scene = setScene(open);

    it("keeps a value under its key, the last one written", async () => {
      const { store } = scene;
      expect(await store.getSetting("colour")).toBeNull();
      await store.setSetting("colour", "red");
      await store.setSetting("colour", "grün 🟢");
      await store.setSetting("Colour", "another key");
      expect(await store.getSetting("colour")).toBe("grün 🟢");
    });

    it("remembers a pause until it is taken back", async () => {
      const { store, term } = scene;
      expect(await store.getPause()).toBeNull();
      const pause = { reason: "upgrade", by: "ann", since: 1_000, until: null };
      await store.setPause(term, pause);
      expect(await store.getPause()).toEqual(pause);
      await store.setPause(term, null);
      expect(await store.getPause()).toBeNull();
    });
  });
}
