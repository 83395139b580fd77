import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import { hash, verify } from '@node-rs/argon2';
import { makeGate } from '../lib/gate.ts';
import { RefusalError } from '../lib/refusal.ts';
import { ok, refuse } from '../lib/result.ts';
import { Secret } from '../lib/secret.ts';

/** Argon2id, m = 46 MiB, t = 1, p = 1: one of the OWASP Password Storage settings of equal strength; about 0.1 s a hash. */
const ARGON2 = { memoryCost: 47_104, timeCost: 1, parallelism: 1 } as const;
/** Of a password that nobody has: what is checked when there is no such person, so that the answer takes as long. */
const NOBODY = '$argon2id$v=19$m=47104,t=1,p=1$oNRNvNFuOWZUQrNgH0hjcQ$ascWmdEvNqhXEaQu6JGtmlgxqzEVS83REpwD/mXFqy0';

/** Hashes at a time in this process: two cores of the smallest server, 92 MiB. Payments are made beside them. */
const HASHES_AT_ONCE = 2;
/** At 0.1 s a hash the last in line waits five seconds, which a person still does. */
const HASHES_WAITING_MAX = 100;
const BUSY: Refusal = {
  kind: 'unavailable',
  code: 'sign_in_busy',
  message: 'Too many people are signing in — please retry',
  retryAfterSeconds: 5,
};
const gate = makeGate({ atOnce: HASHES_AT_ONCE, waitingMax: HASHES_WAITING_MAX, full: () => new RefusalError(BUSY) });

export const PASSWORD_CHARS_MIN = 8;
/** Long enough for any sentence, short enough to be nothing to hash. */
export const PASSWORD_BYTES_MAX = 128;
export const PASSWORD_TOO_SHORT: Refusal = {
  kind: 'invalid',
  code: 'password_too_short',
  message: 'password must be at least 8 characters',
  field: 'password',
};
const PASSWORD_TOO_LONG: Refusal = {
  kind: 'invalid',
  code: 'password_too_long',
  message: 'password must be at most 128 bytes',
  field: 'password',
};

/** A password that may be chosen. Any character counts; how a keyboard composes an accent does not matter (NFC). */
export function parsePassword(text: string): Result<Secret<string>, Refusal> {
  if (text.length > PASSWORD_BYTES_MAX) return refuse(PASSWORD_TOO_LONG); // before it is normalised: UTF-16 units are never more than bytes
  const password = text.normalize('NFC');
  if ([...password].length < PASSWORD_CHARS_MIN) return refuse(PASSWORD_TOO_SHORT);
  return Buffer.byteLength(password) > PASSWORD_BYTES_MAX ? refuse(PASSWORD_TOO_LONG) : ok(new Secret(password));
}

/** @throws RefusalError when too many wait for the same */
export function hashPassword(password: Secret<string>): Promise<string> {
  return gate(() => hash(password.reveal().normalize('NFC'), ARGON2));
}

/**
 * Whether this is the password of the hash; for nobody's hash it works as long and says no.
 * @throws RefusalError when too many wait for the same
 */
export async function verifyPassword(storedHash: string | null, password: Secret<string>): Promise<boolean> {
  const text = password.reveal();
  const isPossible = text.length <= PASSWORD_BYTES_MAX;
  const matches = await gate(() => verify(storedHash ?? NOBODY, isPossible ? text.normalize('NFC') : ''));
  return matches && isPossible && storedHash !== null;
}
