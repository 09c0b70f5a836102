// Asking the API from a browser: same origin, the session's cookie, and errors that say what the server said.
import type { Problem } from "./types.ts";

/** What the server answered instead of what was asked for; status 0: nothing came. */
export class ApiError extends Error {
  readonly status: number;
  /** Stable: texts in the user's language go by it. */
  readonly code: string;
  readonly requestId: string | null;
  readonly errors: { path: string; message: string }[];
  /** 409 on a job: the document as it is now. */
  readonly current: unknown;
  /** 429, 503: when to ask again. */
  readonly retryAfterMs: number | null;

  constructor(status: number, problem: Partial<Problem>, retryAfter: string | null = null) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.name = "ApiError";
    this.status = status;
    this.code = problem.code ?? (status === 0 ? "unreachable" : "unexpected");
    this.requestId = problem.requestId ?? null;
    this.errors = problem.errors ?? [];
    this.current = problem.current;
    this.retryAfterMs = retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : null;
  }
}

type Value = string | number | boolean | null | undefined;

interface Options {
  /** Empty, null and undefined are left out. */
  query?: Record<string, Value>;
  body?: unknown;
  /** A job's version: 409 when it is no longer that. */
  ifMatch?: number;
  signal?: AbortSignal;
}

let csrfToken: string | null = null;
export function setCsrfToken(token: string | null): void {
  csrfToken = token;
}

export function apiUrl(path: string, query: Record<string, Value> = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== null && value !== "") params.set(name, String(value));
  const text = params.toString();
  return `/api/v1${path}${text ? `?${text}` : ""}`;
}

/** Throws ApiError. Answers without content are null; text comes as text. */
async function ask<T>(method: string, path: string, { query, body, ifMatch, signal }: Options): Promise<T> {
  const headers: Record<string, string> = {
    "distcron-client": "ui",
    accept: "application/json",
    // Sentences that the server makes come in the language of the page.
    "accept-language": document.documentElement.lang,
  };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (ifMatch !== undefined) headers["if-match"] = `"${ifMatch}"`;
  if (csrfToken !== null && method !== "GET") headers["x-csrf-token"] = csrfToken;
  let response: Response;
  try {
    response = await fetch(apiUrl(path, query), {
      method,
      headers,
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (err) {
    if (signal?.aborted) throw err;
    throw new ApiError(0, { detail: (err as Error).message });
  }
  const isJson = /\bjson\b/.test(response.headers.get("content-type") ?? "");
  if (!response.ok) {
    const problem = isJson ? ((await response.json().catch(() => ({}))) as Partial<Problem>) : {};
    throw new ApiError(response.status, problem, response.headers.get("retry-after"));
  }
  if (response.status === 204) return null as T;
  return (isJson ? await response.json() : await response.text()) as T;
}

type Read = Pick<Options, "query" | "signal">;
type Write = Pick<Options, "query" | "ifMatch">;

/** Paths are those below /api/v1. */
export const api = {
  get: <T>(path: string, options: Read = {}) => ask<T>("GET", path, options),
  post: <T>(path: string, body: unknown = {}, options: Write = {}) => ask<T>("POST", path, { ...options, body }),
  put: <T>(path: string, body: unknown, options: Write = {}) => ask<T>("PUT", path, { ...options, body }),
  patch: <T>(path: string, body: unknown, options: Write = {}) => ask<T>("PATCH", path, { ...options, body }),
  delete: <T>(path: string, options: Write = {}) => ask<T>("DELETE", path, options),
};

/** A name or id as a part of a path. */
export const part = encodeURIComponent;
