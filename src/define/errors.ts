// Expected refusals of the job service; `code` is stable.
import type { Problem } from "../model/job-problems.ts";

/** The document, or another part of the request, can't be accepted. Nothing has changed. */
export class InvalidDocumentError extends Error {
  readonly code = "invalid";
  readonly errors: Problem[];
  constructor(errors: Problem[]) {
    super(errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("\n"));
    this.errors = errors;
  }
}

export class NotFoundError extends Error {
  readonly code = "not_found";
}
