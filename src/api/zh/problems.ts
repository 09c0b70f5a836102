// What is wrong with a job document, in Chinese. The messages are made in English where they are found, of few patterns;
// here each pattern has its counterpart. What has none stays English rather than becoming wrong.

const phrases: Record<string, string> = {
  nothing: "空",
  "a list": "列表",
  "an object": "对象",
  "an empty text": "空文本",
  "only blanks": "仅有空白",
  "an empty list": "空列表",
  "an empty object": "空对象",
  "a text": "文本",
  "a name": "名称",
  "a command": "命令",
  "a program": "程序",
  "true or false": "true 或 false",
  true: "true",
  "a text in quotes": "带引号的文本",
  "a program and its arguments": "程序及其参数",
  "a name of lower-case letters, digits, dots, dashes and underscores, 1 to 100 of them, such as clean-logs":
    "1 至 100 个小写字母、数字、点、连字符或下划线组成的名称,例如 clean-logs",
  "a command: a text for the shell, or a list to execute as it is": "命令:交给 shell 的文本,或按原样执行的列表",
  "a command: a text for the shell, a list to execute as it is, or an object with command":
    "命令:交给 shell 的文本、按原样执行的列表,或含有 command 的对象",
  "a job document: an object with name, schedule, and cmd or http":
    "任务文档:含有 name、schedule 以及 cmd 或 http 的对象",
  "the name of an environment variable": "环境变量的名称",
  "the name of an HTTP header": "HTTP 请求头的名称",
  "a user's name or number": "用户名或用户编号",
  "an absolute path of a shell": "shell 的绝对路径",
  "an absolute path of a folder": "目录的绝对路径",
  "a URL that begins with http:// or https://": "以 http:// 或 https:// 开头的 URL",
  "a URL, or an object with url": "URL,或含有 url 的对象",
  "a list of statuses": "状态码列表",
  "a regular expression": "正则表达式",
  "a label's name": "标签的名称",
  "a node's name or id": "执行节点的名称或 ID",
  "a key without blanks": "不含空白的键",
  "a tag without commas, 1 to 60 characters": "1 至 60 个字符、不含逗号的标签",
  "a list of tags": "标签列表",
  "a list of channels": "渠道列表",
  "a channel's name": "渠道的名称",
  "a partial job document": "不完整的任务文档",
  "plain JSON": "纯 JSON",
  "another kind of object": "另一种对象",
  "a number": "数",
  "a list of exit codes": "退出码列表",
  "an object with shell, cwd, env or user": "含有 shell、cwd、env 或 user 的对象",
  "an object with headers, expectStatus, followRedirects or insecureTls":
    "含有 headers、expectStatus、followRedirects 或 insecureTls 的对象",
  "an object with node, labels or every": "含有 node、labels 或 every 的对象",
};

type Rule = [pattern: RegExp, make: (...parts: string[]) => string];

/** Things: what was expected, and what came. */
const things: Rule[] = [
  [/^a whole number from (\S+) to (\S+)$/, (a, b) => `${a} 至 ${b} 的整数`],
  [/^a number from (\d+) to (\d+)$/, (a, b) => `${a} 至 ${b} 的数`],
  [/^a status from (\d+) to (\d+)$/, (a, b) => `${a} 至 ${b} 的状态码`],
  [/^the number (.+)$/, (value) => `数字 ${value}`],
  [/^(.+), or none$/, (what) => `${thing(what)},或 none`],
  [/^(.+), or a list of them$/, (what) => `${thing(what)},或其列表`],
  [/^(.+), or (an? .+)$/, (one, other) => `${thing(one)},或${thing(other)}`],
  [/^a duration such as (\S+) or (\S+)$/, (a, b) => `时长,例如 ${a} 或 ${b}`],
  [/^an instant with an offset such as (.+)$/, (example) => `带时区偏移的时刻,例如 ${example}`],
  [/^a (?:schedule|time zone) such as (.+)$/, (example) => `例如 ${example} 的写法`],
  [/^a status or a range such as (.+)$/, (example) => `状态码或范围,例如 ${example}`],
  [
    /^(?:an? (?:object|list|range)|a list of exit codes|a list of events|labels|names with texts,?) such as (.+)$/,
    (example) => `形如 ${example} 的值`,
  ],
  [
    /^(.+) \(in quotes: (.+), not (.+)\)$/,
    (what, yes, no) => `${thing(what.replace("value", "name")).replace("名称", "值")}(加引号:写 ${yes},不写 ${no})`,
  ],
  [/^(\w+(?:, \w+)*) or (\w+)$/, (words, last) => `${words.replaceAll(", ", "、")} 或 ${last}`],
  [
    /^an ISO 8601 instant with offset, such as (\S+) or (\S+)$/,
    (a, b) => `带时区偏移的 ISO 8601 时刻,例如 ${a} 或 ${b}`,
  ],
  [/^a (\w+)$/, (kind) => kind],
  [/^an IANA name such as (.+)$/, (example) => `IANA 名称,例如 ${example}`],
];

const sentences: Rule[] = [
  [/^expected at most (\d+) characters, got (\d+)$/, (most, got) => `最多 ${most} 个字符,实为:${got} 个`],
  [/^expected at most (\d+)(?: keys)?, got (\d+)$/, (most, got) => `最多 ${most} 项,实为:${got} 项`],
  [/^expected (\S+) to (\S+), got (\S+)$/, (a, b, got) => `应为 ${a} 至 ${b},实为:${got}`],
  [/^expected (.+), got (.+): a unit is missing$/s, (what, got) => `应为:${thing(what)},实为:${thing(got)}:缺少单位`],
  [/^expected (.+), got (.+), which looks like an id$/s, (what, got) => `应为:${thing(what)},实为:${got},看起来像 ID`],
  [/^expected either cmd or http, got both$/, () => "cmd 与 http 只能有其一,现在两者都有"],
  [/^expected a cmd .*, got neither$/, () => "应有 cmd(命令)或 http(请求),现在两者都没有"],
  [
    /^expected exactly one of (.+) and (\w+), got (.+)$/,
    (some, last, got) =>
      `${some.replaceAll(", ", "、")}、${last} 只能有其一,实为:${got === "none of them" ? "都没有" : got.replaceAll(" and ", "、")}`,
  ],
  [
    /^expected an instant after startAt \((.+)\), got (.+)$/,
    (start, got) => `应晚于 startAt(${start}),实为:${thing(got)}`,
  ],
  [
    /^expected at least retry\.delay \((.+)\), got (.+)$/,
    (delay, got) => `不应短于 retry.delay(${delay}),实为:${thing(got)}`,
  ],
  [/^expected (.+) without NUL characters$/, (what) => `${thing(what)}不能含有 NUL 字符`],
  [/^expected (.+?), got (".*"): (.+)$/s, (what, got, why) => `应为:${thing(what)},实为:${got}:${why}`],
  [/^expected (.+), got (.+?)$/s, (what, got) => `应为:${thing(what)},实为:${thing(got)}`],
  [/^expected a flatter document: .*$/, () => "文档嵌套过深"],
  [/^this key can't be used$/, () => "不能使用这个键"],
  [/^expected one line: .*$/, () => "只能是一行:请求头中不能有换行符与 NUL 字符"],
  [/^(.+) stands twice$/s, (what) => `${thing(what)} 重复出现`],
  [/^a (\w+) request has no body.*$/, (method) => `${method} 请求没有正文:请将 method 设为例如 POST,或去掉 body`],
  [/^(\S+) is refused: DISTCRON_ .*$/, (name) => `不能使用 ${name}:DISTCRON_ 变量由 DistCron 设置`],
  [/^(\S+) is set by DistCron itself$/, (name) => `${name} 由 DistCron 设置`],
  [
    /^unknown key(?: in (\S+?))?; did you mean (.+)\?$/,
    (where, near) => `${where ? `${where} 中` : ""}没有这个键,是否指 ${near}?`,
  ],
  [
    /^unknown key(?: in (\S+?))?; known keys: (.+)$/,
    (where, known) => `${where ? `${where} 中` : ""}没有这个键,可用的键:${known}`,
  ],
  [
    /^unknown key(?: in (\S+?))?; (\S+) belongs (.+)$/,
    (parent, key, where) =>
      `${parent ? `${parent} 中` : "此处"}没有这个键;${key} 应在${where
        .replaceAll(" or ", " 或 ")
        .replaceAll("at the top of the document", "文档顶层")
        .replaceAll(/inside (\S+)/g, " $1 中")}`,
  ],
];

function applied(text: string, rules: Rule[]): string | null {
  for (const [pattern, make] of rules) {
    const match = pattern.exec(text);
    if (match) return make(...match.slice(1));
  }
  return null;
}

const thing = (text: string): string => phrases[text] ?? applied(text, things) ?? text;

export const problemInChinese = (message: string): string => applied(message, sentences) ?? message;
