// How a route is declared: what it needs, takes and answers stand beside its handler, and from there go to the guard, to
// the checks and to the OpenAPI document alike.
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from "fastify";
import { z } from "zod";
import type { Access, Identity } from "./access.ts";
import { Problem } from "./contract/problem.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    access?: Access;
    /** Only the leader can do it: others pass it on. */
    forLeader?: boolean;
  }
  interface FastifyRequest {
    /** null on routes that ask for nothing and got nothing. */
    who: Identity | null;
    /** Through what the request came: the DistCron-Client header's first word, or api. */
    via: string;
  }
}

type Out<S> = S extends z.ZodType ? z.output<S> : undefined;

export interface Asked<P, Q, B> {
  params: Out<P>;
  query: Out<Q>;
  body: Out<B>;
  who: Identity;
  request: FastifyRequest;
  reply: FastifyReply;
}

export interface RouteSpec<P, Q, B> {
  /** "GET /jobs/:job" */
  at: string;
  access: Access;
  about: string;
  group: string;
  params?: P;
  query?: Q;
  body?: B;
  /** For the OpenAPI document; the handler reads them itself. */
  headers?: z.ZodObject;
  /** Only the leader can do it: a scheduler that doesn't lead passes it on. */
  forLeader?: true;
  /** Status and schema of the answer; null: no content, or not JSON. */
  answer: [status: number, schema: z.ZodType | null];
  /** Content types of answers that aren't JSON. */
  produces?: string[];
  bodyLimit?: number;
  handler(asked: Asked<P, Q, B>): unknown;
}

export const param = z.string().min(1).max(200);

export type Declare = <P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(spec: RouteSpec<P, Q, B>) => void;

const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: Problem } },
});

/** Answers the function that declares routes on `app`, below its prefix. */
export function declareOn(app: FastifyInstance): Declare {
  return (spec) => {
    const [method, url] = spec.at.split(" ") as [HTTPMethods, string];
    const [status, schema] = spec.answer;
    const isStream = spec.produces?.includes("text/event-stream") ?? false;
    const content = spec.produces?.map((type) => [type, { schema: z.string() }] as const);
    app.route({
      method,
      url,
      config: { access: spec.access, ...(spec.forLeader ? { forLeader: true } : {}) },
      exposeHeadRoute: method === "GET" && !isStream,
      ...(spec.bodyLimit ? { bodyLimit: spec.bodyLimit } : {}),
      schema: {
        summary: spec.about,
        tags: [spec.group],
        operationId: operationId(method, url),
        ...(spec.params ? { params: spec.params } : {}),
        // Every route refuses query parameters that it doesn't know.
        querystring: spec.query ?? z.strictObject({}),
        ...(spec.body ? { body: spec.body } : {}),
        ...(spec.headers ? { headers: spec.headers } : {}),
        security: spec.access === "public" ? [] : [{ bearer: [] }, { session: [] }],
        "x-access": spec.access,
        response: {
          [status]: content
            ? { description: "Success", content: Object.fromEntries(content) }
            : (schema ?? z.null().meta({ description: "No content" })),
          default: problem("A problem"),
        },
      } as object,
      async handler(request, reply) {
        reply.code(status);
        const { params, query, body } = request as unknown as Asked<never, never, never>;
        const answer = await spec.handler({
          params,
          query,
          body,
          who: request.who as Identity,
          request,
          reply,
        } as Parameters<typeof spec.handler>[0]);
        if (reply.sent || (reply as { raw: { headersSent: boolean } }).raw.headersSent) return reply;
        return answer ?? reply.send();
      },
    });
  };
}

/** get /api/v1/jobs/:job/next → getJobsJobNext */
function operationId(method: string, url: string): string {
  const words = url
    .split("/")
    .filter(Boolean)
    .map((word) => word.replace(/^:/, "").replace(/[^a-z0-9]/gi, ""));
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}
