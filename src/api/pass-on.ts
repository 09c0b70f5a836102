// A scheduler that doesn't lead passes what only the leader can do on to it, and answers what the leader answers. It has
// found out who asks, and says so under the cluster's token; a request is passed on once at most.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { SchedulerView } from "../coordinator/coordinator.ts";
import type { Identity } from "./access.ts";
import { createAskPeer, PeerError } from "./client/peer.ts";
import { assertIdentity, passedOnHeader, readIdentity } from "./cluster-auth.ts";
import type { ApiDeps, ClusterDeps } from "./deps.ts";
import { HttpProblem } from "./errors.ts";

/** Who leads is asked for this often at most. */
const lookMs = 1000;
/** Longer than an edit waits for what it changes. */
const answerWithinMs = 20_000;
const headersThere = ["accept", "accept-language", "content-type", "if-match", "user-agent"];
const headersBack = ["content-type", "etag", "location", "retry-after", "x-request-id"];

export interface PassOn {
  /** Who asked the standby that passed this request on; undefined: nobody did. Throws HttpProblem 401. */
  whoAsked(request: FastifyRequest): Identity | undefined;
}

export function createPassOn(app: FastifyInstance, deps: PassOnDeps, cluster: ClusterDeps): PassOn {
  const { clock, logger } = deps;
  const { ask = createAskPeer() } = cluster;
  const leader = createLeaderLook(deps);

  async function passOn(request: FastifyRequest, reply: FastifyReply) {
    const found = await leader.find();
    if (!found || found.id === deps.schedulerId || found.url === "")
      throw noLeader("no scheduler leads at the moment; try again shortly");
    const { method, url } = request;
    const headers: Record<string, string> = {
      "distcron-client": request.via,
      [passedOnHeader]: assertIdentity(cluster.token, { method, url }, request.who as Identity, clock.now()),
    };
    for (const name of headersThere) {
      const value = request.headers[name];
      if (typeof value === "string") headers[name] = value;
    }
    const body = request.body === undefined ? {} : { body: JSON.stringify(request.body) };
    try {
      const base = found.url.replace(/\/+$/, "");
      const answer = await ask({ url: base, path: url, method, headers, timeoutMs: answerWithinMs, ...body });
      if (answer.status === 503) leader.forget();
      for (const name of headersBack) {
        const value = answer.headers[name];
        if (value !== undefined) reply.header(name, value);
      }
      return reply
        .code(answer.status)
        .serializer((text: unknown) => text as string)
        .send(answer.body === "" ? undefined : answer.body);
    } catch (err) {
      if (!(err instanceof PeerError)) throw err;
      leader.forget();
      logger.warn({ err, leader: found.id }, "a request could not be passed on to the leader");
      if (err.code === "peer_unreachable") throw noLeader("the leader can't be reached from here; try again shortly");
      throw new HttpProblem(
        504,
        "leader_silent",
        "the leader got the request and has not answered: it may have been done; look before asking again",
      );
    }
  }

  // The body has been read by then, but not yet turned into what the handlers want.
  app.addHook("preValidation", async (request, reply) => {
    if (!request.routeOptions.config.forLeader || deps.term() !== null) return;
    if (request.headers[passedOnHeader] !== undefined)
      throw noLeader("this scheduler doesn't lead any more; try again shortly", "not_leader");
    return passOn(request, reply);
  });

  return {
    whoAsked(request) {
      const header = request.headers[passedOnHeader];
      if (header === undefined || !request.routeOptions.config.forLeader) return undefined;
      const who = readIdentity(cluster.token, request, String(header), clock.now());
      if (who) return who;
      logger.warn({ address: request.ip }, "a request that another scheduler is said to have passed on was refused");
      throw new HttpProblem(401, "unauthenticated", `${passedOnHeader} is not one that this cluster has made lately`);
    },
  };
}

type PassOnDeps = Pick<ApiDeps, "clock" | "logger" | "schedulers" | "schedulerId" | "term">;

const noLeader = (detail: string, code = "no_leader") =>
  new HttpProblem(503, code, detail, { headers: { "retry-after": "2" } });

function createLeaderLook({ clock, schedulers }: PassOnDeps) {
  let known: { at: number; leader: Promise<SchedulerView | undefined> } | null = null;
  return {
    find() {
      if (!known || clock.monotonic() - known.at >= lookMs) {
        const look = { at: clock.monotonic(), leader: schedulers().then((all) => all.find((each) => each.leader)) };
        // A look that failed isn't kept.
        look.leader.catch(() => known === look && forget());
        known = look;
      }
      return known.leader;
    },
    forget,
  };
  function forget() {
    known = null;
  }
}
