// What a schedule means: its ticks, and why there was a run or none.
import { z } from "zod";
import { whyAt } from "../../schedule/why.ts";
import { CountQuery, PreviewAnswer, PreviewBody, WhyAnswer, WhyQuery } from "../contract/schedules.ts";
import type { RouteDeps } from "../deps.ts";
import { HttpProblem } from "../errors.ts";
import { createJobLook } from "../job-look.ts";
import { wordsFor } from "../language.ts";
import { iso, presentRun } from "../present.ts";
import { type Declare, param } from "../route.ts";

const group = "schedules";
const named = z.object({ job: param });

export function scheduleRoutes(route: Declare, deps: RouteDeps): void {
  const { store, clock, preview, timetable, config } = deps;
  const look = createJobLook(deps);

  route({
    at: "POST /schedules/preview",
    access: "viewer",
    about: "The next ticks of a schedule, in words too",
    group,
    body: PreviewBody,
    answer: [200, PreviewAnswer],
    async handler({ body, request }) {
      const { schedule, count } = body;
      const { language } = wordsFor(request);
      const timezone = body.timezone ?? config.timezone;
      return explained(schedule, () =>
        preview({
          schedule,
          timezone,
          count,
          from: body.from ?? clock.now(),
          startAtMs: body.startAt ?? null,
          endAtMs: body.endAt ?? null,
          language,
        }),
      );
    },
  });

  route({
    at: "GET /jobs/:job/next",
    access: "viewer",
    about: "A job's next ticks; none while it is disabled",
    group,
    params: named,
    query: CountQuery,
    answer: [200, PreviewAnswer],
    async handler({ params, query, request }) {
      const job = await look.find(params.job);
      const { schedule, timezone, startAtMs, endAtMs } = job.effective;
      const words = wordsFor(request);
      const when = { from: clock.now(), count: query.count };
      const found = preview({ schedule, timezone, startAtMs, endAtMs, ...when, language: words.language });
      if (job.enabled && job.deletedAt === null) return found;
      const state = job.deletedAt === null ? "disabled" : "deleted";
      return {
        ...found,
        ticks: [],
        warnings: [words.say(`the job is ${state}: nothing is planned`), ...found.warnings],
      };
    },
  });

  route({
    at: "GET /jobs/:job/why",
    access: "viewer",
    about: "The run of an instant, or the rule that made none",
    group,
    params: named,
    query: WhyQuery,
    answer: [200, WhyAnswer],
    async handler({ params, query, request }) {
      const words = wordsFor(request);
      const job = await look.find(params.job);
      const { at, run, rule } = await whyAt({ store, timetable, now: clock.now() }, job, query.at ?? null);
      return {
        at: iso(at),
        run: run && presentRun(run, words),
        rule: rule && { code: rule.code, message: words.say(rule.message) },
      };
    },
  });
}

/** A schedule's error with the field that it is about, as a caller sent it. */
function explained<T>(schedule: string | string[], look: () => T): T {
  try {
    return look();
  } catch (err) {
    const { code, index, field, message } = err as { code?: string; index?: number; field?: string; message: string };
    if (code !== "invalid_schedule") throw err;
    const path = field === "timezone" ? "timezone" : Array.isArray(schedule) ? `schedule[${index ?? 0}]` : "schedule";
    throw new HttpProblem(422, code, message, { errors: [{ path, message }] });
  }
}
