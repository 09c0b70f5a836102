// The schedulers themselves: who leads, pausing all planning, and looking after the store.
import { z } from "zod";
import { type ConfigKey, isSecret, keys } from "../../config.ts";
import { EmptyBody } from "../contract/pieces.ts";
import {
  BackupAnswer,
  BackupBody,
  ConfigAnswer,
  IntegrityAnswer,
  PauseAnswer,
  PauseBody,
  SchedulersAnswer,
} from "../contract/scheduler.ts";
import type { RouteDeps } from "../deps.ts";
import { HttpProblem } from "../errors.ts";
import { languageOf } from "../language.ts";
import { iso, pauseNow, presentPause } from "../present.ts";
import type { Declare } from "../route.ts";
import { keysInChinese } from "../zh/config.ts";

const group = "scheduler";
const aboutKey = (key: ConfigKey, request: Parameters<typeof languageOf>[0]) =>
  languageOf(request) === "en" ? keys[key].about : keysInChinese[key];

export function schedulerRoutes(route: Declare, deps: RouteDeps): void {
  const { store, operations, clock, schedulers, schedulerId, inForce, parts } = deps;
  route({
    at: "GET /schedulers",
    access: "viewer",
    about: "Schedulers that are up, and which one leads",
    group,
    answer: [200, SchedulersAnswer],
    async handler() {
      const now = clock.now();
      const [members, last, oldest, pause] = await Promise.all([
        schedulers(),
        store.lastTerm(),
        store.oldestUnassignedDue(),
        store.getPause(),
      ]);
      // One that was just elected leads as soon as it has taken its term.
      const leads = last !== null && members.some(({ id, leader }) => leader && id === last.holder);
      return {
        items: members.map(({ id, url, version, startedAt, leader }) => {
          const self = id === schedulerId;
          return { id, url, version, startedAt: iso(startedAt), leader, self };
        }),
        nextCursor: null,
        term: leads ? last.term : null,
        leadingSince: leads ? iso(last.takenAt) : null,
        lagMs: oldest === null ? 0 : Math.max(0, now - oldest),
        ...parts,
        paused: presentPause(pauseNow(pause, now)),
        now: iso(now),
      };
    },
  });

  route({
    at: "GET /config",
    access: "admin",
    about: "The configuration that this scheduler runs with, and where each value came from; secrets masked",
    group,
    answer: [200, ConfigAnswer],
    handler({ request }) {
      const items = inForce.map((row) => ({ ...row, secret: isSecret(row.key), about: aboutKey(row.key, request) }));
      return { scheduler: schedulerId, version: deps.version, items, nextCursor: null };
    },
  });

  route({
    at: "POST /scheduler/pause",
    access: "operator",
    about: "Plan nothing at all; ticks are recorded as skipped",
    forLeader: true,
    group,
    body: PauseBody,
    answer: [200, PauseAnswer],
    async handler({ body, who }) {
      const until = body.until ?? null;
      if (until !== null && until <= clock.now()) {
        const message = "expected an instant in the future";
        throw new HttpProblem(422, "invalid", `until: ${message}`, { errors: [{ path: "until", message }] });
      }
      return { paused: presentPause(await operations.pause({ reason: body.reason, until }, who.actor)) };
    },
  });

  route({
    at: "POST /scheduler/resume",
    access: "operator",
    about: "Plan again",
    forLeader: true,
    group,
    body: EmptyBody,
    answer: [200, PauseAnswer],
    async handler({ who }) {
      await operations.resume(who.actor);
      return { paused: null };
    },
  });

  route({
    at: "GET /scheduler/integrity",
    access: "admin",
    about: "Check the store; takes a while on a large one",
    group,
    answer: [200, IntegrityAnswer],
    handler: async () => ({ problems: await store.checkIntegrity() }),
  });

  route({
    at: "POST /scheduler/backup",
    access: "admin",
    about: "A consistent copy of the store in a file on the server's own machine; only with its local token",
    group,
    body: BackupBody,
    answer: [200, BackupAnswer],
    async handler({ body, who, request }) {
      // A path on the server means something only to someone who is there, and writing to one is theirs alone.
      if (who.kind !== "local")
        throw new HttpProblem(403, "local_only", "a backup is made on the server's own machine, with its local token");
      if (!z.string().startsWith("/").safeParse(body.file).success)
        throw new HttpProblem(422, "invalid", "file: expected an absolute path", {
          errors: [{ path: "file", message: `expected an absolute path, got ${JSON.stringify(body.file)}` }],
        });
      try {
        await store.backup(body.file);
      } catch (err) {
        const { code, message } = err as { code?: string; message: string };
        if (code === "store_unavailable") throw err;
        throw new HttpProblem(409, "backup_failed", message);
      }
      const target = { targetType: "scheduler", targetId: "scheduler", targetName: "scheduler" };
      const entry = { at: clock.now(), actor: who.actor, action: "scheduler.backup", via: request.via, before: null };
      await store.appendAudit([{ ...entry, ...target, after: { file: body.file } }]);
      return { file: body.file };
    },
  });
}
