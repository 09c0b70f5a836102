// A browser on this machine can be made to talk to a loopback port by any web page (DNS rebinding, cross-site requests).
// So where we listen on loopback the Host must be this machine's or the public one, and wherever we listen a request
// that a browser marks with the Origin of another site is refused.
import { isIP } from "node:net";
import { HttpProblem } from "./errors.ts";

export interface SiteRules {
  /** The address that we listen on. */
  host: string;
  publicUrl: string | null;
}

/** 127.0.0.0/8, ::1 (also mapped) and localhost. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, "").toLowerCase();
  if (name === "localhost" || name.endsWith(".localhost") || name === "::1") return true;
  const v4 = name.startsWith("::ffff:") ? name.slice(7) : name;
  return isIP(v4) === 4 && v4.startsWith("127.");
}

const hostOf = (url: string): URL | null => (URL.canParse(url) ? new URL(url) : null);

/** Throws HttpProblem 403. */
export function checkSite(headers: { host?: string | undefined; origin?: string | undefined }, rules: SiteRules): void {
  const { host, origin } = headers;
  const publicHost = rules.publicUrl ? hostOf(rules.publicUrl) : null;
  if (host !== undefined && isLoopback(rules.host)) {
    const name = hostOf(`http://${host}`)?.hostname ?? "";
    if (!isLoopback(name) && name !== publicHost?.hostname)
      throw new HttpProblem(
        403,
        "host_not_allowed",
        `this server answers on loopback, not as ${JSON.stringify(host)}; behind a proxy set server.publicUrl`,
      );
  }
  if (origin === undefined) return;
  const from = hostOf(origin);
  const isOwn = from !== null && (from.host === host?.toLowerCase() || from.origin === publicHost?.origin);
  if (!isOwn)
    throw new HttpProblem(
      403,
      "origin_not_allowed",
      `requests of pages from ${JSON.stringify(origin)} are not accepted`,
    );
}
