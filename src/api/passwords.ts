// Passwords, kept as scrypt (RFC 7914) in the PHC string format: $scrypt$ln=15,r=8,p=3$salt$hash. The parameters stand
// with each hash, so they may grow; one that was made with smaller ones is made anew when its password is next known.
import { scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import type { Random } from "../random.ts";
import { HttpProblem } from "./errors.ts";

export interface PasswordCost {
  /** Base-2 logarithm of scrypt's N. */
  ln: number;
  r: number;
  p: number;
}
export interface Passwords {
  /** Throws HttpProblem 503 when too many wait. */
  hash(password: string): Promise<string>;
  /** `stored` null: nobody's password, which takes as long to find out. `outdated`: right, but to be hashed anew. */
  verify(password: string, stored: string | null): Promise<{ right: boolean; outdated: boolean }>;
}

/** OWASP's least for interactive logins, in its form with the least memory (32 MiB). */
const defaultCost: PasswordCost = { ln: 15, r: 8, p: 3 };
const hashBytes = 32;
const saltBytes = 16;
/** Each takes a thread of the pool that the files need too, and a quarter of a second. */
const atOnce = 1;
const mostWaiting = 40;

const derive = promisify(scrypt) as (
  password: string,
  salt: Uint8Array,
  length: number,
  options: object,
) => Promise<Buffer>;

export function createPasswords(deps: { random: Pick<Random, "bytes">; cost?: PasswordCost }): Passwords {
  const { random, cost = defaultCost } = deps;
  const inTurn = createTurns();
  const compute = (password: string, salt: Uint8Array, { ln, r, p }: PasswordCost) => {
    const [N, maxmem] = [2 ** ln, 2 ** ln * r * 128 * 2];
    // The same characters whatever keyboard wrote them.
    return inTurn(() => derive(password.normalize("NFKC"), salt, hashBytes, { N, r, p, maxmem }));
  };
  const nobodys = { cost, salt: random.bytes(saltBytes), hash: random.bytes(hashBytes) };

  return {
    async hash(password) {
      const salt = random.bytes(saltBytes);
      return write({ cost, salt, hash: await compute(password, salt, cost) });
    },
    async verify(password, stored) {
      const known = stored === null ? nobodys : read(stored);
      const same = timingSafeEqual(await compute(password, known.salt, known.cost), known.hash);
      const right = same && stored !== null;
      const { ln, r, p } = known.cost;
      return { right, outdated: right && 2 ** ln * r * p < 2 ** cost.ln * cost.r * cost.p };
    },
  };
}

interface Hashed {
  cost: PasswordCost;
  salt: Uint8Array;
  hash: Uint8Array;
}
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64").replace(/=+$/, "");
const write = ({ cost: { ln, r, p }, salt, hash }: Hashed) =>
  `$scrypt$ln=${ln},r=${r},p=${p}$${base64(salt)}$${base64(hash)}`;

function read(stored: string): Hashed {
  const match = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]{43})$/.exec(stored);
  if (!match) throw new Error("a stored password hash is not of the form $scrypt$ln=…,r=…,p=…$salt$hash");
  const [, ln, r, p, salt, hash] = match as unknown as string[] & { length: 6 };
  return {
    cost: { ln: Number(ln), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt as string, "base64"),
    hash: Buffer.from(hash as string, "base64"),
  };
}

/** Runs what it is given one after the other. */
function createTurns() {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= atOnce) {
      if (waiting.length >= mostWaiting)
        throw new HttpProblem(503, "busy", "too many are signing in at this moment; try again shortly");
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running++;
    try {
      return await work();
    } finally {
      // The turn is handed on, so that nobody slips in between.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
