// In front of every route: the site rules, who asks (by token, by cookie, or as another scheduler says), and whether they
// may. Also through what a change came, for the audit.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { comingThrough } from "../telemetry/request-origin.ts";
import { authorize, createGate } from "./access.ts";
import type { ApiDeps } from "./deps.ts";
import { createPassOn } from "./pass-on.ts";
import { isLocal } from "./routes/health.ts";
import { checkSite } from "./same-site.ts";
import { type SignIns, sessionCookie } from "./sign-ins.ts";

export function guard(app: FastifyInstance, deps: ApiDeps, signIns: SignIns) {
  const { config, logger, metrics } = deps;
  const gate = createGate({
    store: deps.store,
    clock: deps.clock,
    localToken: deps.localToken,
    onFailure(reason, address) {
      metrics.authFailed(reason);
      logger.warn({ reason, address }, "a request with a bad token was refused");
    },
    onError: (err) => logger.warn({ err }, "a token's use could not be noted"),
  });
  const passOn = deps.cluster ? createPassOn(app, deps, deps.cluster) : null;
  const identify = async (request: FastifyRequest, reply: FastifyReply) =>
    passOn?.whoAsked(request) ??
    (bySession(request) ? signIns.identify(request, reply) : gate.identify(request.headers.authorization, request.ip));

  app.decorateRequest("who", null);
  app.decorateRequest("via", "api");
  app.addHook("onRequest", (request, reply, done) => {
    reply.headers({
      "x-request-id": request.id,
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    });
    const client = /^(cli|ui)\b/i.exec(String(request.headers["distcron-client"] ?? ""))?.[1];
    request.via = bySession(request) ? "ui" : (client?.toLowerCase() ?? "api");
    // What only reads leaves nothing in the audit.
    if (request.method === "GET" || request.method === "HEAD") done();
    else comingThrough(request.via, (over) => reply.raw.once("close", over), done);
  });
  app.addHook("onRequest", async (request, reply) => {
    checkSite(request.headers, config);
    // A route that doesn't say what it needs, needs everything. Unknown addresses are answered as such.
    const access = request.is404 ? "public" : (request.routeOptions.config.access ?? "admin");
    if (access === "public" || (access === "metrics" && isLocal(request))) return;
    request.who = await identify(request, reply);
    authorize(request.who, access);
  });
  app.addHook("onResponse", (request, reply, done) => {
    const route = request.is404 ? "unknown" : (request.routeOptions.url ?? "unknown");
    metrics.request(request.method, route, reply.statusCode);
    const fields = { requestId: request.id, method: request.method, route, status: reply.statusCode };
    logger.debug({ ...fields, ms: Math.round(reply.elapsedTime), actor: request.who?.actor }, "answered");
    done();
  });
  return {
    /** Who asks by a token, on routes that everybody may ask. Throws as for others. */
    byToken: (request: FastifyRequest) => gate.identify(request.headers.authorization, request.ip),
    /** Whether the caller is known, on routes that everybody may ask. */
    async identifyQuietly(request: FastifyRequest): Promise<boolean> {
      if (bySession(request)) return (await signIns.find(request).catch(() => null)) !== null;
      if (request.headers.authorization === undefined) return false;
      return gate.identify(request.headers.authorization, request.ip).then(
        () => true,
        () => false,
      );
    },
  };
}

/** A token says more clearly who is meant. */
const bySession = ({ headers, cookies }: FastifyRequest) =>
  headers.authorization === undefined && cookies?.[sessionCookie] !== undefined;
