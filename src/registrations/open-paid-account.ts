import type { Tx } from '../lib/database.ts';
import type { Random } from '../lib/random.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Secret } from '../lib/secret.ts';
import type { Clock } from '../lib/time.ts';
import type { Database } from '../lib/database.ts';
import type { Registration } from './registration.ts';
import { insertAccount, insertApiKey, insertUser } from '../accounts/account-store.ts';
import { makeApiKey } from '../accounts/api-key.ts';
import { recordAudit } from '../events/audit-store.ts';
import { newId } from '../lib/ids.ts';
import { claimKey } from './registration-store.ts';
import { registrationSubject } from './registration.ts';

type Deps = { readonly random: Random; readonly sealer: Sealer };

/** Payers see it until the merchant says another. */
const NAME_UNTIL_CHOSEN = 'AvoPay merchant';

/** An account with its owner and its publishable key; the secret key is made by the poll that hands it over. No trial: it has paid. */
export async function openPaidAccount(
  { random, sealer }: Deps,
  tx: Tx,
  owner: { email: string; passwordHash: string; at: Date },
): Promise<string> {
  const { at, email, passwordHash } = owner;
  const accountId = newId(random, 'account');
  await insertAccount(tx, { id: accountId, name: NAME_UNTIL_CHOSEN, planEndsAt: null, trialUsed: 0, at });
  await insertUser(tx, { id: newId(random, 'user'), accountId, email, passwordHash, at });
  const text = makeApiKey('publishable', 'live', random);
  const id = newId(random, 'apiKey');
  await insertApiKey(tx, sealer, { id, accountId, kind: 'publishable', mode: 'live', text, label: 'First key', at });
  return accountId;
}

/**
 * Makes the key of an active registration and spends its right to it, in one commit: of any number of polls one is answered the key. Only
 * its hash rests, so an answer that is lost is lost: the owner signs in and makes another.
 */
export async function mintRegistrationKey(
  deps: Deps & { readonly database: Database; readonly now: Clock },
  { idHash, accountId }: Registration & { status: 'active' },
): Promise<Secret<string> | null> {
  const { random, sealer } = deps;
  const id = newId(random, 'apiKey');
  const text = makeApiKey('secret', 'live', random);
  const at = deps.now();
  const subjectId = registrationSubject(idHash);
  return deps.database.transact(async (tx) => {
    if (!(await claimKey(tx, idHash, id))) return null;
    await insertApiKey(tx, sealer, { id, accountId, kind: 'secret', mode: 'live', text, label: 'First key', at });
    await recordAudit(tx, random, { accountId, actor: 'system', action: 'registration.key_minted', subjectId, facts: { keyId: id }, at });
    return text;
  });
}
