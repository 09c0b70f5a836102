// The REST server: joins routes, the guard in front of them and the words for what goes wrong. Opening and closing it.
import type { Socket } from "node:net";
import fastifyCookie from "@fastify/cookie";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { newId } from "../lib/id.ts";
import type { ApiDeps, RouteDeps } from "./deps.ts";
import { pageRoutes } from "./docs-page.ts";
import { type Door, watchDoor } from "./door.ts";
import { HttpProblem, toProblem } from "./errors.ts";
import { guard } from "./guard.ts";
import { checkInput } from "./input.ts";
import { internalPrefix } from "./internal-contract.ts";
import { wordsFor } from "./language.ts";
import { checkListenAddress, listenFailure, localUrl } from "./listen-address.ts";
import { createLoginThrottle } from "./login-throttle.ts";
import { methodsOf } from "./methods.ts";
import { describeRoutes, openApiText } from "./openapi.ts";
import { createPasswords } from "./passwords.ts";
import { declareOn } from "./route.ts";
import { accessRoutes } from "./routes/access.ts";
import { authRoutes } from "./routes/auth.ts";
import { eventRoutes } from "./routes/events.ts";
import { healthRoutes } from "./routes/health.ts";
import { internalRoutes } from "./routes/internal.ts";
import { jobRoutes } from "./routes/jobs.ts";
import { nodeRoutes } from "./routes/nodes.ts";
import { outputRoutes } from "./routes/output.ts";
import { runRoutes } from "./routes/runs.ts";
import { schedulerRoutes } from "./routes/scheduler.ts";
import { scheduleRoutes } from "./routes/schedules.ts";
import { statsRoutes } from "./routes/stats.ts";
import { userRoutes } from "./routes/users.ts";
import { createSignIns } from "./sign-ins.ts";
import { createStreams } from "./sse.ts";
import { type WebApp, webApp } from "./ui.ts";

export interface ApiServer {
  /** Throws ListenError: insecure_listen, port_in_use, listen_failed. */
  listen(): Promise<{ url: string; port: number }>;
  /** Accepts nothing more, ends event streams, and within two seconds every connection. Safe to repeat. */
  close(): Promise<void>;
  /** Event streams that are open. */
  streams(): number;
  /** For tests: requests without a socket, and everything that fastify knows. */
  readonly app: FastifyInstance;
}

const problemJson = "application/problem+json; charset=utf-8";
const closeWithinMs = 2000;

export async function createApiServer(deps: ApiDeps): Promise<ApiServer> {
  const { clock, config, logger } = deps;
  const app = Fastify({
    logger: false,
    genReqId: () => newId(clock, deps.random),
    bodyLimit: config.bodyLimitBytes ?? 1024 * 1024,
    requestTimeout: 30_000,
    // Event streams send a heartbeat every 15 s.
    connectionTimeout: 60_000,
    keepAliveTimeout: 30_000,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: 300 },
    frameworkErrors: (err: unknown, request: FastifyRequest, reply: FastifyReply) => {
      const { status, headers, body } = toProblem(err, request.id);
      reply.code(status).headers(headers).type(problemJson).send(JSON.stringify(body));
    },
    clientErrorHandler: (err: Error, socket: Socket) => refuseUnreadable(err, socket, newId(clock, deps.random)),
    ...(config.tls
      ? { https: { ...config.tls, maxHeaderSize: 16_384, headersTimeout: 15_000 } }
      : { http: { maxHeaderSize: 16_384, headersTimeout: 15_000 } }),
  } as Parameters<typeof Fastify>[0]) as unknown as FastifyInstance;
  const streams = createStreams(clock);
  const methods = methodsOf(app);
  app.setValidatorCompiler(({ schema, httpPart }) => checkInput(schema as never, httpPart) as never);
  // Answers are made by our own functions of typed values: checking each again would cost more than making it.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.addContentTypeParser(
    "application/merge-patch+json",
    { parseAs: "string" },
    app.getDefaultJsonParser("error", "error"),
  );
  app.removeContentTypeParser("text/plain");

  // Before the guard, which looks at cookies.
  await app.register(fastifyCookie);
  const signIns = createSignIns({
    ...deps,
    onError: (err) => logger.warn({ err }, "a session's use could not be noted"),
  });
  const { identifyQuietly, byToken } = guard(app, deps, signIns);
  const ui = webApp(config.ui, deps.random);
  answerProblems(app, deps, { methods, ui });
  await describeRoutes(app, { version: deps.version, publicUrl: config.publicUrl });
  await ui?.serve(app);

  const accounts = {
    signIns,
    passwords: createPasswords({
      random: deps.random,
      ...(config.passwordCost ? { cost: config.passwordCost } : {}),
    }),
    throttle: createLoginThrottle(clock),
    byToken,
    onMade: () => void door?.look(),
  };
  const onDoorError = (err: unknown) => logger.warn({ err }, "whether anybody has an account could not be looked up");
  let door: Door | null = null;
  const routeDeps: RouteDeps = { ...deps, streams, accounts };
  healthRoutes(declareOn(app), { ...routeDeps, identifyQuietly });
  pageRoutes(app, ui);
  await app.register(
    (scope, _, done) => {
      const route = declareOn(scope);
      const groups = [jobRoutes, scheduleRoutes, runRoutes, outputRoutes, nodeRoutes, schedulerRoutes, statsRoutes];
      for (const declare of [...groups, eventRoutes, authRoutes, userRoutes, accessRoutes]) declare(route, routeDeps);
      let text: string | null = null;
      scope.get("/openapi.json", { schema: { hide: true }, config: { access: "public" } }, (_, reply) => {
        text ??= openApiText(app);
        return reply.type("application/json; charset=utf-8").send(text);
      });
      done();
    },
    { prefix: "/api/v1" },
  );

  const { cluster } = deps;
  if (cluster)
    await app.register(
      (scope, _, done) => {
        internalRoutes(scope, deps, cluster);
        done();
      },
      { prefix: internalPrefix },
    );

  let closing: Promise<void> | null = null;
  return {
    app,
    async listen() {
      const { host, port } = config;
      checkListenAddress({ host, tls: config.tls !== null, insecure: config.insecure });
      const onOpen = () => logger.info({ host }, "there is an account: other machines are answered from here on");
      door = await watchDoor(app.server, { ...deps, host, onOpen, onError: onDoorError });
      if (!door.isOpen())
        logger.warn(
          { host },
          "nobody has an account yet, so only this machine is answered: make the first through the set-up link, with " +
            "distcron user create on this machine, or by DISTCRON_ADMIN_PASSWORD_FILE",
        );
      try {
        await app.listen({ host, port });
      } catch (err) {
        throw listenFailure(err, host, port);
      }
      const address = app.server.address();
      const bound = typeof address === "object" && address ? address.port : port;
      logger.info({ host, port: bound, tls: config.tls !== null }, "the API listens");
      return { url: localUrl({ host, port: bound, tls: config.tls !== null }), port: bound };
    },
    streams: () => streams.count(),
    close() {
      closing ??= (async () => {
        streams.close();
        const stop = clock.after(closeWithinMs, () => app.server.closeAllConnections());
        try {
          await app.close();
        } finally {
          stop();
        }
      })();
      return closing;
    },
  };
}

/** Every error, unknown addresses too, as one problem document; but the web app has pages at addresses of its own. */
function answerProblems(
  app: FastifyInstance,
  { logger }: ApiDeps,
  { methods, ui }: { methods(url: string): string[]; ui: WebApp | null },
) {
  app.setErrorHandler((err, request, reply) => {
    const { status, headers, body, unexpected } = toProblem(err, request.id, wordsFor(request));
    if (unexpected) logger.error({ err, requestId: request.id, route: request.routeOptions.url }, "a request failed");
    reply.code(status).headers(headers).type(problemJson);
    // Past the serializers of the route's own answer, and for HEAD without a body.
    return reply.serializer((data: unknown) => JSON.stringify(data)).send(body);
  });
  app.setNotFoundHandler((request, reply) => {
    if (ui?.isPage(request)) return ui.show(reply);
    const allowed = methods(request.url);
    const asked = `${request.method} ${request.url.split("?")[0]}`;
    if (allowed.length > 0)
      throw new HttpProblem(405, "method_not_allowed", `${asked}: this address takes ${allowed.join(", ")}`, {
        headers: { allow: allowed.join(", ") },
      });
    throw new HttpProblem(404, "not_found", `${asked}: there is no such address; /docs lists them`);
  });
}

/** What Node refuses before there is a request: unreadable or oversized headers, or none in time. */
function refuseUnreadable(err: Error & { code?: string }, socket: Socket, requestId: string) {
  if (err.code === "ECONNRESET" || socket.destroyed || !socket.writable) return void socket.destroy();
  const [status, code, words] =
    err.code === "HPE_HEADER_OVERFLOW"
      ? [431, "headers_too_large", "the request's headers are larger than 16 KiB"]
      : err.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? [408, "request_timeout", "the request didn't arrive in time"]
        : [400, "unreadable", "this is not a readable HTTP request"];
  const { body } = toProblem(new HttpProblem(Number(status), String(code), String(words)), requestId);
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${status} ${body.title}\r\ncontent-type: application/problem+json\r\nconnection: close\r\n` +
      `content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
}
