// Every sentence that the server makes for people has its Chinese. They are read out of the sources, so a new one without
// turns this red.
import { expect, test } from "vitest";
import { inChinese, sentences } from "../../../src/api/zh/sentences.ts";
import { hole, type Sentence, sentencesOfServer } from "../../support/server-sentences.ts";

/** The same in every language, where the English says it otherwise. */
const international = new Set(["DistCron", "ID", "HTTP", "TLS", "IANA", "API", "shell", "crontab"]);

/** Words that only English has. */
const left = /\b(a|an|the|of|or|with|and|to|such|as|from|is|isn't|was|it|its)\b/;

const found = sentencesOfServer();

/** Holes filled with words that are no sentence. */
function filled({ text }: Sentence): { text: string; data: string[] } {
  const data: string[] = [];
  // What is said after something else has something before it.
  const whole = `${text.startsWith("; ") ? hole : ""}${text}`.replaceAll(hole, () => {
    data.push(`X${data.length + 1}`);
    return data.at(-1) as string;
  });
  return { text: whole, data };
}

test("all of them are found", () => {
  const texts = found.map(({ text }) => text);
  expect(texts.length).toBeGreaterThan(200);
});

test("each has its Chinese, with all of its data", () => {
  const missing = found.flatMap((sentence) => {
    const { text, data } = filled(sentence);
    const chinese = inChinese(text) ?? inChinese(`expected ${text}, got X9`);
    if (chinese === null || left.test(chinese.replaceAll(/`\w+`/g, ""))) return [`${sentence.at}: ${text}: ${chinese}`];
    const lost = data.filter((each) => !chinese.includes(each));
    return lost.length ? [`${sentence.at}: ${text}: ${chinese} without ${lost.join(", ")}`] : [];
  });
  expect(missing).toEqual([]);
});

test("what the Chinese keeps of the English are names and examples, and its data is the same", () => {
  const wrong = Object.entries(sentences).filter(([english, chinese]) => {
    const holesOf = (text: string) => [...text.matchAll(/\{\w+\*?\}/g)].map(([hole]) => hole).sort();
    const words = chinese.replaceAll(/\{\w+\*?\}/g, "").match(/[A-Za-z][\w.:/-]*/g) ?? [];
    const kept = words.every((word) => english.includes(word) || international.has(word));
    return !kept || holesOf(english).join() !== holesOf(chinese).join() || !/[\u4e00-\u9fff“#%(@-]/.test(chinese);
  });
  expect(wrong).toEqual([]);
});

test("a sentence within a sentence is turned too, and what comes from elsewhere stays as it is", () => {
  const said = (text: string) => inChinese(text);
  expect(
    said(
      "not started within its startDeadline; it waited: an earlier run of the same job waits for a node that has room",
    ),
  ).toBe("未在 startDeadline 之内开始;当时在等待:同一任务更早的执行正在等待有余量的执行节点");
  expect(said("no eligible node: wants node web-1 and labels a=b,c=d and executor cmd; eligible nodes: n1, n2")).toBe(
    "没有合适的执行节点:要求执行节点 web-1,以及标签 a=b,c=d,以及执行方式 cmd;可用的执行节点:n1, n2",
  );
  expect(said("GET http://127.0.0.1:1/x: nothing listens there (connection refused) (ECONNREFUSED)")).toBe(
    "请求 GET http://127.0.0.1:1/x 失败:该地址无服务监听(连接被拒绝)(ECONNREFUSED)",
  );
  expect(said("GET http://a/: Parse Error: Expected HTTP/")).toBe(
    "请求 GET http://a/ 失败:Parse Error: Expected HTTP/",
  );
  expect(said("exit code 127 (command not found), expected 0 or 3")).toBe("退出码 127(找不到命令),应为 0 或 3");
  expect(said("schedule: @manual beside other patterns; expected it to stand alone")).toBe("@manual 只能单独使用");
  expect(said("scheduling was paused by user:ann: the disks are swapped")).toBe(
    "调度已由 user:ann 暂停:the disks are swapped",
  );
  expect(said("a words of nobody here")).toBeNull();
});

test("texts that were made for it take no time either", () => {
  const began = performance.now();
  for (const piece of [
    "a: ",
    "run a of the same job is at (b in c) had: ",
    'schedule "a": b "c": d; ',
    "; it waited: ",
  ])
    for (let i = 0; i < 25; i++) inChinese(`${i} ${piece.repeat(4000 / piece.length)}`);
  // One of them alone took seconds while patterns were regular expressions.
  expect(performance.now() - began).toBeLessThan(5000);
});
