import type { Caller } from '../src/accounts/caller.ts';
import type { Refusal } from '../src/lib/refusal.ts';
import type { Result } from '../src/lib/result.ts';
import type { Clock } from '../src/lib/time.ts';
import { INVALID_KEY, LIVE_KEY_REQUIRED, originRefusal, SECRET_KEY_REQUIRED } from '../src/accounts/authenticate.ts';
import { isRecent } from '../src/accounts/caller.ts';

/**
 * TABLE: who may ask. `pub`: any key or a session; `secret`: a live secret key or a session; `secretOrTest`: a test key too, for what it may
 * see and do on the test side alone; `session`: a person who has signed in; `recent`: one who did within the last ten minutes. What does not
 * say so is closed to test keys: they are handed around.
 */
export const AUDIENCES = ['public', 'pub', 'secret', 'secretOrTest', 'session', 'recent'] as const;
export type Audience = (typeof AUDIENCES)[number];

export const NOT_SIGNED_IN: Refusal = { kind: 'unauthenticated', code: 'not_signed_in', message: 'Sign in first' };
export const SESSION_REQUIRED: Refusal = {
  kind: 'forbidden',
  code: 'session_required',
  message: 'Sign in with e-mail and password to do this — a key cannot',
};
export const SIGN_IN_AGAIN: Refusal = {
  kind: 'forbidden',
  code: 'sign_in_again',
  message: 'Sign in again to do this — it needs your password from the last 10 minutes',
};

type Asking = { readonly now: Clock /** The web page that asks, as its browser says. */; readonly origin: string | null };

/** Why this caller may not ask, or null when they may. Missing and wrong keys come before wrong kinds of keys. */
export function whyNot(caller: Result<Caller, Refusal>, audience: Audience, { now, origin }: Asking): Refusal | null {
  if (audience === 'public') return null;
  const forPeople = audience === 'session' || audience === 'recent';
  if (!caller.ok) return forPeople ? NOT_SIGNED_IN : INVALID_KEY;
  const holder = caller.value;
  if (holder.kind === 'session') return audience === 'recent' && !isRecent(holder, now()) ? SIGN_IN_AGAIN : null;
  if (forPeople) return SESSION_REQUIRED;
  if (audience === 'pub') return originRefusal(holder, origin);
  if (holder.kind !== 'secret') return SECRET_KEY_REQUIRED;
  return audience === 'secret' && holder.mode === 'test' ? LIVE_KEY_REQUIRED : null;
}
