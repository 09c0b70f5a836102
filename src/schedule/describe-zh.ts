// A schedule in Chinese: from the largest unit to the smallest, as the language has it. Field by field where no shorter
// form is sure to be right, as in describe.ts.
import { clocksOf } from "./clocks.ts";
import { type CronFields, isAny, monthNames, weekdayNames } from "./cron-fields.ts";
import type { ParsedPattern } from "./grammar.ts";

const weekdays = "周日 周一 周二 周三 周四 周五 周六 周日".split(" ");
const numerals = "一二三四五".split("");

export function describePatternZh(pattern: ParsedPattern): string {
  switch (pattern.kind) {
    case "manual":
      return "仅手动触发";
    case "every":
      return `每 ${formatEvery(pattern.everyMs)},自 1970-01-01T00:00:00Z 起计`;
    case "at":
      return `一次,于 ${new Date(pattern.atMs).toISOString()}`;
    case "cron":
      // Figures stand off from characters.
      return describeCron(pattern.fields).replace(/(\p{Script=Han})(\d)/gu, "$1 $2");
  }
}

const sizes: [ms: number, unit: string][] = [
  [86_400_000, "天"],
  [3_600_000, "小时"],
  [60_000, "分"],
  [1000, "秒"],
  [1, "毫秒"],
];

function formatEvery(ms: number): string {
  let rest = ms;
  const parts = sizes.flatMap(([size, unit]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count ? [`${count} ${unit}`] : [];
  });
  return parts.join(" ");
}

function describeCron(fields: CronFields): string {
  const clocks = clocksOf(fields);
  const month = isAny(fields.month) ? "" : describeMonths(fields.month);
  const days = describeDays(fields["day-of-month"], fields["day-of-week"], month === "");
  const when = clocks ? clocks.join("、") : describeTimes(fields);
  const onDays = month && days ? `${month}的${days}` : month || days;
  return [onDays || (clocks ? "每天" : ""), when].filter(Boolean).join(" ");
}

const stepOf = (field: string) => Number(/^[*?]\/(\d+)$/.exec(field)?.[1] ?? 0);
const repeats = (field: string) => isAny(field) || stepOf(field) > 0;

/** 9 点至 17 点,每 5 分钟 · 每小时第 5、35 分 · 每 30 秒 */
function describeTimes({ second, minute, hour }: CronFields): string {
  const onTheMinute = /^0+$/.test(second);
  const parts: string[] = [];
  if (!isAny(hour)) parts.push(stepOf(hour) ? `从 0 点起每 ${stepOf(hour)} 小时` : items(hour, (n) => `${n} 点`));
  const aboutMinutes = onTheMinute || !isAny(minute) || !repeats(second);
  if (aboutMinutes) parts.push(unit(minute, { name: "分钟", at: "分", size: 60, within: isAny(hour) ? "每小时" : "" }));
  if (!onTheMinute) parts.push(unit(second, { name: "秒", at: "秒", size: 60, within: aboutMinutes ? "" : "每分钟" }));
  return parts.join(",");
}

function unit(field: string, words: { name: string; at: string; size: number; within: string }): string {
  const { name, at, size, within } = words;
  const step = stepOf(field);
  if (isAny(field) || step === 1) return `每${name}`;
  if (step > 1) return `每 ${step} ${name}${size % step ? `(从第 0 ${at}重新开始)` : ""}`;
  return `${within}第 ${items(field, (n) => n)} ${at}`;
}

function items(field: string, word: (value: string) => string): string {
  const one = (value: string) => word(/^\d+$/.test(value) ? String(Number(value)) : value);
  return field
    .split(",")
    .map((item) => {
      const [body = "", step] = item.split("/");
      const [from = "", to] = body.split("-");
      const range = isAny(body) ? "全部" : to === undefined ? one(from) : `${one(from)}至${one(to)}`;
      return step === undefined ? range : `${range}中每隔 ${step}`;
    })
    .join("、");
}

function describeMonths(field: string): string {
  const step = stepOf(field);
  if (step) return `从 1 月起每 ${step} 个月`;
  return items(field, (value) => `${monthNames.indexOf(value as "JAN") + 1 || Number(value)} 月`);
}

function describeDays(date: string, weekday: string, everyMonth: boolean): string {
  const onDate = isAny(date) ? "" : describeDates(date, everyMonth ? "每月" : "");
  const onDay = isAny(weekday) ? "" : describeWeekdays(weekday.replace(/^\+/, ""), everyMonth ? "每月" : "");
  if (!onDate || !onDay) return onDate || onDay;
  return weekday.startsWith("+") ? `${onDate}且须为${onDay}` : `${onDate}或${onDay}(满足其一即可)`;
}

function describeDates(field: string, month: string): string {
  const step = stepOf(field);
  if (step) return `${month}从 1 日起每 ${step} 天`;
  const plain = field.split(",").filter((item) => /^[\d*?/-]+$/.test(item));
  const special = field.split(",").filter((item) => !plain.includes(item));
  const words = special.map((item) => {
    if (item === "L") return "最后一天";
    if (item === "LW") return "最后一个工作日(周一至周五)";
    return `最接近 ${Number.parseInt(item, 10)} 日的工作日(周一至周五)`;
  });
  const numbers = plain.length ? [`${items(plain.join(","), (n) => n)} 日`] : [];
  const text = [...numbers, ...words].join("、");
  return `${month}${/^\d/.test(text) && month ? " " : ""}${text}`;
}

function describeWeekdays(field: string, month: string): string {
  const step = stepOf(field);
  if (step) return `每周从周日起每 ${step} 天`;
  const word = (value: string) => weekdays[weekdayNames.indexOf(value as "SUN")] ?? weekdays[Number(value)] ?? value;
  return field
    .split(",")
    .map((item) => {
      const [base = "", nth] = item.split("#");
      const isLast = nth === "L" || (nth === undefined && /^[^*?/]*[\dA-Z]L$/.test(item));
      const day = items(nth === undefined && isLast ? base.slice(0, -1) : base, word);
      if (isLast) return `${month}最后一个${day}`;
      return nth === undefined ? day : `${month}第${numerals[Number(nth) - 1]}个${day}`;
    })
    .join("、");
}
