// How commands and requests end.
export const commandSentences: Record<string, string> = {
  "still running after its timeout of {ms} ms": "超时({ms} 毫秒)后仍在执行",
  "exit code {code}": "退出码 {code}",
  "exit code {code} (command not found)": "退出码 {code}(找不到命令)",
  "exit code {code} (not executable)": "退出码 {code}(不可执行)",
  "exit code {code} (as after {signal})": "退出码 {code}(如同 {signal} 之后)",
  "exit code {code}, expected {codes*}": "退出码 {code},应为 {codes*}",
  "exit code {code} (command not found), expected {codes*}": "退出码 {code}(找不到命令),应为 {codes*}",
  "exit code {code} (not executable), expected {codes*}": "退出码 {code}(不可执行),应为 {codes*}",
  "exit code {code} (as after {signal}), expected {codes*}": "退出码 {code}(如同 {signal} 之后),应为 {codes*}",
  "ended by {signal}": "被 {signal} 结束",
  "ended by {signal} (by somebody else, or by the kernel for want of memory)":
    "被 {signal} 结束(由他人发出,或内核因内存不足发出)",
  "ended by {signal} (a crash)": "被 {signal} 结束(程序崩溃)",
  "{count} process that the command had left running ended by force": "命令遗留的 {count} 个进程已被强制结束",
  "{count} processes that the command had left running ended by force": "命令遗留的 {count} 个进程已被强制结束",
  "processes withstood SIGKILL for {seconds} s (uninterruptible, as on a hung disk)":
    "有进程在 SIGKILL 后 {seconds} 秒内未结束(不可中断,例如磁盘无响应)",
  "{what*}; processes withstood SIGKILL for {seconds} s (uninterruptible, as on a hung disk)":
    "{what*};有进程在 SIGKILL 后 {seconds} 秒内未结束(不可中断,例如磁盘无响应)",
  "ended because its node had lost touch and could no longer be trusted with it":
    "其执行节点失去联系,不再可靠,因而结束",
  "{what*}; the command was ended with it": "{what*};命令随之结束",
  "{what*}; whether the command had begun is unknown": "{what*};命令是否已经开始无从得知",
  "{what*}; still there although killed: pid {pids}": "{what*};强制结束后仍然存在:进程 {pids}",
  "the warden (pid {pid}) ended unexpectedly ({how})": "看护进程(进程 {pid})意外结束({how})",
  "the warden (pid {pid}) was given up: {why*}": "看护进程(进程 {pid})已被放弃:{why*}",
  "it spoke nonsense": "其消息无法理解",
  "it was silent for {seconds} s": "已静默 {seconds} 秒",
  "it did not close in time": "未及时关闭",
  "it was ended before it could be started": "在启动之前被结束",
  "no warden could be started within {seconds} s to run the command; see the node's log":
    "{seconds} 秒内未能启动看护进程来执行命令;请查看执行节点的日志",
  "the node may no longer start it: its session's trust has ended": "执行节点不可再启动它:其会话已不再可靠",
  "this node has no executor for {kind} jobs": "此执行节点没有 {kind} 任务的执行方式",

  // ── commands that can't be started ──
  "the command is empty; expected a program and its arguments": "命令为空;应为程序及其参数",
  "the working directory {cwd} doesn't exist or isn't a directory": "工作目录 {cwd} 不存在或不是目录",
  "the interpreter that {program} names in its first line doesn't exist": "{program} 首行指定的解释器不存在",
  "the node's user may not run {program} in {cwd} (permission denied)":
    "执行节点的用户无权在 {cwd} 中执行 {program}(权限不足)",
  "the command's arguments and environment are too long for the system (E2BIG)":
    "命令的参数与环境变量超出系统限制(E2BIG)",
  "the machine has no resources left for another process ({code}); look at its limits and load":
    "机器已没有资源启动新进程({code});请检查其限制与负载",
  "{program} doesn't exist or isn't executable": "{program} 不存在或不可执行",
  'there is no program "{program}" in PATH ({path})': "PATH({path})中没有程序“{program}”",
  'running as another user needs setpriv (package util-linux), which is not on node "{node}"':
    "以其他用户执行需要 setpriv(util-linux 软件包),执行节点“{node}”上没有",
  'user "{user}" isn\'t allowed on node "{node}"; allowed: {users} (node.cmd.users)':
    "执行节点“{node}”不允许用户“{user}”;允许的用户:{users}(node.cmd.users)",
  'there is no user "{user}" on node "{node}"': "执行节点“{node}”上没有用户“{user}”",
  'node "{node}" runs as {own} and can\'t run commands as "{user}"; only a node run by root can':
    "执行节点“{node}”以 {own} 身份运行,无法以“{user}”执行命令;只有以 root 运行的执行节点可以",
  'expected getent to tell of user "{user}", it failed: {why}': "getent 未能查到用户“{user}”:{why}",

  // ── requests ──
  "answered {answer}, expected {ranges}": "返回 {answer},应为 {ranges}",
  "the answer's body doesn't match {expression}": "返回的正文与 {expression} 不匹配",
  "the answer's body doesn't match {expression} (it is empty)": "返回的正文与 {expression} 不匹配(正文为空)",
  "matching the answer's body against {expression} took more than {ms} ms; simplify the expression":
    "用 {expression} 匹配返回的正文超过 {ms} 毫秒;请简化表达式",
  "{expression} is no regular expression: {why}": "{expression} 不是正则表达式:{why}",
  '"{url}" is no http or https URL once its values are filled in': "填入变量后,“{url}”不是 http 或 https 的 URL",
  "{method} {url} could not be sent: {why}": "请求 {method} {url} 未能发出:{why}",
  "the node's thread of HTTP jobs died ({why}) during the request": "请求期间,执行节点的 HTTP 任务线程异常终止({why})",
  "the connection was closed before the answer's end": "连接在返回结束之前关闭",
  "its name can't be resolved; check the URL and the node's DNS": "无法解析其名称;请检查 URL 与执行节点的 DNS",
  "the node's DNS doesn't answer": "执行节点的 DNS 没有响应",
  "nothing listens there (connection refused)": "该地址无服务监听(连接被拒绝)",
  "the connection was reset before the answer's end": "连接在返回结束之前被重置",
  "the connection timed out": "连接超时",
  "the host can't be reached from this node": "此执行节点无法到达该主机",
  "the network can't be reached from this node": "此执行节点无法到达该网络",
  "its certificate is self-signed (http.insecureTls accepts it)": "其证书为自签名(http.insecureTls 可接受)",
  "its certificate chain is self-signed (http.insecureTls accepts it)": "其证书链为自签名(http.insecureTls 可接受)",
  "its certificate's issuer is unknown to this node": "此执行节点不认识其证书的签发机构",
  "its certificate has expired": "其证书已过期",
  "its certificate is for another name": "其证书属于另一名称",
  "it redirected more than {count} times": "重定向超过 {count} 次",
  "{host} is an address that this node denies (node.http.deny)": "{host} 是此执行节点禁止访问的地址(node.http.deny)",
};
