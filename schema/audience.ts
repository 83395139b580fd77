import type { Caller } from '../src/accounts/caller.ts';
import type { Refusal } from '../src/lib/refusal.ts';
import type { Result } from '../src/lib/result.ts';
import { INVALID_KEY, SECRET_KEY_REQUIRED } from '../src/accounts/authenticate.ts';
import { isRecent } from '../src/accounts/caller.ts';

/**
 * TABLE: who may ask. `pub`: any key or a session; `secret`: a secret key or a session; `secretKey`: a secret key alone; `session`: a person
 * who has signed in; `recent`: one who did within the last ten minutes.
 */
export const AUDIENCES = ['public', 'pub', 'secret', 'secretKey', 'session', 'recent'] as const;
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

/** Why this caller may not ask, or null when they may. Missing and wrong keys come before wrong kinds of keys. */
export function whyNot(caller: Result<Caller, Refusal>, audience: Audience, at: () => Date): Refusal | null {
  if (audience === 'public') return null;
  const forPeople = audience === 'session' || audience === 'recent';
  if (!caller.ok) return forPeople ? NOT_SIGNED_IN : INVALID_KEY;
  if (forPeople) {
    if (caller.value.kind !== 'session') return SESSION_REQUIRED;
    return audience === 'recent' && !isRecent(caller.value, at()) ? SIGN_IN_AGAIN : null;
  }
  if (audience === 'pub') return null;
  const admitted = caller.value.kind === 'secret' || (caller.value.kind === 'session' && audience === 'secret');
  return admitted ? null : SECRET_KEY_REQUIRED;
}
