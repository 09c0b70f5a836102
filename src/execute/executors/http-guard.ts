// Keeps HTTP jobs away from addresses that the node denies (cloud metadata, by default). The check stands where a
// connection is made, on the address itself, so neither a redirect nor a DNS answer nor an odd spelling gets past it.
import dns from "node:dns";
import http from "node:http";
import https from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";
import type { Duplex } from "node:stream";

/**
 * Idle connections are closed before servers do it (commonly after 5 s): a request on one that is just being closed would
 * fail for no reason of the job's.
 */
const idleMs = 4_000;

export class DeniedAddressError extends Error {
  readonly code = "ERR_DENIED_ADDRESS";
  constructor(host: string, address: string) {
    super(
      `${host === address ? address : `${host} (${address})`} is an address that this node denies (node.http.deny)`,
    );
  }
}

export type Denies = (address: string) => boolean;

/** `deny`: addresses and CIDR ranges, `169.254.0.0/16`. Throws on what is neither. */
export function createDenies(deny: string[]): Denies {
  const list = new BlockList();
  for (const entry of deny) {
    const [address = "", prefix, ...rest] = entry.trim().split("/");
    const version = isIP(address);
    const bits = prefix === undefined ? (version === 4 ? 32 : 128) : Number(prefix);
    if (version === 0 || rest.length > 0 || !Number.isInteger(bits) || bits < 0 || bits > (version === 4 ? 32 : 128))
      throw new Error(`node.http.deny: expected an address or a range such as 169.254.0.0/16, got "${entry}"`);
    list.addSubnet(address, bits, version === 4 ? "ipv4" : "ipv6");
  }
  return (address) => {
    const bare = address.split("%")[0]!;
    const version = isIP(bare);
    if (version === 0) return true;
    return [bare, ...embeddedIpv4(bare)].some((each) => list.check(each, isIP(each) === 4 ? "ipv4" : "ipv6"));
  };
}

/** IPv4 addresses that an IPv6 one stands for: mapped (::ffff:0:0/96), compatible (::/96) and NAT64 (64:ff9b::/96). */
function embeddedIpv4(address: string): string[] {
  if (isIP(address) !== 6) return [];
  // The URL parser knows every spelling; it answers with the short one, in hexadecimal.
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const match = /^(?:::ffff:|::|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short);
  if (!match) return [];
  const [high, low] = [Number.parseInt(match[1]!, 16), Number.parseInt(match[2]!, 16)];
  return [`${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`];
}

/** dns.lookup without the denied addresses; an error when none is left. */
export function guardLookup(denies: Denies, lookup: typeof dns.lookup = dns.lookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (err, addresses) => {
      if (err) return callback(err, "", 0);
      const allowed = addresses.filter(({ address }) => !denies(address));
      const first = allowed[0];
      if (!first) return callback(new DeniedAddressError(hostname, addresses[0]?.address ?? "no address"), "", 0);
      if (options.all) (callback as unknown as (err: null, all: typeof allowed) => void)(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

/** One pair of agents that keep connections alive and make none to a denied address. */
export function createGuardedAgents(denies: Denies, lookup = guardLookup(denies)) {
  const settings = { keepAlive: true, timeout: idleMs, maxFreeSockets: 64, scheduling: "lifo" as const };
  type Connect = (this: http.Agent, options: object, callback: (err: Error | null, stream?: Duplex) => void) => Duplex;
  const guard = <A extends http.Agent>(agent: A): A => {
    const connectable = agent as unknown as { createConnection: Connect };
    const connect = connectable.createConnection;
    connectable.createConnection = function (options, callback) {
      const host = (options as { host?: string }).host ?? "";
      const literal = host.replace(/^\[|\]$/g, "");
      // Literal addresses are never looked up.
      if (isIP(literal) !== 0 && denies(literal)) {
        process.nextTick(callback, new DeniedAddressError(literal, literal));
        return undefined as unknown as Duplex;
      }
      return connect.call(this, { ...options, lookup }, callback);
    };
    return agent;
  };
  return { http: guard(new http.Agent(settings)), https: guard(new https.Agent(settings)) };
}
