// Pages for a person with a browser: what this is, and the API's description. The viewer's files are read from disk when
// somebody asks for them, and never held.
import { createReadStream, existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { FastifyInstance, FastifyReply } from "fastify";
import { notFound } from "./errors.ts";

const page = (title: string, head: string, body: string) =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>` +
  `<meta name="viewport" content="width=device-width,initial-scale=1">${head}</head><body>${body}</body></html>`;

const home = page(
  "DistCron",
  "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}</style>",
  `<h1>DistCron</h1><p>A scheduler runs here. Talk to it with the command <code>distcron</code>, or over its
  <a href="/docs">REST API</a>.</p><ul><li><a href="/readyz">whether it does its work</a></li>
  <li><a href="/api/v1/openapi.json">the API's description (OpenAPI)</a></li></ul>`,
);

const docs = page(
  "DistCron API",
  '<link rel="stylesheet" href="/docs/swagger-ui.css">',
  '<div id="swagger-ui"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script>',
);
const start = 'SwaggerUIBundle({url:"/api/v1/openapi.json",dom_id:"#swagger-ui",deepLinking:true,validatorUrl:null});';

const files: Record<string, string> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
};

/** The viewer needs styles of its own and images in its stylesheet; scripts come from us alone. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export function pageRoutes(app: FastifyInstance): void {
  const show = (url: string, body: string, type = "text/html; charset=utf-8") =>
    app.get(url, { schema: { hide: true }, config: { access: "public" } }, (_, reply) =>
      reply.type(type).header("content-security-policy", policy).send(body),
    );
  show("/", home);
  show("/docs", docs);
  show("/docs/start.js", start, "text/javascript; charset=utf-8");
  for (const [name, type] of Object.entries(files))
    app.get(`/docs/${name}`, { schema: { hide: true }, config: { access: "public" } }, (_, reply: FastifyReply) =>
      reply
        .type(type)
        .header("cache-control", "public, max-age=86400")
        .send(createReadStream(viewerFile(name))),
    );
}

let folder: string | null = null;
function viewerFile(name: string): string {
  folder ??= join(dirname(createRequire(import.meta.url).resolve("@fastify/swagger-ui")), "static");
  const file = join(folder, name);
  if (!existsSync(file)) throw notFound("the API viewer is not part of this installation; see /api/v1/openapi.json");
  return file;
}
