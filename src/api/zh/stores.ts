// Databases and etcd that give no answer, or not the one that was asked for.
export const storeSentences: Record<string, string> = {
  "the store is closed": "存储已关闭",
  "the store can't be opened: {why}": "无法打开存储:{why}",
  "the store's thread ended; what it was doing is unknown": "存储的线程已结束;其所做的操作无从得知",
  "the store's thread died ({why})": "存储的线程异常终止({why})",
  "the store's thread died ({why}); its file is {file}": "存储的线程异常终止({why});其文件为 {file}",
  "the transaction failed and was undone: {why}": "事务失败并已撤销:{why}",
  "the answer to a commit got lost; whether it was written is unknown ({why})":
    "提交的应答丢失;是否已写入无从得知({why})",
  "all {size} connections to the database were in use for {seconds} s": "{seconds} 秒内,{size} 个数据库连接均被占用",
  "{file} exists; a backup doesn't overwrite: choose another name": "{file} 已存在;备份不会覆盖文件:请另选名称",
  "can't reach the database at {where} ({why*})": "无法连接 {where} 的数据库({why*})",
  "{where}: another scheduler has been migrating the schema for {seconds} s":
    "{where}:另一调度器已迁移数据库结构 {seconds} 秒",
  "{where}: {what*}, nothing was written ({why})": "{where}:{what*},未作任何写入({why})",
  "the connection was lost": "连接丢失",
  "transactions stood in each other's way again and again": "事务多次互相冲突",
  "another transaction keeps what was asked for locked": "所需内容被另一事务锁定",
  "the statement was interrupted": "语句被中断",
  "the statement took too long and was ended": "语句耗时过长而被结束",
  "the server's disk is full; free some space, it goes on by itself":
    "数据库服务器的磁盘已满;请释放空间,随后会自行继续",
  "the server's disk or table space is full; free some space, it goes on by itself":
    "数据库服务器的磁盘或表空间已满;请释放空间,随后会自行继续",
  "the server is out of memory": "数据库服务器内存不足",
  "the server has no connection to spare; raise its max_connections": "数据库服务器没有空余连接;请调高 max_connections",
  "the user has no connection to spare; raise its max_user_connections":
    "该用户没有空余连接;请调高 max_user_connections",
  "the user has used up what the server allows it": "该用户已用尽数据库服务器允许的限额",
  "the server takes no writes: it is a replica, or set to read only": "数据库服务器不接受写入:它是副本,或设为只读",
  "the server lets nobody in without TLS; say ssl-mode=verify-full in store.url":
    "数据库服务器要求 TLS;请在 store.url 中写 ssl-mode=verify-full",
  "the server lets nobody in like this without TLS; say sslmode=verify-full in store.url":
    "数据库服务器要求 TLS;请在 store.url 中写 sslmode=verify-full",
  "the server doesn't accept this user and password (or not without TLS); see store.url":
    "数据库服务器不接受此用户与密码(或要求 TLS);见 store.url",
  "the server doesn't accept this user and password; see store.url": "数据库服务器不接受此用户与密码;见 store.url",
  "the server lets nobody in from this host": "数据库服务器不接受来自此主机的连接",
  "the server lets nobody in this way; see its pg_hba.conf, and sslmode in store.url":
    "数据库服务器不接受此种连接;见其 pg_hba.conf 以及 store.url 中的 sslmode",
  "there is no such database; create it first, with all privileges on it for this user":
    "没有此数据库;请先创建,并授予该用户其全部权限",
  "there is no such database; create it first (createdb), with this user as its owner":
    "没有此数据库;请先创建(createdb),并以该用户为其所有者",
  "the user may not do this; grant it all privileges on the database": "该用户无权执行此操作;请授予其数据库的全部权限",
  "the user may not do this; make it the owner of the database": "该用户无权执行此操作;请将其设为数据库的所有者",
  "the server asks for a password, and store.url has none": "数据库服务器要求密码,而 store.url 中没有",
  "the server knows no TLS, but store.url asks for it": "store.url 要求 TLS,但数据库服务器不支持",
  "the server knows no TLS, but sslmode in store.url asks for it": "store.url 的 sslmode 要求 TLS,但数据库服务器不支持",
  "the server's certificate isn't accepted; see ssl-mode and ssl-ca in store.url":
    "不接受数据库服务器的证书;见 store.url 中的 ssl-mode 与 ssl-ca",
  "the server's certificate isn't accepted; see sslmode and sslrootcert in store.url":
    "不接受数据库服务器的证书;见 store.url 中的 sslmode 与 sslrootcert",
  "the server asks for a way to log in that isn't known here": "数据库服务器要求的登录方式此处不支持",

  "no answer from etcd to {what*}: {why}; expected one in time, is etcd reachable and has it a quorum?":
    "etcd 未应答({what*}):{why};etcd 是否可达、是否有多数成员在线?",
  "no answer from etcd to {what*} within {ms} ms": "etcd 在 {ms} 毫秒内未应答({what*})",
  "a new lease": "新的租约",
  "giving up a lease": "放弃租约",
  compacting: "压缩",
  "this coordinator was closed; open another one": "此协调器已关闭;请重新打开",
};
