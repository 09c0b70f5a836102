// What the command line can do without a server.
import { systemClock } from "../clock.ts";
import { importCrontab } from "../define/import-crontab.ts";
import { readJobFile } from "../define/job-files.ts";
import { nearest } from "../lib/nearest.ts";
import { parseJobDocument } from "../model/job-document.ts";
import { previewSchedule } from "../schedule/preview.ts";
import { openSqliteStore } from "../store/sqlite/sqlite-store.ts";
import { checkSchedule } from "./job-rules.ts";
import type * as Migrate from "./migrate.ts";

export const offline = {
  preview: previewSchedule,
  readJobFile,
  /** As `define` has it, with schedules judged at once: an import shows every bad line before anything is sent. */
  importCrontab: (text: string, options: { system: boolean; timezone?: string | undefined }) =>
    importCrontab(text, { ...options, checkSchedule }),
  validateJob(document: unknown): { errors: { path: string; message: string }[]; warnings: string[] } {
    const parsed = parseJobDocument(document, {
      defaults: { timezone: "UTC" },
      checkSchedule,
      nearest,
      now: systemClock.now(),
    });
    return parsed.ok ? { errors: [], warnings: parsed.warnings } : { errors: parsed.errors, warnings: [] };
  },
  migrateSchema: async (...args: Parameters<typeof Migrate.migrateSchema>) =>
    (await import("./migrate.ts")).migrateSchema(...args),
  copyToStore: async (...args: Parameters<typeof Migrate.copyToStore>) =>
    (await import("./migrate.ts")).copyToStore(...args),
  /** Problems of a database that no server has open. */
  async checkDatabase(file: string): Promise<string[]> {
    const store = await openSqliteStore({ file, clock: systemClock });
    try {
      const problems = await store.checkIntegrity();
      const advice = `${file} is not sound: put a backup in its place ("distcron backup" makes them)`;
      return problems.length > 0 ? [advice, ...problems] : [];
    } finally {
      await store.close();
    }
  },
};
