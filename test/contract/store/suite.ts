// The whole contract of the store, for one implementation.
import { describeAssigning } from "./assigning.ts";
import { describeAttention } from "./attention.ts";
import { describeAuditAndTokens } from "./audit-and-tokens.ts";
import { describeJobs } from "./jobs.ts";
import { describeOutput } from "./output.ts";
import { describePlanning } from "./planning.ts";
import { describeRecording } from "./recording.ts";
import { describeRecordingOrder } from "./recording-order.ts";
import { describeRetention } from "./retention.ts";
import { describeRevisions } from "./revisions.ts";
import { describeRuns } from "./runs.ts";
import type { OpenStore } from "./scene.ts";
import { describeSessions } from "./sessions.ts";
import { describeSettings } from "./settings.ts";
import { describeStatistics } from "./statistics.ts";
import { describeTerms } from "./terms.ts";
import { describeUsers } from "./users.ts";

export function describeStore(name: string, open: OpenStore) {
  describeTerms(name, open);
  describeJobs(name, open);
  describeRevisions(name, open);
  describePlanning(name, open);
  describeAssigning(name, open);
  describeRecording(name, open);
  describeRecordingOrder(name, open);
  describeSessions(name, open);
  describeRuns(name, open);
  describeOutput(name, open);
  describeStatistics(name, open);
  describeAttention(name, open);
  describeAuditAndTokens(name, open);
  describeUsers(name, open);
  describeRetention(name, open);
  describeSettings(name, open);
}
