// What the very first start of `npm start` brings: jobs to look at, and words to go on with.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readJobFile } from "../define/job-files.ts";
import type { JobService } from "../define/job-service.ts";
import type { Store } from "../store/store.ts";
import { built } from "./built.ts";

/** Documents of jobs. */
export function exampleJobs(url: string): { name: string }[] {
  const text = readFileSync(built("examples/jobs.yaml"), "utf8").replaceAll("http://127.0.0.1:8470", url);
  return readJobFile(text).documents.map((each) => each.document as { name: string });
}

const offered = "offered";
type Settings = Pick<Store, "getSetting" | "setSetting">;

/** Whether they are still to be made. */
export const wantsExamples = async (store: Settings): Promise<boolean> =>
  (await store.getSetting("examples")) !== offered;

/**
 * Makes them once, in a store that has no job yet. A start that is broken off is gone on with by the next one; what is there by
 * then stays as it is.
 */
export async function offerExamples(given: {
  store: Settings & Pick<Store, "getJob" | "listJobs">;
  jobs: Pick<JobService, "apply">;
  examples: { name: string }[];
}): Promise<void> {
  const { store, jobs, examples } = given;
  const hasBegun = (await store.getSetting("examples")) !== null;
  if (hasBegun || (await store.listJobs({ limit: 1 })).items.length === 0) {
    await store.setSetting("examples", "begun");
    for (const example of examples)
      if ((await store.getJob(example.name)) === null)
        await jobs.apply([example], { prune: false, selector: null, dryRun: false, actor: "distcron" });
  }
  await store.setSetting("examples", offered);
}

/** `setupLink`: nobody has an account yet. */
export function welcome(url: string, dataDir: string, setupLink: string | null): string {
  const cli = (words: string) =>
    `node bin/distcron.js ${words}${isFoundByItself(dataDir) ? "" : ` --data-dir ${dataDir}`}`;
  return `
DistCron is running.
  Web      ${setupLink === null ? url : `${setupLink}\n           makes the first account, an admin's; the link works once`}
  API      ${url}/docs   (its description: ${url}/api/v1/openapi.json)
  Access   on this machine the command line finds its token in ${join(dataDir, "local.json")};
           for other programs: ${cli("token create --name NAME")}

Try, in another terminal:
  ${cli("job list")}
  ${cli("job run hello --follow")}
  ${cli("run list")}

`;
}

/** The command line looks there without being told, in a terminal whose environment we don't know. */
const isFoundByItself = (dataDir: string) =>
  ["distcron-data", "/var/lib/distcron"].some((dir) => resolve(dir) === dataDir);
