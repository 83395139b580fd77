import { base32Id, ID_PREFIXES } from '../lib/ids.ts';
import { HOUR_MS, MINUTE_MS } from '../lib/time.ts';

/** A browser that nobody uses signs itself out; payments are money (OWASP ASVS 7.3). */
export const SESSION_IDLE_MS = 30 * MINUTE_MS;
/** A working day: then the password is asked again, used or not. */
export const SESSION_MS = 12 * HOUR_MS;
/** 256 random bits: nobody guesses one of them. */
export const SESSION_TOKEN_BYTES = 32;

/** How a session is named to its owner: bits of the stored hash, from which nobody gets to the cookie. */
export function sessionIdOf(idHash: Uint8Array): string {
  return base32Id(ID_PREFIXES.session, idHash);
}
