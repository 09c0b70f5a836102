// Whatever is thrown becomes one application/problem+json (RFC 9457): the only place where HTTP status codes are made
// from errors. What is not expected becomes a 500 that says nothing but the request's id, under which the log has it.
import { ConflictError } from "../store/store.ts";
import { english, type Words } from "./language.ts";

export interface FieldError {
  path: string;
  message: string;
}

/** Thrown by routes for what they refuse themselves. */
export class HttpProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: FieldError[] | undefined;
  readonly more: Record<string, unknown>;
  readonly headers: Record<string, string>;
  constructor(
    status: number,
    code: string,
    detail: string,
    extra: { errors?: FieldError[]; more?: Record<string, unknown>; headers?: Record<string, string> } = {},
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = extra.errors;
    this.more = extra.more ?? {};
    this.headers = extra.headers ?? {};
  }
}

export const notFound = (detail: string) => new HttpProblem(404, "not_found", detail);

export interface ProblemAnswer {
  status: number;
  headers: Record<string, string>;
  body: Record<string, unknown>;
  /** A person should look at it: nothing in the request explains it. */
  unexpected: boolean;
}

const titles: Record<number, string> = {
  400: "Unreadable request",
  401: "Not authenticated",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  408: "Request took too long",
  409: "Conflict",
  410: "Over",
  413: "Request too large",
  415: "Unsupported media type",
  422: "Invalid request",
  429: "Too many requests",
  431: "Headers too large",
  500: "Internal error",
  503: "Not available now",
  504: "No answer in time",
};

/** Codes that errors of the steps and the seams carry, and what they mean here. */
const byCode: Record<string, number> = {
  not_found: 404,
  conflict: 409,
  invalid: 422,
  not_leader: 503,
  unavailable: 503,
  stale_term: 503,
  leadership_lost: 503,
  store_unavailable: 503,
  coordinator_unavailable: 503,
  invalid_schedule: 422,
  invalid_job: 422,
};

/** Fastify's own, in our words. */
const fastifyCodes: Record<string, [status: number, code: string, detail: string]> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [415, "unsupported_media_type", "expected a body of type application/json"],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, "unreadable_json", "expected a JSON body, got nothing"],
  FST_ERR_CTP_INVALID_JSON_BODY: [400, "unreadable_json", "the body is not JSON"],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [400, "unreadable_body", "the body's length is not what content-length says"],
  FST_ERR_BAD_URL: [400, "unreadable_url", "the path is not valid percent-encoding"],
};

type Thrown = { code?: unknown; statusCode?: unknown; errors?: unknown; limit?: unknown };

export function toProblem(err: unknown, requestId: string, words: Words = english): ProblemAnswer {
  const { status, code, detail, errors, more = {}, headers = {} } = classify(err);
  const retry: Record<string, string> = status === 503 && !headers["retry-after"] ? { "retry-after": "2" } : {};
  return {
    status,
    headers: { ...retry, ...headers },
    unexpected: status === 500,
    body: {
      type: "about:blank",
      title: titles[status] ?? "Error",
      status,
      code,
      detail: words.say(status === 500 ? internalError(requestId) : detail),
      ...(errors?.length ? { errors: errors.map(({ path, message }) => ({ path, message: words.say(message) })) } : {}),
      requestId,
      ...more,
    },
  };
}

const internalError = (requestId: string) =>
  `something went wrong in the server; its log has it under request ${requestId}`;

interface Classified {
  status: number;
  code: string;
  detail: string;
  errors?: FieldError[] | undefined;
  more?: Record<string, unknown>;
  headers?: Record<string, string>;
}

function classify(err: unknown): Classified {
  const unexpected = { status: 500, code: "internal", detail: "" };
  if (err instanceof HttpProblem) return { ...err, detail: err.message };
  if (!(err instanceof Error)) return unexpected;
  const { code, errors, statusCode } = err as Thrown;
  if (err instanceof ConflictError) return { status: 409, code: err.code, detail: err.message };
  if (typeof code === "string") {
    if (code === "FST_ERR_CTP_BODY_TOO_LARGE")
      return { status: 413, code: "body_too_large", detail: "the body is larger than this route takes" };
    const known = fastifyCodes[code];
    if (known) return { status: known[0], code: known[1], detail: known[2] };
    if (code === "invalid_cursor")
      return { status: 422, code, detail: err.message, errors: [{ path: "cursor", message: err.message }] };
    const status = byCode[code];
    if (status) return { status, code: stableCode(code), detail: err.message, errors: fieldErrors(errors) };
  }
  if (err instanceof SyntaxError && statusCode === 400)
    return { status: 400, code: "unreadable_json", detail: `the body is not JSON: ${err.message}` };
  if (Array.isArray(errors)) return { status: 422, code: "invalid", detail: err.message, errors: fieldErrors(errors) };
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500)
    return { status: statusCode, code: statusCode === 413 ? "body_too_large" : "unreadable", detail: err.message };
  return unexpected;
}

/** A term that is over is, to a caller, a scheduler that no longer leads. */
const stableCode = (code: string) => (code === "stale_term" || code === "leadership_lost" ? "not_leader" : code);

function fieldErrors(errors: unknown): FieldError[] | undefined {
  if (!Array.isArray(errors)) return undefined;
  return errors.map((each: { path?: unknown; message?: unknown }) => ({
    path: String(each.path ?? ""),
    message: String(each.message ?? each),
  }));
}
