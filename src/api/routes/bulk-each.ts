// Doing one thing to many: each by itself, so that one that fails stops no other, and none is done where the caller only
// wants to know which they would be.
import { HttpProblem, toProblem } from "../errors.ts";
import type { Words } from "../language.ts";

export const mostAtOnce = 1000;

export const tooMany = (what: string, found: string) =>
  new HttpProblem(422, "too_many", `expected at most ${mostAtOnce} ${what} at a time, got ${found}; narrow the filter`);

export const emptyFilter = (what: string) =>
  new HttpProblem(422, "empty_filter", `expected a filter that says something: all ${what} are never meant`);

export interface OneOfMany<R, A> {
  row: R;
  /** null: nothing was to be done, or it failed. */
  done: A | null;
  error: { code: string; message: string } | null;
}

export async function doEach<R, A>(
  rows: R[],
  how: {
    dryRun: boolean;
    requestId: string;
    words: Words;
    act(row: R): Promise<A>;
    onUnexpected(err: unknown, row: R): void;
  },
): Promise<OneOfMany<R, A>[]> {
  const results: OneOfMany<R, A>[] = [];
  for (const row of rows) {
    try {
      results.push({ row, done: how.dryRun ? null : await how.act(row), error: null });
    } catch (err) {
      const { body, unexpected } = toProblem(err, how.requestId, how.words);
      if (unexpected) how.onUnexpected(err, row);
      results.push({ row, done: null, error: { code: String(body.code), message: String(body.detail) } });
    }
  }
  return results;
}
