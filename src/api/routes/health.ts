// Outside the prefix: whether it lives, whether it works, its metrics, and a page that says what this is.

import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { RouteDeps } from "../deps.ts";
import { HttpProblem } from "../errors.ts";
import type { Declare } from "../route.ts";
import { isLoopback } from "../same-site.ts";

const group = "health";
const Alive = z.object({ status: z.literal("alive") });
const Ready = z.object({
  ready: z.boolean(),
  components: z.array(z.object({ name: z.string(), ready: z.boolean(), detail: z.string().optional() })),
});

/**
 * Whether a request comes from this machine itself: then /metrics asks for no token. What a proxy here passes on comes
 * from anywhere; proxies say so in a header, or keep the public name.
 */
export function isLocal({ socket, headers }: Pick<FastifyRequest, "socket" | "headers">): boolean {
  if (headers["x-forwarded-for"] !== undefined || headers.forwarded !== undefined) return false;
  const name = URL.canParse(`http://${headers.host}`) ? new URL(`http://${headers.host}`).hostname : "";
  return isLoopback(socket.remoteAddress ?? "") && isLoopback(name);
}

export function healthRoutes(
  route: Declare,
  deps: RouteDeps & { identifyQuietly(request: FastifyRequest): Promise<boolean> },
): void {
  for (const url of ["/livez", "/healthz"])
    route({
      at: `GET ${url}`,
      access: "public",
      about: "The process turns; asks nothing of what it depends on",
      group,
      answer: [200, Alive],
      handler: () => ({ status: "alive" as const }),
    });

  route({
    at: "GET /readyz",
    access: "public",
    about: "Whether it does its work; 503 names the components that don't. Details only with a token",
    group,
    answer: [200, Ready],
    async handler({ request }) {
      const { ready, components } = await deps.readiness();
      const known = await deps.identifyQuietly(request);
      const shown = components.map(({ name, ready, detail }) =>
        known && detail ? { name, ready, detail } : { name, ready },
      );
      if (ready) return { ready, components: shown };
      const waiting = shown
        .filter((each) => !each.ready)
        .map((each) => ("detail" in each ? `${each.name} (${each.detail})` : each.name));
      throw new HttpProblem(503, "not_ready", `not ready: ${waiting.join(", ") || "starting"}`, {
        more: { ready, components: shown },
      });
    },
  });

  route({
    at: "GET /metrics",
    access: "metrics",
    about: "Metrics in Prometheus's text format; without a token from this machine itself",
    group,
    answer: [200, null],
    produces: ["text/plain"],
    async handler({ reply }) {
      const { contentType, body } = await deps.metrics.scrape();
      return reply.type(contentType).send(body);
    },
  });
}
