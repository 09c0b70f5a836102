// Times of the day of a cron expression, where they can be written as clocks.
import type { CronFields } from "./cron-fields.ts";

const mostClocks = 8;

/** 03:00 and 15:00, where second, minute and hour are plain numbers and there are few of them; else null. */
export function clocksOf({ second, minute, hour }: CronFields): string[] | null {
  if (!/^[\d,]+$/.test(second + minute + hour)) return null;
  const numbers = (field: string) => [...new Set(field.split(",").map(Number))].sort((a, b) => a - b);
  const clocks = numbers(hour).flatMap((h) =>
    numbers(minute).flatMap((m) => numbers(second).map((s) => [two(h), two(m), ...(s ? [two(s)] : [])].join(":"))),
  );
  return clocks.length <= mostClocks ? clocks : null;
}

const two = (n: number) => String(n).padStart(2, "0");
