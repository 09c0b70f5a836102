// Jobs for the measurements.

const pad = (i) => String(i).padStart(6, "0");
const zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Sydney", "Asia/Kolkata"];

/** Once a day at the UTC second of `at`, which lies ahead. */
export function dailyAt(at) {
  const date = new Date(at);
  return `${date.getUTCSeconds()} ${date.getUTCMinutes()} ${date.getUTCHours()} * * *`;
}

/** The whole second that is at least `ms` from now. */
export const secondIn = (ms) => Math.ceil((Date.now() + ms) / 1000) * 1000;

export const many = (count, prefix, job) =>
  Array.from({ length: count }, (_, i) => ({ name: `${prefix}-${pad(i)}`, ...job(i) }));

/** Daily at times spread over the day in several zones, none within the next hours of a measurement's day. */
export function quietDaily(count) {
  const hourNow = new Date().getUTCHours();
  return many(count, "daily", (i) => ({
    schedule: `${i % 60} ${(hourNow + 6 + (i % 12)) % 24} * * *`,
    timezone: "UTC",
    cmd: ["true"],
  }));
}

/** Of all sorts, as a big installation would have them; none more often than daily. */
export const mixed = (count) =>
  many(count, "mixed", (i) => ({
    schedule: `${(i * 7) % 60} ${(i * 11) % 24} ${i % 5 === 0 ? "1" : "*"} * ${i % 7 === 0 ? "1-5" : "*"}`,
    timezone: zones[i % zones.length],
    cmd: `echo job ${i}`,
    tags: [`team-${i % 40}`],
  }));
