// The server's sentences in Chinese. They are made in English where they are found, and kept so in the ledger; what a
// caller asks for in Chinese is turned here, as it goes out. Each English pattern of a sentence has its Chinese beside it;
// what stands in braces is data and stays as it is, except {so*}, which is a sentence again. A test reads the sources for
// the sentences they make and finds each of them here.

import { accessSentences } from "./access.ts";
import { commandSentences } from "./commands.ts";
import { jobSentences } from "./jobs.ts";
import { problemInChinese } from "./problems.ts";
import { runSentences } from "./runs.ts";
import { scheduleSentences } from "./schedules.ts";
import { storeSentences } from "./stores.ts";

interface Pattern {
  /** What stands before, between and after the holes. */
  parts: string[];
  holes: { name: string; nested: boolean }[];
  chinese: string;
}

const hole = /\{(\w+)(\*?)\}/g;

function compile([english, chinese]: [string, string]): Pattern {
  const holes = [...english.matchAll(hole)].map(([, name = "", star]) => ({ name, nested: star === "*" }));
  return { parts: english.split(/\{\w+\*?\}/), holes, chinese };
}

/** Where a sentence goes on: data doesn't reach over that. */
const seams = [
  ", got ",
  "; expected ",
  "; it waited: ",
  "; its retry was ",
  "; processes withstood ",
  "; still there although ",
  "; the command was ",
  "; whether the command ",
];

/** What stands in the holes; null: it is another sentence. In time that grows with the text's length and no faster. */
function fillings(text: string, { parts, holes }: Pattern): string[] | null {
  const [first = "", ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return text === first ? [] : null;
  if (!text.startsWith(first) || !text.endsWith(last)) return null;
  const found: string[] = [];
  let at = first.length;
  for (const part of rest) {
    const next = text.indexOf(part, at + 1);
    if (next < 0) return null;
    found.push(text.slice(at, next));
    at = next + part.length;
  }
  if (at >= text.length - last.length) return null;
  found.push(text.slice(at, text.length - last.length));
  const reachesOver = found.some((value, i) => !holes[i]?.nested && seams.some((seam) => value.includes(seam)));
  return reachesOver ? null : found;
}

const fixedLength = (english: string) => english.replace(hole, "").length;

/** The most particular first, so that none hides behind a wider one. */
const patternsOf = (sentences: Record<string, string>) =>
  Object.entries(sentences)
    .sort(([a], [b]) => fixedLength(b) - fixedLength(a))
    .map(compile);

/** Words that stand within sentences. */
const words: Record<string, string> = {
  jobs: "任务",
  runs: "执行",
  more: "更多",
  viewer: "查看者",
  operator: "操作员",
  editor: "编辑者",
  admin: "管理员",
  planned: "已计划",
  assigned: "等待中",
  running: "执行中",
  succeeded: "成功",
  failed: "失败",
  timed_out: "超时",
  cancelled: "已取消",
  skipped: "已跳过",
  missed: "错过",
  lost: "失联",
  second: "秒",
  minute: "分",
  hour: "时",
  "day-of-month": "日",
  month: "月",
  "day-of-week": "星期",
};

/** English to Chinese. */
export const sentences: Record<string, string> = {
  ...runSentences,
  ...commandSentences,
  ...jobSentences,
  ...scheduleSentences,
  ...accessSentences,
  ...storeSentences,
};
const patterns = patternsOf(sentences);

function matched(text: string, deep: number): string | null {
  for (const pattern of patterns) {
    const found = fillings(text, pattern);
    if (!found) continue;
    const values = new Map(
      pattern.holes.map(({ name, nested }, i) => [nested ? `${name}*` : name, found[i] as string]),
    );
    return pattern.chinese.replace(
      hole,
      (_, name: string) => values.get(name) ?? inner(values.get(`${name}*`) ?? "", deep),
    );
  }
  return null;
}

/** A sentence within another, or a word that has its Chinese: what isn't one of ours stays as it is. */
function inner(text: string, deep: number): string {
  if (/^\d+( or \d+)+$/.test(text)) return text.replaceAll(" or ", " 或 ");
  return words[text] ?? turned(text, deep + 1) ?? text;
}

/** Of a person's own words only what the server has put there in a person's stead. */
export const inTheirStead = (text: string): string =>
  (/^disabled itself after \d+ failures/.test(text) ? inChinese(text) : null) ?? text;

/** Ours are shorter, and don't stand within one another any deeper: what does comes from elsewhere. */
const longest = 4000;
const deepest = 5;

/** null: it is none of ours. */
export function inChinese(text: string): string | null {
  // Several, a line each.
  if (!text.includes("\n")) return turned(text, 0);
  const lines = text.split("\n").map((line) => turned(line, 0));
  return lines.every((line) => line !== null) ? lines.join("\n") : turned(text, 0);
}

function turned(text: string, deep: number): string | null {
  if (text.length > longest || deep > deepest) return null;
  const whole = matched(text, deep);
  if (whole !== null) return whole;
  const problem = problemInChinese(text);
  if (problem !== text) return problem;
  // "… (A_CODE)"; "GET http://…: why it failed"; "path: what is wrong there".
  const coded = /^([\s\S]+) \(([A-Z][A-Z\d_]+)\)$/.exec(text);
  const uncoded = coded && turned(coded[1] as string, deep + 1);
  if (uncoded) return `${uncoded}(${coded[2]})`;
  const request = /^([A-Z]+\d* \S+): ([\s\S]+)$/.exec(text);
  if (request) return `请求 ${request[1]} 失败:${inner(request[2] as string, deep)}`;
  const at = /^([\w@-]+(?:\[\d+\]|\.[\w@-]+)*): ([\s\S]+)$/.exec(text);
  const there = at && turned(at[2] as string, deep + 1);
  return there ? `${at[1]}:${there}` : null;
}
