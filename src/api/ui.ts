// The web app's files: assets under names that change with their content, kept by browsers for good; and the one page of
// the app for every other address that a browser asks for.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Random } from "../random.ts";

export interface WebApp {
  /** Declares the routes of the assets. */
  serve(app: FastifyInstance): Promise<void>;
  /** Whether the app has a page there, as far as the server can tell: addresses that a browser opens. */
  isPage(request: FastifyRequest): boolean;
  show(reply: FastifyReply): FastifyReply;
}

const policy = (nonce: string) =>
  [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    // The component library writes its variables into <style> elements, which carry the number.
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");

/** null: there is no built app in the folder. */
export function webApp(folder: string | undefined, random: Pick<Random, "bytes">): WebApp | null {
  if (folder === undefined || !existsSync(join(folder, "index.html"))) return null;
  const page = readFileSync(join(folder, "index.html"), "utf8");
  return {
    async serve(app) {
      await app.register(async (scope) => {
        scope.addHook("onRoute", (route) => {
          route.config = { ...route.config, access: "public" };
        });
        await scope.register(fastifyStatic, {
          root: join(folder, "assets"),
          prefix: "/assets/",
          decorateReply: false,
          preCompressed: true,
          index: false,
          schemaHide: true,
          maxAge: "365d",
          immutable: true,
        });
      });
    },
    isPage: ({ method, url, headers }) =>
      (method === "GET" || method === "HEAD") &&
      !/^\/(api|internal|assets)\//.test(url) &&
      /\btext\/html\b/.test(headers.accept ?? ""),
    show(reply) {
      const nonce = Buffer.from(random.bytes(16)).toString("base64");
      return reply
        .code(200)
        .type("text/html; charset=utf-8")
        .headers({ "content-security-policy": policy(nonce), "cache-control": "no-cache", vary: "accept" })
        .send(page.replaceAll("__CSP_NONCE__", nonce));
    },
  };
}
