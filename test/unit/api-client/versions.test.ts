// While a cluster is upgraded, nodes and schedulers of two versions speak to each other: what the older one says is
// understood, what it looks for is said, and what it doesn't know harms nobody. For what stands in etcd see the
// coordinator's
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import type { z } from "zod";
import { createHttpLink } from "../../../src/api/client/http-link.ts";
import { credentialOf, readIdentity } from "../../../src/api/cluster-auth.ts";
import {
  BeatAnswer,
  BeatRequest,
  EventsAnswer,
  EventsRequest,
  eventsBody,
  FormerSessionAnswer,
  JoinAnswer,
  JoinRequest,
  News,
} from "../../../src/api/internal-contract.ts";
import { systemClock } from "../../../src/clock.ts";
import { silentLog } from "../../../src/lib/log.ts";
import type { NodeEvent } from "../../../src/model/assignment.ts";
import { nodeInfo } from "../../support/agent-world.ts";
import { load } from "../../support/scene.ts";
import { fromLater, missing, type Said, said01 } from "../../support/wire/versions.ts";

const schemas: Record<string, z.ZodType> = {
  JoinRequest,
  JoinAnswer,
  FormerSessionAnswer,
  BeatRequest,
  BeatAnswer,
  EventsAnswer,
  News,
};
const names = Object.keys(said01.http);
const parse = (name: string, value: unknown) => schemas[name]?.parse(value);

it.each(names)("%s of version 0.1 is understood, all of it", (name) => {
  expect(parse(name, said01.http[name])).toEqual(said01.http[name]);
});

it.each(names)("%s of a later version is understood as far as it can be", (name) => {
  expect(parse(name, fromLater(said01.http[name]))).toMatchObject(said01.http[name] as object);
});

it("every event of version 0.1 is understood; of a later version, those that are known", () => {
  const now = EventsRequest.parse({ events: said01.events });
  expect(now.ignored).toBe(0);
  expect(eventsBody(now.events as NodeEvent[]).events).toEqual(said01.events);
  const later = [{ type: "felt-sorry", runId: "run-1" }, ...said01.events.map(fromLater)];
  const { events, ignored } = EventsRequest.parse({ events: later });
  expect(ignored).toBe(1);
  expect(events).toEqual(now.events);
});

it("news of a kind that only a later version knows are left out, and no other with them", () => {
  const { from, changes, events } = said01.http.News as { from: string; changes: Said[]; events: Said[] };
  const more = [{ type: "weather", state: "fine" }, ...events];
  const strange = { ...changes[0], to: "regretted" };
  const read = News.parse({ from, changes: [strange, ...changes], events: more });
  expect([read.changes, read.events]).toEqual([changes, events]);
});

it("a node says all that a scheduler of version 0.1 looks for", async () => {
  const said: Record<string, unknown>[] = [];
  const answers: Record<string, unknown> = { beat: said01.http.BeatAnswer, events: said01.http.EventsAnswer };
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    said.push(JSON.parse(Buffer.concat(pieces).toString()));
    const answer = answers[request.url?.split("/").at(-1) ?? ""] ?? said01.http.JoinAnswer;
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(fromLater(answer)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const link = createHttpLink({
    schedulers: async () => [url],
    clusterToken: "token",
    clock: systemClock,
    random: { next: () => 0 },
    log: silentLog,
  });
  onTestFinished(() => link.close());
  await link.register({ sessionId: "session-1", info: nodeInfo("web-1", 8), former: "session-0" });
  expect(await link.beat("session-1", load, false)).toEqual({ live: true, drain: false });
  const events = EventsRequest.parse({ events: said01.events }).events as NodeEvent[];
  await link.reports.send(events);
  const [join, beat, report] = said;
  expect(missing(said01.http.JoinRequest, join)).toEqual([]);
  expect(missing(said01.http.BeatRequest, beat)).toEqual([]);
  expect(missing({ events: said01.events }, report)).toEqual([]);
});

it("secrets made of the cluster's token are made as version 0.1 makes them", () => {
  expect(credentialOf("token", "session-1")).toBe(said01.secrets.credential);
  const asked = { method: "POST", url: "/api/v1/jobs/a/run" };
  const who = readIdentity("token", asked, said01.secrets.passedOn, 1000);
  expect(who).toMatchObject({ actor: "token:deploy", role: "operator" });
});
