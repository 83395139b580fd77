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
  /** Who holds a key of this text now; asked only for what looks like one. */
  readonly findKeyHolder: (key: string) => Promise<KeyHolder | null>;
  readonly findSessionHolder: (hash: Uint8Array<ArrayBuffer>, at: Date) => Promise<SessionHolder | null>;
  /** Told of each use of a key that holds; must return at once. */
  readonly noteUse: (holder: KeyHolder, origin: string | null, at: Date) => void;
};

export const INVALID_KEY: Refusal = { kind: 'unauthenticated', code: 'invalid_api_key', message: 'Invalid or missing API key' };
/** What only live money, wallets and keys are at stake for: test keys are handed around. */
export const LIVE_KEY_REQUIRED: Refusal = {
  kind: 'forbidden',
  code: 'live_key_required',
  message: 'A live secret key is required for this endpoint',
};
export const SECRET_KEY_REQUIRED: Refusal = {
  kind: 'forbidden',
  code: 'secret_key_required',
  message: 'Secret key required for this endpoint',
};

/** RFC 6750: scheme in any case, one space, one token. */
const BEARER = /^bearer ([\x21-\x7e]{1,200})$/i;

/**
 * Who calls, by the `Authorization` header; only without one by the cookie of a session. `origin` is what a browser says of the page that calls.
 * Missing, malformed, unknown, revoked and expired look the same from outside.
 */
export async function authenticate(
  deps: AuthenticateDeps,
  header: string | null,
  { session, origin }: { readonly session: string | null; readonly origin: string | null },
): Promise<Result<Caller, Refusal>> {
  if (header === null && session !== null) {
    const person = await deps.findSessionHolder(deps.hash('session', session), deps.now());
    return person ? ok(person) : refuse(INVALID_KEY);
  }
  const key = BEARER.exec(header ?? '')?.[1];
  if (!key || !looksLikeApiKey(key)) return refuse(INVALID_KEY);
  const holder = await deps.findKeyHolder(key);
  if (!holder) return refuse(INVALID_KEY);
  deps.noteUse(holder, origin, deps.now());
  return ok(holder);
}

/** Why a page of this origin may not use the key, or null. Only publishable keys may have a list; with one, programs are refused as well. */
export function originRefusal({ origins, kind }: Pick<KeyHolder, 'origins' | 'kind'>, origin: string | null): Refusal | null {
  if (kind !== 'publishable' || origins.length === 0 || (origin !== null && origins.includes(origin))) return null;
  const message =
    origin === null
      ? 'This publishable key works on the web pages of its shop only — use a secret key on a server'
      : 'This publishable key may not be used on this website — its owner can add the address to the key';
  return { kind: 'forbidden', code: 'origin_not_allowed', message };
}
