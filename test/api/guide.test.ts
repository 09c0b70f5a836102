// The requests of the guide's page about the API, sent as they stand there.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiScene, openApiScene } from "../support/api-scene.ts";
import { fieldsOf } from "../support/bad-values.ts";
import { codeBlocks, prose, shellCommands } from "../support/markdown.ts";
import { describedRoutes, type OpenApi, readOpenApi } from "../support/openapi.ts";
import { read } from "../support/repository.ts";
import { addUser, cookieOf } from "../support/sign-in.ts";

const page = read("docs/guide/api.md");
const commands = codeBlocks(page)
  .filter((block) => block.language === "sh")
  .flatMap((block) => shellCommands(block.text))
  .filter((words) => words[0] === "curl");

let scene: ApiScene;
let document: OpenApi;
beforeAll(async () => {
  scene = await openApiScene();
  document = await readOpenApi(scene);
  await addUser(scene, "ann", { role: "admin", password: "long enough a password" });
});
afterAll(() => scene.close());

/** What the shell's variables hold, as far as the answers so far have told. */
const variables: Record<string, string> = { RUN: "", CURSOR: "", CSRF: "" };
let cookie = "";

async function send(words: string[]) {
  const filled = words.map((word) =>
    word.replace(/\$(RUN|CURSOR|CSRF)\b/g, (_, name: string) => variables[name] ?? ""),
  );
  const after = (flag: string) => filled[filled.indexOf(flag) + 1] as string;
  const headers: Record<string, string> = {};
  filled.forEach((word, i) => {
    const [name, value] = word.split(/:\s*(.*)/s);
    if (filled[i - 1] === "-H" && value !== undefined) headers[name!.toLowerCase()] = value;
  });
  const body = filled.includes("-d")
    ? JSON.parse(after("-d").replace('"password": "…"', '"password": "long enough a password"'))
    : undefined;
  const method = filled.includes("-X") ? after("-X") : body === undefined ? "GET" : "POST";
  const url = filled.find((word) => word.startsWith("$URL"))!.slice("$URL".length);
  const byCookie = filled.includes("-b");
  if (byCookie) headers.cookie = cookie;
  const token = filled.includes("$AUTH") ? {} : { token: null };
  return scene.ask(method, url, { headers, ...token, ...(body === undefined ? {} : { body }) });
}

describe("api.md", () => {
  it("its requests are taken, one after the other", async () => {
    let sent = 0;
    for (const words of commands) {
      // What goes on for ever is for tests of streams.
      if (words.some((word) => word.includes("text/event-stream"))) continue;
      // The page deletes the job that its other requests speak of.
      if (words.includes("DELETE")) continue;
      const answer = await send(words);
      expect([words.join(" "), answer.status], answer.text).toEqual([
        words.join(" "),
        expect.toBeOneOf([200, 201, 202, 204]),
      ]);
      sent++;
      if (words.includes("$URL/jobs/hi/run")) variables.RUN = answer.body.id;
      if (words.includes("$URL/auth/login")) cookie = cookieOf(answer);
      if (words.includes("$URL/auth/me")) variables.CSRF = answer.body.csrfToken;
    }
    expect(sent).toBeGreaterThan(12);
  });

  it("the bodies in its tables have keys that the routes know", () => {
    const routes = describedRoutes(document);
    const shape = (path: string) => path.replace(/[?#].*$/, "").replace(/\{\w+\}/g, "{}");
    const unknown: string[] = [];
    let checked = 0;
    for (const [, method, path, body] of prose(page).matchAll(/`(POST|PATCH|PUT) (\/\S+)` `(\{[^`]*\})`/g)) {
      const route = routes.find((each) => each.method === method && shape(each.path) === `/api/v1${shape(path!)}`);
      if (!route?.body) throw new Error(`${method} ${path} takes no body`);
      const known = new Set(fieldsOf(document, route.body).map((field) => field.path.split(".").at(-1)));
      const keys = [...body!.matchAll(body!.includes(":") ? /"(\w+)"\s*:/g : /"(\w+)"/g)].map(([, key]) => key!);
      unknown.push(...keys.filter((key) => !known.has(key)).map((key) => `${method} ${path}: ${key}`));
      checked += keys.length;
    }
    expect(unknown).toEqual([]);
    expect(checked).toBeGreaterThan(20);
  });
});
