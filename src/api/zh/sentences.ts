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
  expression: RegExp;
  names: string[];
  chinese: string;
}

const hole = /\{(\w+)(\*?)\}/g;
const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Where a sentence goes on: data doesn't reach over that. */
const seams = ", got |; (?:expected|it waited:|its retry|processes withstood|still there|the command was|whether the) ";
const data = `((?:(?!${seams})[\\s\\S])+?)`;

function compile([english, chinese]: [string, string]): Pattern {
  const holes = [...english.matchAll(hole)];
  const names = holes.map(([, name, nested]) => `${name}${nested}`);
  const parts = english.split(/\{\w+\*?\}/).map(literal);
  const source = parts.reduce((before, part, i) => `${before}${holes[i - 1]?.[2] ? "([\\s\\S]+?)" : data}${part}`);
  return { expression: new RegExp(`^${source}$`), names, chinese };
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

function matched(text: string, list: Pattern[]): string | null {
  for (const { expression, names, chinese } of list) {
    const match = expression.exec(text);
    if (!match) continue;
    const values = new Map(names.map((name, i) => [name, match[i + 1] as string]));
    return chinese.replace(hole, (_, name: string) => values.get(name) ?? inner(values.get(`${name}*`) ?? ""));
  }
  return null;
}

/** A sentence within another, or a word that has its Chinese: what isn't one of ours stays as it is. */
function inner(text: string): string {
  if (/^\d+( or \d+)+$/.test(text)) return text.replaceAll(" or ", " 或 ");
  return words[text] ?? inChinese(text) ?? text;
}

/** Of a person's own words only what the server has put there in a person's stead. */
export const inTheirStead = (text: string): string =>
  (/^disabled itself after \d+ failures/.test(text) ? inChinese(text) : null) ?? text;

/** null: it is none of ours. */
export function inChinese(text: string): string | null {
  const whole = matched(text, patterns);
  if (whole !== null) return whole;
  const problem = problemInChinese(text);
  if (problem !== text) return problem;
  // Several, a line each; "… (A_CODE)"; "GET http://…: why it failed"; "path: what is wrong there".
  if (text.includes("\n")) {
    const lines = text.split("\n").map(inChinese);
    return lines.every((line) => line !== null) ? lines.join("\n") : null;
  }
  const coded = /^([\s\S]+) \(([A-Z][A-Z\d_]+)\)$/.exec(text);
  const uncoded = coded && inChinese(coded[1] as string);
  if (uncoded) return `${uncoded}(${coded[2]})`;
  const request = /^([A-Z]+\d* \S+): ([\s\S]+)$/.exec(text);
  if (request) return `请求 ${request[1]} 失败:${inner(request[2] as string)}`;
  const at = /^([\w@-]+(?:\[\d+\]|\.[\w@-]+)*): ([\s\S]+)$/.exec(text);
  const there = at && inChinese(at[2] as string);
  return there ? `${at[1]}:${there}` : null;
}
