import { randomBytes } from 'node:crypto';

/** The only door to chance: `size` unpredictable bytes. */
export type Random = (size: number) => Uint8Array;

export const systemRandom: Random = (size) => new Uint8Array(randomBytes(size));
