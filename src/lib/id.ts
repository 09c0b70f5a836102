// Ids: 10 characters of time, 16 of randomness (the layout of ULID, in lower case). They sort by creation,
// which keeps the indexes of a growing table compact, and are never reused.
import type { Clock } from "../clock.ts";
import type { Random } from "../random.ts";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** A new 26-character id. */
export function newId(clock: Pick<Clock, "now">, random: Pick<Random, "bytes">): string {
  let time = "";
  for (let rest = Math.max(0, Math.floor(clock.now())), i = 0; i < 10; i++, rest = Math.floor(rest / 32))
    time = alphabet[rest % 32] + time;
  let tail = "";
  for (const byte of random.bytes(16)) tail += alphabet[byte % 32];
  return time + tail;
}
