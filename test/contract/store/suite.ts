// The whole contract of the store, for one implementation.
import { describeAssigning } from "./assigning.ts";
import { describeJobs } from "./jobs.ts";
import { describePlanning } from "./planning.ts";
import { describeRecording } from "./recording.ts";
import { describeRevisions } from "./revisions.ts";
import type { OpenStore } from "./scene.ts";
import { describeSettings } from "./settings.ts";
import { describeTerms } from "./terms.ts";

export function describeStore(name: string, open: OpenStore) {
  describeTerms(name, open);
  describeJobs(name, open);
  describeRevisions(name, open);
  describePlanning(name, open);
  describeAssigning(name, open);
  describeRecording(name, open);
  describeSettings(name, open);
}
