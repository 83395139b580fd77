import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Clock } from '../lib/time.ts';
import type { KeyHolder } from './account-store.ts';
import type { Caller, SessionHolder } from './caller.ts';
import { ok, refuse } from '../lib/result.ts';
import { looksLikeApiKey } from './api-key.ts';

export type AuthenticateDeps = {
  readonly now: Clock;
  readonly hash: Sealer['hash'];
  readonly findKeyHolder: (hash: Uint8Array<ArrayBuffer>, at: Date) => Promise<KeyHolder | null>;
  readonly findSessionHolder: (hash: Uint8Array<ArrayBuffer>, at: Date) => Promise<SessionHolder | null>;
};

export const INVALID_KEY: Refusal = { kind: 'unauthenticated', code: 'invalid_api_key', message: 'Invalid or missing API key' };
export const SECRET_KEY_REQUIRED: Refusal = {
  kind: 'forbidden',
  code: 'secret_key_required',
  message: 'Secret key required for this endpoint',
};

/** RFC 6750: scheme in any case, one space, one token. */
const BEARER = /^bearer ([\x21-\x7e]{1,200})$/i;

/**
 * Who calls, by the `Authorization` header; only without one by the cookie of a session. Missing, malformed, unknown, revoked and expired look
 * the same from outside.
 */
export async function authenticate(
  deps: AuthenticateDeps,
  header: string | null,
  session: string | null,
): Promise<Result<Caller, Refusal>> {
  if (header === null && session !== null) {
    const person = await deps.findSessionHolder(deps.hash('session', session), deps.now());
    return person ? ok(person) : refuse(INVALID_KEY);
  }
  const key = BEARER.exec(header ?? '')?.[1];
  if (!key || !looksLikeApiKey(key)) return refuse(INVALID_KEY);
  const holder = await deps.findKeyHolder(deps.hash('api-key', key), deps.now());
  return holder ? ok(holder) : refuse(INVALID_KEY);
}
