// Started when a node's process and its warden are gone at once (execute/warden/heir.ts): ends what they left running.
// Bundled alone as heir.js. Its argument is the node's data directory.
import { join } from "node:path";
import { systemClock as clock } from "../clock.ts";
import { readOpenRuns } from "../execute/open-runs.ts";
import { openDiskSpoolFiles } from "../execute/spool-files.ts";
import { attemptOf, endSurvivors } from "../execute/survivors.ts";
import { lockDataDirectory } from "../store/sqlite/lock.ts";

/** All is gone within three seconds of the death, this program's own start included. */
const graceMs = 1500;
const dataDir = process.argv[2];
if (!dataDir) throw new Error("expected the node's data directory");

const open = await readOpenRuns(await openDiskSpoolFiles(join(dataDir, "spool")));
// A node that has been started again since then has the lock, and ends what its former life left. What it has begun
// itself isn't among what was read if the lock is free afterwards.
lockDataDirectory(dataDir).release();
await endSurvivors(open.map(attemptOf), { clock, graceMs });
