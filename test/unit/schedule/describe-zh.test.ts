import { describe, expect, it } from "vitest";
import { describeSchedule } from "../../../src/schedule/describe.ts";
import { previewSchedule } from "../../../src/schedule/preview.ts";

describe("a schedule in Chinese words", () => {
  it.each([
    ["* * * * *", "每分钟"],
    ["* * * * * *", "每秒"],
    ["*/30 * * * * *", "每 30 秒"],
    ["*/15 * * * *", "每 15 分钟"],
    ["*/7 * * * *", "每 7 分钟(从第 0 分重新开始)"],
    ["0 * * * *", "每小时第 0 分"],
    ["5,35 * * * *", "每小时第 5、35 分"],
    ["10 * * * * *", "每分钟,第 10 秒"],
    ["0 3 * * *", "每天 03:00"],
    ["30 3,15 * * *", "每天 03:30、15:30"],
    ["0 */2 * * *", "从 0 点起每 2 小时,第 0 分"],
    ["*/5 9-17 * * 1-5", "周一至周五 9 点至 17 点,每 5 分钟"],
    ["* 9 * * *", "9 点,每分钟"],
    ["0 4 1 * *", "每月 1 日 04:00"],
    ["0 4 1,15 * *", "每月 1、15 日 04:00"],
    ["0 4 */2 * *", "每月从 1 日起每 2 天 04:00"],
    ["0 4 L * *", "每月最后一天 04:00"],
    ["0 4 LW * *", "每月最后一个工作日(周一至周五) 04:00"],
    ["0 4 15W * *", "每月最接近 15 日的工作日(周一至周五) 04:00"],
    ["0 4 * * SUN", "周日 04:00"],
    ["0 4 * * 7", "周日 04:00"],
    ["0 4 * * MON#2", "每月第二个周一 04:00"],
    ["0 4 * * 5L", "每月最后一个周五 04:00"],
    ["0 4 13 * FRI", "每月 13 日或周五(满足其一即可) 04:00"],
    ["0 4 13 * +FRI", "每月 13 日且须为周五 04:00"],
    ["0 4 * 1 *", "1 月 04:00"],
    ["0 4 1 JAN-MAR,DEC *", "1 月至 3 月、12 月的 1 日 04:00"],
  ])("%s: %s", (schedule, expected) => {
    expect(describeSchedule([schedule], "Asia/Shanghai", "zh-CN")).toBe(`${expected}(Asia/Shanghai)`);
  });

  it.each([
    ["@every 90s", "每 1 分 30 秒,自 1970-01-01T00:00:00Z 起计"],
    ["@at 2026-12-01T08:00:00+08:00", "一次,于 2026-12-01T00:00:00.000Z"],
    ["@manual", "仅手动触发"],
  ])("%s has no zone: %s", (schedule, expected) => {
    expect(describeSchedule([schedule], "Asia/Shanghai", "zh-CN")).toBe(expected);
  });

  it("warns in Chinese too: of either day, and of what daylight saving does", () => {
    const from = Date.UTC(2026, 0, 1);
    const { warnings } = previewSchedule({
      schedule: ["30 2 * * *", "0 4 13 * FRI"],
      timezone: "Europe/Berlin",
      from,
      language: "zh-CN",
    });
    expect(warnings.some((each) => each.includes("拨快到 03:00"))).toBe(true);
    expect(warnings.some((each) => each.includes("满足其一即触发"))).toBe(true);
    expect(warnings.join()).not.toMatch(/the clock|either/);
  });
});
