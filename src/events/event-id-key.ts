import type { Secret } from '../lib/secret.ts';
import { createHmac } from 'node:crypto';

/** The key of event ids (`makeEventIds`), from the seed: the same after a rebuild, and it tells nothing of the seed. */
export function eventIdKeyOf(seed: Secret<Uint8Array>): Uint8Array {
  return new Uint8Array(createHmac('sha256', seed.reveal()).update('avopay event ids v1').digest());
}
