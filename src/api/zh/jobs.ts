// Jobs: what may not be meant in a document, what can't be done to one, and why there was no run at an instant.
export const jobSentences: Record<string, string> = {
  // ── warnings ──
  "maxReruns has no effect without onNodeLoss: rerun": "没有 onNodeLoss: rerun 时,maxReruns 不起作用",
  "retry has no effect: its limit is 0; write retry.limit": "retry 不起作用:其次数为 0;请设置 retry.limit",
  "notify has no effect: it names no channels": "notify 不起作用:未指定渠道",
  "cmd: a list is executed as it is, so the program is {program}; write a text for the shell":
    "cmd:列表按原样执行,因此程序为 {program};要交给 shell,请写成文本",
  "http: {{{name}}} is not filled in; known: {known}": "http:{{{name}}} 不会被填入;可用的有:{known}",
  "endAt has passed: nothing will be due": "endAt 已过,不会再触发",
  "@at {instant} has passed: it will not be due": "@at {instant} 已过,不会触发",
  "@at {instant} is outside startAt and endAt: it will not be due": "@at {instant} 在 startAt 与 endAt 之外,不会触发",
  "the job hasn't the tag {tag}: a later prune won't find it": "任务没有标签 {tag}:之后的清理找不到它",
  "runs of the old version go on: {runs}": "旧版本的执行仍在继续:{runs}",
  "the job is disabled: nothing is planned": "任务已停用:不会计划任何执行",
  "the job is deleted: nothing is planned": "任务已删除:不会计划任何执行",
  "disabled itself after {count} failures in a row (pauseAfter {most})":
    "连续失败 {count} 次后自动停用(pauseAfter {most})",

  // ── refusals ──
  "there is no job {job}": "没有任务 {job}",
  "no job has the id or name {job}": "没有 ID 或名称为 {job} 的任务",
  "job {job} doesn't exist (any more); it was not changed": "任务 {job} 不存在(或已被删除),未作修改",
  "job {job} is gone": "任务 {job} 已不存在",
  "job {job} has no version {version}; it is at version {current}":
    "任务 {job} 没有版本 {version};当前为版本 {current}",
  "job {job} is at version {current}, not {version}: read it again and change that":
    "任务 {job} 当前为版本 {current},而非 {version}:请重新读取后再修改",
  'job "{job}" is at version {current}, not {version}: read it again before you change it':
    "任务“{job}”当前为版本 {current},而非 {version}:请重新读取后再修改",
  'there is a job named "{name}" already; choose another name or change that job':
    "已有名为“{name}”的任务;请另选名称,或修改该任务",
  "expected an object with the keys to change (null removes a key)": "应为含有要修改的键的对象(null 表示删除该键)",
  "expected an instant in the future": "应为将来的时刻",
  "expected a tag: prune deletes only jobs with a tag, never all others":
    "应指定标签:清理只删除带有某标签的任务,绝不删除其他所有任务",
  "{name} stands twice, first in jobs[{index}]": "{name} 重复出现,首次出现在 jobs[{index}]",
  "there is no run {run}": "没有执行 {run}",
  "there is no run {run}, or several begin like that": "没有执行 {run},或有多个以此开头",
  "run {run} is {state*}; only a run that is over can be retried":
    "执行 {run} 的状态为“{state*}”;只有已结束的执行才能重试",
  "version {version} of job {job} is gone": "任务 {job} 的版本 {version} 已不存在",
  "body can only be given for an http job; {job} runs a command": "只有 HTTP 任务可以指定 body;{job} 执行的是命令",
  "there is no node {node}": "没有执行节点 {node}",
  "there is no node {node}; distcron node list shows the nodes":
    "没有执行节点 {node};distcron node list 可列出执行节点",
  "node {node} is live (session {session}); stop it before deleting it":
    "执行节点 {node} 在线(会话 {session});请先停止再移除",
  "expected either jobs or filter": "jobs 与 filter 应指定其一",
  "expected either runs or filter": "runs 与 filter 应指定其一",
  "expected at most {most} {what*} at a time, got {found}; narrow the filter":
    "一次最多 {most} 个{what*},实为 {found};请缩小筛选范围",
  "expected a filter that says something: all {what*} are never meant": "筛选条件不能为空:不允许对所有{what*}操作",

  // ── why there was no run ──
  "the job was created at {instant}": "任务创建于 {instant}",
  "the job was deleted at {instant}": "任务已于 {instant} 删除",
  "the job was deleted at {instant} by {actor}": "任务已于 {instant} 由 {actor} 删除",
  "it is due then by version {version}, and is planned shortly before":
    "按版本 {version} 届时将触发,会在此前不久作出计划",
  "it was due, but nothing has been planned since: is a scheduler leading?":
    "当时应触发,但此后没有任何计划:是否有主调度器?",
  "version {version} was due then, but the ledger holds nothing of it: retention deletes old runs":
    "版本 {version} 当时应触发,但账本中没有记录:旧的执行会按保留期删除",
  "the job has no schedule: it runs when somebody asks": "任务没有调度计划:仅在有人要求时执行",
  "version {version} ({schedule} in {zone}) has no tick at {instant}; nearest: {before*}, {after*}":
    "版本 {version}({schedule},{zone})在 {instant} 不触发;最近的触发:{before*}、{after*}",
  "version {version} ({schedule} in {zone}) was in force then and has no tick at {instant}; nearest: {before*}, {after*}":
    "当时生效的版本 {version}({schedule},{zone})在 {instant} 不触发;最近的触发:{before*}、{after*}",
  "none before": "此前没有",
  "none after": "此后没有",
  "version {version} ({schedule} in {zone}) starts at {instant} (startAt)":
    "版本 {version}({schedule},{zone})自 {instant} 起生效(startAt)",
  "version {version} ({schedule} in {zone}) ended at {instant} (endAt)":
    "版本 {version}({schedule},{zone})已于 {instant} 截止(endAt)",
  "the job was disabled since {instant} by {actor}": "任务自 {instant} 起由 {actor} 停用",
  "the job was disabled since {instant} by {actor}: {why}": "任务自 {instant} 起由 {actor} 停用:{why}",
  "the job was disabled since {instant} by {actor}: disabled itself after {count} failures in a row (pauseAfter {most})":
    "任务自 {instant} 起由 {actor} 停用:连续失败 {count} 次后自动停用(pauseAfter {most})",
};
