// What is allowed in a schedule and probably not meant: as values, and in the words of each language.
import type { Language } from "./describe.ts";

export type Note =
  | { kind: "end_passed"; at: string }
  | { kind: "end_before_start" }
  | { kind: "never_fires"; source: string }
  | { kind: "passed"; source: string }
  | { kind: "either_day"; source: string }
  | ({ kind: "gap" | "overlap" } & ClockChange)
  | { kind: "more"; count: number };

interface ClockChange {
  source: string;
  day: string;
  zone: string;
  /** Clock times before and after. */
  from: string;
  to: string;
  /** When it runs, in local time. */
  local: string;
}

const inEnglish = (note: Note): string => {
  switch (note.kind) {
    case "end_passed":
      return `endAt ${note.at} has passed: nothing will be due`;
    case "end_before_start":
      return "endAt is not after startAt: nothing will be due";
    case "never_fires":
      return `"${note.source}" never fires: no year has such a date; a job with it is refused`;
    case "passed":
      return `"${note.source}" has passed: it will not be due again`;
    case "either_day":
      return `"${note.source}" sets day-of-month and day-of-week: a day that matches either is due, as in crontab(5); write + before the weekday for days that match both`;
    case "gap":
      return `"${note.source}": on ${note.day} the clock in ${note.zone} goes forward from ${note.from} to ${note.to}, so a time of this schedule does not exist; it runs once at ${note.local}`;
    case "overlap":
      return `"${note.source}": on ${note.day} the clock in ${note.zone} goes back from ${note.from} to ${note.to}, so a time of this schedule occurs twice; it runs on the first pass only, at ${note.local}`;
    case "more":
      return `and ${note.count} more warnings`;
  }
};

const inChinese = (note: Note): string => {
  switch (note.kind) {
    case "end_passed":
      return `endAt ${note.at} 已过,不会再触发`;
    case "end_before_start":
      return "endAt 不晚于 startAt,不会触发";
    case "never_fires":
      return `“${note.source}”永远不会触发:任何年份都没有这样的日期,含有它的任务会被拒绝`;
    case "passed":
      return `“${note.source}”已过,不会再触发`;
    case "either_day":
      return `“${note.source}”同时设置了日期和星期:与 crontab(5) 一致,满足其一即触发;若须同时满足,请在星期前加 +`;
    case "gap":
      return `“${note.source}”:${note.day} ${note.zone} 的时钟由 ${note.from} 拨快到 ${note.to}(夏令时),计划中的时间不存在;将于 ${note.local} 执行一次`;
    case "overlap":
      return `“${note.source}”:${note.day} ${note.zone} 的时钟由 ${note.from} 拨回到 ${note.to}(夏令时),计划中的时间出现两次;仅在第一次即 ${note.local} 执行`;
    case "more":
      return `以及另外 ${note.count} 条提示`;
  }
};

export const noteWords: Record<Language, (note: Note) => string> = { en: inEnglish, "zh-CN": inChinese };
