/** A schedule that can't be accepted. The message is for the person who wrote it: what came, what was expected. */
export class ScheduleError extends Error {
  readonly code = "invalid_schedule";
  /** Which pattern of the list; null: it isn't about one pattern. */
  readonly index: number | null;
  /** second, minute, hour, day-of-month, month, day-of-week, timezone; null: the pattern as a whole. */
  readonly field: string | null;
  /** null: the message says it all. */
  readonly expected: string | null;
  constructor(message: string, about: { index?: number | null; field?: string | null; expected?: string | null } = {}) {
    super(message);
    this.name = "ScheduleError";
    this.index = about.index ?? null;
    this.field = about.field ?? null;
    this.expected = about.expected ?? null;
  }
}
