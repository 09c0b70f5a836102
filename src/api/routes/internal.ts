// What nodes call, and what schedulers tell each other (internal-contract.ts). Any scheduler answers, leader or not.
// It stands beside the public API, not in its document, and only where there is a cluster's token.
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { z } from "zod";
import { authorize, createGate } from "../access.ts";
import { type ClusterGate, createClusterGate, credentialOf } from "../cluster-auth.ts";
import type { ApiDeps, ClusterDeps } from "../deps.ts";
import { HttpProblem } from "../errors.ts";
import { unzipped } from "../gzip-body.ts";
import {
  type BeatAnswer,
  BeatRequest,
  type EventsAnswer,
  EventsRequest,
  eventsBodyLimit,
  type FormerSessionAnswer,
  type JoinAnswer,
  JoinRequest,
  type MetricsReaderAnswer,
  MetricsReaderRequest,
  News,
} from "../internal-contract.ts";

type Asked<B = unknown> = FastifyRequest & { body: B; params: { session: string; node: string } };

/** Registers the routes below the scope's prefix. */
export function internalRoutes(
  scope: FastifyInstance,
  deps: Pick<ApiDeps, "clock" | "logger" | "metrics" | "store">,
  cluster: ClusterDeps,
): void {
  const { clock, logger, metrics } = deps;
  const { sessions, reports } = cluster;
  const gate = createClusterGate({
    token: cluster.token,
    clock,
    onFailure(reason, address) {
      metrics.authFailed(reason);
      logger.warn({ reason, address }, "a request of a would-be member of the cluster was refused");
    },
  });
  const withToken = route(scope, (request) => gate.requireToken(request.headers.authorization, request.ip));
  const withCredential = route(scope, (request) => requireCredential(gate, request as Asked));
  scope.addHook("preParsing", unzipped);

  withToken("POST", "/sessions", { body: JoinRequest, status: 201 }, async ({ body }): Promise<JoinAnswer> => {
    const { graceMs } = await sessions.register(body);
    logger.info({ node: body.info.name, host: body.info.host, session: body.sessionId }, "a node has joined");
    return { credential: credentialOf(cluster.token, body.sessionId), graceMs, now: clock.now() };
  });

  withToken("GET", "/nodes/:node/former-session", {}, async ({ params }): Promise<FormerSessionAnswer> => {
    return { sessionId: await sessions.former(params.node) };
  });

  withCredential("POST", "/sessions/:session/beat", { body: BeatRequest }, async ({ params, body }) => {
    const { session } = params;
    const live = await (body.onlyAsks ? sessions.isLive(session) : sessions.beat(session, body.load));
    const drain = live ? await sessions.isDraining(params.session) : null;
    return { live, now: clock.now(), ...(drain === null ? {} : { drain }) } satisfies BeatAnswer;
  });

  withCredential("POST", "/sessions/:session/close", { status: 204 }, async ({ params }) => {
    await sessions.close(params.session);
  });

  withCredential("POST", "/sessions/:session/abandoned", { status: 204 }, async ({ params }) => {
    logger.warn({ session: params.session }, "a node's process is gone and its commands were ended; settling its runs");
    await sessions.abandon(params.session);
  });

  async function record({ events, ignored }: z.output<typeof EventsRequest>): Promise<EventsAnswer> {
    if (ignored > 0) logger.warn({ ignored }, "a node reports what this version doesn't know; it was left out");
    await reports.send(events);
    return { recorded: events.length, ignored };
  }
  const report = { body: EventsRequest, bodyLimit: eventsBodyLimit };

  withCredential("POST", "/sessions/:session/events", report, async ({ params, body }) => {
    if (!(await sessions.isLive(params.session)))
      throw new HttpProblem(410, "session_ended", "this session has ended, and its credential with it; join anew");
    return record(body);
  });

  withToken("POST", "/events", report, ({ body }) => record(body));

  // A gate of its own: guesses at a node's port are counted by node, apart from what else comes from its address.
  const readers = createGate({
    store: deps.store,
    clock,
    localToken: "",
    onFailure(reason, address) {
      metrics.authFailed(reason);
      logger.warn({ reason, address }, "a bad token was shown to a node, for its metrics");
    },
    onError: (err) => logger.warn({ err }, "a token's use could not be noted"),
  });
  const reader = { body: MetricsReaderRequest };
  withToken("POST", "/metrics-reader", reader, async ({ body, ip }): Promise<MetricsReaderAnswer> => {
    try {
      authorize(await readers.identify(`Bearer ${body.token}`, ip), "metrics");
      return { mayRead: true };
    } catch (err) {
      if (!(err instanceof HttpProblem)) throw err;
      return { mayRead: false, detail: err.message };
    }
  });

  const news = { body: News, status: 204, bodyLimit: eventsBodyLimit };
  withToken("POST", "/changes", news, async ({ body }) => cluster.hear(body));
}

function requireCredential(gate: ClusterGate, { headers, params, ip }: Asked) {
  gate.requireCredential(headers.authorization, params.session, ip);
}

/** Declares routes that let in whom `admit` doesn't throw at. */
function route(scope: FastifyInstance, admit: (request: FastifyRequest) => void) {
  return <B extends z.ZodType>(
    method: "GET" | "POST",
    url: string,
    options: { body?: B; status?: number; bodyLimit?: number },
    handler: (request: Asked<z.output<B>>) => Promise<unknown>,
  ) => {
    const { body, status = 200, bodyLimit } = options;
    scope.route({
      method,
      url,
      exposeHeadRoute: false,
      ...(bodyLimit ? { bodyLimit } : {}),
      // The public guard lets it through: who may come in here is told by other secrets.
      config: { access: "public" },
      schema: { hide: true, ...(body ? { body } : {}) } as object,
      onRequest: async (request) => admit(request),
      async handler(request, reply) {
        const answer = await handler(request as never);
        return reply.code(status).send(answer);
      },
    });
  };
}
