// The jobs of the demo, as a company of a few servers might have them. `demo`: how often they run in its history, how long
// they take, how often they fail; it is no part of the job.
const day = "0 2 * * *";
const minute = 60_000;
const hour = 60 * minute;

export const demoJobs = (url) => [
  {
    ...{ name: "nightly-backup", title: "Nightly backup", schedule: day, timezone: "Europe/Berlin", timeout: "2h" },
    ...{ tags: ["backup", "database"], owner: "dba", retry: { limit: 2, delay: "5m" } },
    cmd: "pg_dump shop | zstd > /backup/shop-$(date +%F).zst",
    demo: { everyMs: 24 * hour, atMs: 1 * hour, tookMs: 14 * minute, fails: 0.02 },
  },
  {
    ...{ name: "sync-orders", title: "Sync orders to the warehouse", schedule: "*/5 * * * *", timeout: "4m" },
    ...{ tags: ["shop", "sync"], owner: "shop", overlap: "skip" },
    cmd: "sleep 3; echo 184 orders sent",
    demo: { everyMs: 5 * minute, tookMs: 21_000, fails: 0.015, skips: 0.01 },
  },
  {
    ...{
      name: "probe-shop",
      title: "Is the shop up?",
      schedule: "* * * * *",
      tags: ["probe", "shop"],
      owner: "on-call",
    },
    http: { url: `${url}/livez` },
    demo: { everyMs: minute, tookMs: 90, fails: 0.004 },
  },
  {
    ...{ name: "probe-payments", title: "Are payments up?", schedule: "*/2 * * * *", tags: ["probe", "payments"] },
    ...{ owner: "on-call", http: { url: `${url}/livez` } },
    demo: { everyMs: 2 * minute, tookMs: 140, fails: 0.01 },
  },
  {
    ...{
      name: "mirror-packages",
      title: "Mirror packages",
      schedule: "17 * * * *",
      tags: ["build"],
      owner: "platform",
    },
    ...{
      retry: { limit: 1, delay: "10s" },
      cmd: "echo fetching index; echo 'mirror.example: 503 Service Unavailable' >&2; exit 7",
    },
    demo: { everyMs: hour, atMs: 17 * minute, tookMs: 40_000, fails: 0.05, failsLast: 5 },
  },
  {
    ...{ name: "daily-report", title: "Daily sales report", schedule: "30 6 * * 1-5", timezone: "Asia/Shanghai" },
    ...{ tags: ["report"], owner: "finance", cmd: "sleep 2; echo report sent to 14 readers", timeout: "30m" },
    demo: { everyMs: 24 * hour, atMs: 22 * hour + 30 * minute, tookMs: 3 * minute, fails: 0.01 },
  },
  {
    ...{ name: "clean-tmp", title: "Clean temporary files", schedule: "@hourly", tags: ["upkeep"], owner: "platform" },
    ...{ cmd: "echo 1.2 GiB freed", jitter: "2m" },
    demo: { everyMs: hour, tookMs: 8_000, fails: 0 },
  },
  {
    ...{
      name: "rotate-logs",
      schedule: "*/15 * * * *",
      tags: ["upkeep"],
      owner: "platform",
      cmd: "echo rotated 12 files",
    },
    demo: { everyMs: 15 * minute, tookMs: 2_500, fails: 0.002 },
  },
  {
    ...{ name: "transcode-video", title: "Transcode uploads", schedule: "@manual", tags: ["media"], owner: "media" },
    timeout: "3h",
    cmd: "for i in $(seq 1 400); do printf '\\033[36m[%3d/400]\\033[0m frame=%d fps=\\033[32m%d\\033[0m bitrate=%d kbit/s\\n' $i $((i*240)) $((50+i%17)) $((4100+i*3)); sleep 0.5; done",
    demo: { everyMs: 7 * hour, tookMs: 41 * minute, fails: 0.08 },
  },
  {
    ...{ name: "reindex-search", title: "Rebuild the search index", schedule: "0 */4 * * *", tags: ["shop", "search"] },
    ...{ owner: "shop", cmd: "sleep 5; echo 48211 documents", priority: 7 },
    demo: { everyMs: 4 * hour, tookMs: 6 * minute, fails: 0.03 },
  },
  {
    ...{
      name: "renew-certificates",
      schedule: "0 5 * * *",
      tags: ["tls"],
      owner: "platform",
      cmd: "echo nothing is due",
    },
    demo: { everyMs: 24 * hour, atMs: 5 * hour, tookMs: 4_000, fails: 0 },
  },
  {
    ...{
      name: "import-prices",
      title: "Import supplier prices",
      schedule: "*/30 6-20 * * *",
      timezone: "Europe/Berlin",
    },
    ...{ tags: ["shop", "sync"], owner: "shop", cmd: "sleep 1; echo 9120 prices", misfire: { policy: "latest" } },
    demo: { everyMs: 30 * minute, tookMs: 55_000, fails: 0.02, misses: 0.006 },
  },
  {
    ...{ name: "warm-cache", schedule: "*/10 * * * *", tags: ["shop"], owner: "shop", cmd: "echo 2300 pages warmed" },
    demo: { everyMs: 10 * minute, tookMs: 12_000, fails: 0.008 },
  },
  {
    ...{
      name: "archive-old-orders",
      title: "Archive old orders",
      schedule: "0 3 1 * *",
      tags: ["database"],
      owner: "dba",
    },
    ...{ enabled: false, cmd: "psql -f archive.sql" },
    demo: null,
  },
];
