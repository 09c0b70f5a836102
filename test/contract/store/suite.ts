// The whole contract of the store, for one implementation.
import type { OpenStore } from "./scene.ts";
import { describeSettings } from "./settings.ts";
import { describeTerms } from "./terms.ts";

export function describeStore(name: string, open: OpenStore) {
  describeTerms(name, open);
  describeSettings(name, open);
}
