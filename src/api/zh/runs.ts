// What becomes of runs, and what they wait for.
export const runSentences: Record<string, string> = {
  // ── what a run waits for ──
  "an earlier run of the same job waits for a node that has room": "同一任务更早的执行正在等待有余量的执行节点",
  "{node} has as much work as it takes, and the job's runs that aren't over are there":
    "{node} 的工作量已满,而该任务尚未结束的执行都在其上",
  "every node it may run on has as much work as it takes ({node}, …)": "可用的执行节点工作量均已满({node} 等)",
  "no eligible node: wants {wants*}; eligible nodes: {nodes}": "没有合适的执行节点:要求{wants*};可用的执行节点:{nodes}",
  "no eligible node: wants {wants*}; no node is up": "没有合适的执行节点:要求{wants*};没有执行节点在线",
  "node {node} and {more*}": "执行节点 {node},以及{more*}",
  "labels {labels} and {more*}": "标签 {labels},以及{more*}",
  "executor {kind}": "执行方式 {kind}",
  "limit {key}: {max} running at most, all slots of the key are taken": "限额 {key}:最多同时执行 {max} 个,名额已用完",
  "run {run} of the same job was lost with its node, where it may go on until {until}":
    "同一任务的执行 {run} 随其执行节点失联,在那里可能持续到 {until}",
  "waits for run {run} of the same job, whose node takes no new work":
    "等待同一任务的执行 {run},其执行节点不再接收新工作",
  "waits for run {run} of the same job on {node}: they keep to one node at a time":
    "等待同一任务在 {node} 上的执行 {run}:它们同一时间只在一个节点上",
  "scheduling was paused by {by}: {why}": "调度已由 {by} 暂停:{why}",

  // ── why it did not start ──
  "the job was deleted before this run started": "任务在此执行开始之前已被删除",
  "the job was disabled before this run started": "任务在此执行开始之前已被停用",
  "the job was changed before this run started": "任务在此执行开始之前已被修改",
  "the job was changed (version {version}) before this run started, and its node gave it back late":
    "任务在此执行开始之前已被修改(版本 {version}),而其执行节点未及时交还",
  "the job was disabled while this run waited": "任务在此执行等待期间被停用",
  "nothing could run it within misfire.within of its tick": "自触发时刻起 misfire.within 之内没有执行节点能够执行",
  "not started within its startDeadline": "未在 startDeadline 之内开始",
  "not started within its startDeadline; run {run} was in its way": "未在 startDeadline 之内开始;执行 {run} 占用了它",
  "not started within startDeadline ({deadline}) of its due instant": "未在到期后的 startDeadline({deadline})之内开始",
  "not started within 60 s of its due instant, and misfire.policy is {policy}":
    "到期后 60 秒内未开始,且 misfire.policy 为 {policy}",
  "{why*}; it waited: {for*}": "{why*};当时在等待:{for*}",
  "due {age} before anything could run it; misfire.within is {within}":
    "到期 {age}后才有执行节点能够执行;misfire.within 为 {within}",
  "nothing could run it in time, and misfire.policy is {policy}": "未能及时执行,且 misfire.policy 为 {policy}",
  "nothing could run it in time, and misfire.policy is all (at most the newest {count})":
    "未能及时执行,且 misfire.policy 为 all(最多保留最新的 {count} 个)",
  "a newer tick started (run {run})": "更新的一次触发已经开始(执行 {run})",
  "a newer tick is made up for (run {run})": "改为补跑更新的一次触发(执行 {run})",
  "{count} ticks: {why*}": "{count} 次触发:{why*}",
  "run {run} of the same job was not over": "同一任务的执行 {run} 尚未结束",
  "run {run} of the same job was not over, and run {queued} waits already":
    "同一任务的执行 {run} 尚未结束,且执行 {queued} 已在等待",
  "replaced by run {run} of the same job": "已被同一任务的执行 {run} 取代",

  // ── cancelled ──
  "cancelled by {actor}": "由 {actor} 取消",
  "cancelled by a user": "由用户取消",
  "cancel requested by {actor}": "{actor} 已请求取消",
  "cancelled before it started": "在开始之前被取消",

  // ── lost with its node, or given back ──
  "its node went before it could start there": "其执行节点在它开始之前已离线",
  "node {node} was lost while the run was on it (session {session})": "执行期间,执行节点 {node} 失联(会话 {session})",
  "its node was lost while the run was on it (session {session})": "执行期间,其执行节点失联(会话 {session})",
  "node {node} ended the run without a verdict: {why*}": "执行节点 {node} 结束了该执行,但没有结论:{why*}",
  "its node ended the run without a verdict: {why*}": "其执行节点结束了该执行,但没有结论:{why*}",
  "the node's process ended while it ran": "执行期间,执行节点的进程结束了",
  "the node's process ended before the next attempt": "下一次尝试之前,执行节点的进程结束了",
  "the node was stopping": "执行节点正在停止",
  "the node is stopping": "执行节点正在停止",
  "the node stopped": "执行节点已停止",
  "ended because the node was stopping": "因执行节点正在停止而结束",
  "the node was cut off before the start": "执行节点在开始之前失去联系",
  "the node was cut off": "执行节点失去联系",
  "the node is draining": "执行节点正在排空",
  "its session is over": "其会话已结束",
  "the coordinator may have forgotten the claim": "协调器可能已丢失认领记录",
  "cut off right before the start": "即将开始时失去联系",
  "it was ended right before it was started": "即将开始时被结束",
  "the leader took it back": "主调度器已收回",
  "the leader gave the run to another node": "主调度器已将该执行交给另一执行节点",
  "it is not known whether the claim was granted": "无法得知认领是否成功",
  "the node failed to run it": "执行节点未能执行",
  "the node's spool can't be written: {why*}": "执行节点的缓存无法写入:{why*}",
  "fence {fence} isn't heard any more: expected {least} to {most}": "栅栏号 {fence} 已失效:应为 {least} 至 {most}",
  "the run was {state*} already: the first final state stays": "该执行已是“{state*}”:以最先的终态为准",
  "there is no such run": "没有这次执行",
  "{why*}; its retry was given up: {given*}": "{why*};已放弃重试:{given*}",
};
