// The web app as people use it: the real built program with jobs and people of each role, and a real browser. Called at
// the head of a test file; the server and the browser serve all of the file's tests, pages are closed after each.
//
//   const ui = openUiScene({ jobs: [{ name: "backup", schedule: "@manual", cmd: "true" }] });
//   test("runs a job from the list", async () => {
//     const page = await ui.open("/jobs", { as: "operator" });        // signed in; also: locale, dark, width, timezoneId
//     await page.getByRole("button", { name: "Run backup now" }).click();
//     await ui.server.until(…)                                         // REST and CLI: test/support/server.ts
//     await expectWellMade(page, { allow: ui.names });                 // test/support/page-checks.ts
//   });
//
// A test fails when a page had an error of its own; what it provokes it allows: allowProblems(page, /status of 409/).
// `ui.down()` and `ui.up()` end the server and start it at the same address.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type Server } from "./server.ts";
import { passwordOf } from "./sign-in.ts";
import { steadyPort } from "./steady-port.ts";
import { openPages } from "./ui-pages.ts";

export interface SceneOptions {
  jobs?: { name: string; [key: string]: unknown }[];
  config?: object;
  env?: Record<string, string>;
  /** What is in it stays: for history that a test puts there before the server starts. */
  dataDir?: string;
  /** false: nobody has an account yet. */
  admin?: boolean;
}

export type UiScene = ReturnType<typeof openUiScene>;

export function openUiScene(options: SceneOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), "distcron-ui-"));

  async function start() {
    const passwordFile = join(folder, "password");
    writeFileSync(passwordFile, passwordOf("admin"));
    const first: Record<string, string> = options.admin === false ? {} : { DISTCRON_ADMIN_PASSWORD_FILE: passwordFile };
    const server = await createServer({
      port: await steadyPort(),
      env: { ...first, ...options.env },
      ...(options.config ? { config: options.config } : {}),
      ...(options.dataDir ? { dataDir: options.dataDir } : {}),
    });
    if (options.jobs?.length) await server.apply(...options.jobs);
    const { dispose } = server;
    return Object.assign(server, {
      async dispose() {
        await dispose();
        rmSync(folder, { recursive: true, force: true });
      },
    });
  }

  const scene = openPages(start, ["admin"]);
  return {
    get server(): Server {
      return scene.served;
    },
    get browser() {
      return scene.browser;
    },
    /** What isn't translated: jobs and people. */
    get names(): string[] {
      return [...scene.people, ...(options.jobs ?? []).map(({ name }) => name)];
    },
    addUser: scene.addUser,
    signIn: scene.signIn,
    open: scene.open,
    /** The server goes away; its address stays its own. */
    down: async (signal: NodeJS.Signals = "SIGTERM") => void (await scene.served.end(signal)),
    up: () => scene.served.up(),
  };
}
