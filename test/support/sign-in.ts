// People in front of the REST server: an account, and a browser that keeps its cookie and sends the CSRF token.
import type { Role } from "../../src/api/contract/roles.ts";
import type { ApiScene } from "./api-scene.ts";

export const passwordOf = (name: string) => `password of ${name.toLowerCase()}`;

export async function addUser(scene: ApiScene, name: string, more: { role?: Role } & Record<string, unknown> = {}) {
  const answer = await scene.ask("POST", "/users", { body: { name, password: passwordOf(name), ...more } });
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.body;
}

export const cookieOf = (answer: { headers: Record<string, string | string[]> }) =>
  String(answer.headers["set-cookie"] ?? "").split(";")[0] as string;

export async function signIn(scene: ApiScene, name: string, password = passwordOf(name)) {
  const answer = await scene.ask("POST", "/auth/login", { token: null, body: { name, password } });
  if (answer.status !== 200) throw new Error(answer.text);
  return browser(scene, cookieOf(answer), answer.body.csrfToken);
}

export function browser(scene: ApiScene, cookie: string, csrfToken: string) {
  const ask: ApiScene["ask"] = (method, url, request = {}) =>
    scene.ask(method, url, {
      ...request,
      token: null,
      headers: { cookie, "x-csrf-token": csrfToken, ...request.headers },
    });
  return { cookie, csrfToken, ask };
}
export type Browser = ReturnType<typeof browser>;
