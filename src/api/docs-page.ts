// Pages for a person with a browser: what this is, and the API's routes, drawn from its OpenAPI document. No package and
// no build behind them, for a server stays small that nobody looks at.
import type { FastifyInstance } from "fastify";
import type { WebApp } from "./ui.ts";

const page = (title: string, body: string) =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>` +
  '<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="stylesheet" href="/docs/style.css"></head>' +
  `<body><main>${body}</main></body></html>`;

const home = page(
  "DistCron",
  `<h1>DistCron</h1><p>A scheduler runs here. Talk to it with the command <code>distcron</code>, or over its
  <a href="/docs">REST API</a>.</p><ul><li><a href="/readyz">whether it does its work</a></li>
  <li><a href="/api/v1/openapi.json">the API's description (OpenAPI)</a></li></ul>`,
);

const docs = page(
  "DistCron API",
  `<h1>DistCron API</h1><p>From <a href="/api/v1/openapi.json">openapi.json</a>, for tools too. Send
  <code>Authorization: Bearer &lt;token&gt;</code>.</p><div id="routes">Loading…</div><script src="/docs/routes.js"></script>`,
);

const style = `body{font:16px/1.5 system-ui,sans-serif;color-scheme:light dark}main{max-width:60rem;margin:3rem auto;padding:0 1rem}
pre{overflow:auto;font-size:.85rem}summary{cursor:pointer;padding:.25rem 0}summary code{font-size:1rem}small{opacity:.75}`;

/** Text goes in as text, never as markup. */
const script = `const make=(tag,text,...inner)=>{const e=document.createElement(tag);if(text)e.textContent=text;e.append(...inner);return e};
const plain=(doc,value,depth=0)=>{if(value===null||typeof value!=="object"||depth>12)return value;
if(Array.isArray(value))return value.map(v=>plain(doc,v,depth+1));
if(value.$ref)return plain(doc,doc.components.schemas[value.$ref.split("/").pop()],depth+1);
return Object.fromEntries(Object.entries(value).map(([k,v])=>[k,plain(doc,v,depth+1)]))};
const part=(doc,title,content)=>content?[make("h4",title),...Object.entries(content).map(([type,{schema}])=>
make("details","",make("summary",type),make("pre",JSON.stringify(plain(doc,schema),null,2))))]:[];
const draw=doc=>{const groups=new Map();
for(const [path,methods] of Object.entries(doc.paths))for(const [method,route] of Object.entries(methods)){
const box=make("details","",make("summary","",make("code",method.toUpperCase()+" "+path)," – "+route.summary+" ",make("small",route["x-access"])));
for(const p of route.parameters??[])box.append(make("p","",make("code",p.name)," ("+p.in+") "+(p.description??p.schema?.description??"")));
box.append(...part(doc,"Body",route.requestBody?.content));
for(const [status,answer] of Object.entries(route.responses))box.append(...part(doc,"Answer "+status,answer.content));
const group=route.tags[0];groups.set(group,[...(groups.get(group)??[]),box])}
document.getElementById("routes").replaceChildren(...[...groups].map(([name,boxes])=>make("section","",make("h2",name),...boxes)))};
fetch("/api/v1/openapi.json").then(r=>r.json()).then(draw).catch(e=>{document.getElementById("routes").textContent=String(e)});`;

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** `ui`: what stands at / instead, where it was built. */
export function pageRoutes(app: FastifyInstance, ui: WebApp | null): void {
  const show = (url: string, type: string, body: string) =>
    app.get(url, { schema: { hide: true }, config: { access: "public" } }, (_, reply) =>
      reply.type(`${type}; charset=utf-8`).header("content-security-policy", policy).send(body),
    );
  if (ui) app.get("/", { schema: { hide: true }, config: { access: "public" } }, (_, reply) => ui.show(reply));
  else show("/", "text/html", home);
  show("/docs", "text/html", docs);
  show("/docs/style.css", "text/css", style);
  show("/docs/routes.js", "text/javascript", script);
}
