// What the very first start of `npm start` brings: jobs to look at, and words to go on with.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readJobFile } from "../define/job-files.ts";
import type { JobService } from "../define/job-service.ts";
import { built } from "./built.ts";

export async function createExamples(jobs: JobService, url: string): Promise<void> {
  const text = readFileSync(built("examples/jobs.yaml"), "utf8").replaceAll("http://127.0.0.1:8470", url);
  const documents = readJobFile(text).documents.map((each) => each.document);
  await jobs.apply(documents, { prune: false, selector: null, dryRun: false, actor: "distcron" });
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
