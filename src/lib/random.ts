import { randomBytes } from 'node:crypto';

/** The only door to chance: `size` unpredictable bytes. */
export type Random = (size: number) => Uint8Array;

export const systemRandom: Random = (size) => new Uint8Array(randomBytes(size));

/** Bytes that are drawn at once: asking the system costs as much for one as for all of these. */
const DRAWN = 4_096;

/** The same bytes, drawn many at once and handed out in turn. For names of things, never for secrets: they lie in memory before they are used. */
export function inBulk(random: Random): Random {
  let drawn = new Uint8Array();
  let used = 0;
  return (size) => {
    if (used + size > drawn.length) {
      drawn = Uint8Array.from(random(Math.max(size, DRAWN)));
      used = 0;
    }
    used += size;
    return drawn.slice(used - size, used);
  };
}
