import type { Database } from '../lib/database.ts';
import type { Random } from '../lib/random.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Secret } from '../lib/secret.ts';
import type { Clock } from '../lib/time.ts';
import { newId } from '../lib/ids.ts';
import { insertAccount, insertApiKey, insertUser } from './account-store.ts';
import { makeApiKey } from './api-key.ts';
import { hashPassword } from './password.ts';

export type CreateAccountDeps = { readonly now: Clock; readonly random: Random; readonly sealer: Sealer; readonly database: Database };
export type NewAccount = {
  readonly name: string;
  readonly email: string;
  readonly password: Secret<string>;
  readonly planEndsAt: Date | null;
  readonly trialUsed: number;
};
export type CreatedAccount = { readonly accountId: string; readonly secretKey: Secret<string>; readonly publishableKey: Secret<string> };

/** An account with its owner and its first pair of live keys, in one commit. The keys are shown to the caller once; their hashes are what rests. */
export async function createAccount(deps: CreateAccountDeps, input: NewAccount): Promise<CreatedAccount> {
  const at = deps.now();
  const accountId = newId(deps.random, 'account');
  const passwordHash = await hashPassword(input.password);
  const secretKey = makeApiKey('secret', 'live', deps.random);
  const publishableKey = makeApiKey('publishable', 'live', deps.random);
  await deps.database.transact(async (tx) => {
    await insertAccount(tx, { id: accountId, name: input.name, planEndsAt: input.planEndsAt, trialUsed: input.trialUsed, at });
    await insertUser(tx, { id: newId(deps.random, 'user'), accountId, email: input.email, passwordHash, at });
    for (const [kind, text] of [
      ['secret', secretKey],
      ['publishable', publishableKey],
    ] as const) {
      await insertApiKey(tx, deps.sealer, {
        id: newId(deps.random, 'apiKey'),
        accountId,
        kind,
        mode: 'live',
        text,
        label: 'First key',
        at,
      });
    }
  });
  return { accountId, secretKey, publishableKey };
}
