import type { Database } from '../lib/database.ts';
import type { Random } from '../lib/random.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Clock } from '../lib/time.ts';
import type { PasskeyPlace } from './passkey.ts';

/** What every use case of signing in works with. */
export type SignInDeps = {
  readonly now: Clock;
  readonly random: Random;
  readonly sealer: Sealer;
  readonly hash: Sealer['hash'];
  readonly database: Database;
  readonly passkeys: PasskeyPlace;
  /** Told after the commit that ended sessions of an account: their open streams end at once. Must not throw. */
  readonly sessionsEnded: (accountId: string) => void;
  /** Spends a use of what one address may try or be sent; the refusal when there is none left. */
  readonly takeEmailUse: (name: 'auth_login_email' | 'account_mail', email: string) => Promise<Refusal | null>;
};
