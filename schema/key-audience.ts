import type { KeyHolder } from '../src/accounts/account-store.ts';
import type { Refusal } from '../src/lib/refusal.ts';
import { LIVE_KEY_REQUIRED, originRefusal, SECRET_KEY_REQUIRED } from '../src/accounts/authenticate.ts';

/**
 * TABLE: who may ask. `pub`: any key; `secret`: a live secret key; `secretOrTest`: a secret key of either mode, for what a test key may see
 * and do on the test side alone. What does not say so is closed to test keys: they are handed around.
 */
export const AUDIENCES = ['public', 'pub', 'secret', 'secretOrTest'] as const;
export type Audience = (typeof AUDIENCES)[number];

/**
 * Who administers keys and account: creates and changes keys, touches keys other than itself, changes settings, closes the account.
 * The one place to switch: with sessions in this server it is `recent`, and secret keys may then rotate and revoke themselves only.
 */
export const KEY_ADMIN_SCOPE = 'secret' as const satisfies Audience;

/** Why a key that holds may not ask, or null when it may. */
export function whyNotKey(holder: KeyHolder, audience: Audience, origin: string | null): Refusal | null {
  if (audience === 'public') return null;
  if (audience === 'pub') return originRefusal(holder, origin);
  if (holder.kind !== 'secret') return SECRET_KEY_REQUIRED;
  return audience === 'secret' && holder.mode === 'test' ? LIVE_KEY_REQUIRED : null;
}

export const MODE_ARGUMENT = 'The side to list; by default the side of the key. A test key sees the test side alone.';

/** The side that a list shows: the two never mix (conformance A-10). */
export function listedMode(caller: Pick<KeyHolder, 'mode'>, asked: 'live' | 'test' | null | undefined): 'live' | 'test' {
  return caller.mode === 'test' ? 'test' : (asked ?? 'live');
}

/** Whether somebody who calls may see a thing of that side: to a test key the live side does not exist. */
export function seesMode(caller: Pick<KeyHolder, 'mode'>, mode: 'live' | 'test'): boolean {
  return caller.mode === 'live' || mode === 'test';
}
