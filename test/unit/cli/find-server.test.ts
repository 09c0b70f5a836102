// Where the command line finds its server and who it is to it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { findServer, localFiles, usualFolders } from "../../../src/cli/context.ts";
import { exitCodes } from "../../../src/cli/exit.ts";

const folder = mkdtempSync(join(tmpdir(), "distcron-find-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A data directory of a scheduler that runs. */
function scheduler(name: string): string {
  const dir = join(folder, name);
  mkdirSync(dir);
  writeFileSync(join(dir, "local.json"), JSON.stringify({ url: `http://${name}`, token: `token of ${name}` }));
  return dir;
}
const [given, own, here, machine] = ["given", "own", "here", "machine"].map(scheduler) as [
  string,
  string,
  string,
  string,
];
const nowhere = join(folder, "nowhere");
const tokenFile = join(folder, "token");
writeFileSync(tokenFile, "from-the-file\n");

it("looks in the folder that is named, else in those where a scheduler keeps its data", () => {
  expect(usualFolders).toEqual(["./distcron-data", "/var/lib/distcron"]);
  const files = (dirs: string[]) => dirs.map((dir) => join(dir, "local.json"));
  expect(localFiles({}, {})).toEqual(files(usualFolders));
  expect(localFiles({}, { DISTCRON_DATA_DIR: "/srv/cron" })).toEqual(files(["/srv/cron", ...usualFolders]));
  expect(localFiles({}, { DISTCRON_DATA_DIR: "" })).toEqual(files(usualFolders));
  expect(localFiles({ dataDir: "/mine" }, { DISTCRON_DATA_DIR: "/srv/cron" })).toEqual(files(["/mine"]));
});

it.each([
  ["--data-dir", { dataDir: given }, { DISTCRON_DATA_DIR: own }, [here, machine], "given"],
  ["DISTCRON_DATA_DIR", {}, { DISTCRON_DATA_DIR: own }, [here, machine], "own"],
  ["the folder here", {}, { DISTCRON_DATA_DIR: nowhere }, [here, machine], "here"],
  ["the machine's folder", {}, {}, [nowhere, machine], "machine"],
])("takes address and token from %s, the first that has them", (_, options, env, folders, name) => {
  expect(findServer(options, env, folders)).toMatchObject({ url: `http://${name}`, token: `token of ${name}` });
});

it.each([
  [{ server: "http://a/" }, { DISTCRON_SERVER: "http://b" }, { url: "http://a", token: null }],
  [{}, { DISTCRON_SERVER: "http://b/", DISTCRON_TOKEN: " secret\n" }, { url: "http://b", token: "secret" }],
  [{}, { DISTCRON_SERVER: "http://b", DISTCRON_TOKEN_FILE: tokenFile }, { token: "from-the-file" }],
  [{}, { DISTCRON_SERVER: "http://b", DISTCRON_TOKEN_FILE: nowhere, DISTCRON_TOKEN: "t" }, { token: "t" }],
  [{ server: "http://a", tokenFile }, { DISTCRON_TOKEN: "t" }, { token: "from-the-file" }],
  [{}, { DISTCRON_TOKEN: "t" }, { url: "http://here", token: "t" }],
  [{}, { DISTCRON_SERVER: "" }, { url: "http://here" }],
])("%j with %j is %j", (options, env, server) => {
  expect(findServer(options, env, [here])).toMatchObject(server);
});

it("never sends a local token to another server", () => {
  expect(findServer({ server: "http://elsewhere", dataDir: given }, {}, [here]).token).toBeNull();
});

it("says where it looked, and what it can't read", () => {
  const refused = (options: object, env: object, folders: string[]) => {
    try {
      return findServer(options, env as NodeJS.ProcessEnv, folders);
    } catch (err) {
      return err;
    }
  };
  expect(refused({}, {}, [nowhere])).toMatchObject({
    exitCode: exitCodes.unreachable,
    message: expect.stringMatching(new RegExp(`${nowhere}/local.json.*--server.*DISTCRON_SERVER`)),
  });
  expect(refused({ server: "http://a", tokenFile: nowhere }, {}, [])).toMatchObject({ exitCode: exitCodes.usage });
  writeFileSync(join(folder, "local.json"), "{");
  expect(refused({ dataDir: folder }, {}, [])).toMatchObject({ exitCode: exitCodes.notAllowed });
});
