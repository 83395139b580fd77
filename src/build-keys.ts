import type { KeyUseCases } from '../schema/key-use-cases.ts';
import type { Bus } from '../subscriptions/pubsub.ts';
import type { ManageKeysDeps } from './accounts/manage-keys.ts';
import type { Tx } from './lib/database.ts';
import type { Log } from './lib/log.ts';
import type { Result } from './lib/result.ts';
import type { OpenEnds } from './payments/publishable-limits.ts';
import type { ApplyEventDeps } from './payments/apply-event.ts';
import { topics } from '../subscriptions/topics.ts';
import { findKeyHolder } from './accounts/account-store.ts';
import { findSessionHolder } from './accounts/session-store.ts';
import { isLiveKey } from './accounts/api-key.ts';
import { listKeys } from './accounts/api-key-store.ts';
import { authenticate } from './accounts/authenticate.ts';
import { closeAccount, updateAccount } from './accounts/change-account.ts';
import { noteKeyUse, readKeyWarnings } from './accounts/key-use.ts';
import { createKey, revokeKey, rotateKey, updateKey } from './accounts/manage-keys.ts';
import { gather } from './lib/gather.ts';
import { addMs, DAY_MS } from './lib/time.ts';
import { countPublishableAddresses, findPublishableEnds } from './payments/publishable-store.ts';
import { simulatePayment } from './payments/simulate-payment.ts';
import { recycledBefore } from './wallets/address-gap.ts';
import { hasWallet } from './wallets/wallet-store.ts';

export type KeyParts = ManageKeysDeps & {
  readonly log: Log;
  readonly bus: Bus;
  readonly applyDeps: ApplyEventDeps;
};

export type BuiltKeys = ReturnType<typeof buildKeys>;

/** A merchant can still see for so long what became of a key. */
const ENDED_SHOWN_MS = 30 * DAY_MS;

/** The use cases of keys and account, and who calls by a key. */
export function buildKeys(parts: KeyParts) {
  const { now, database, sealer, bus } = parts;
  const keyUse = noteKeyUse(parts);
  const list = (accountId: string) => listKeys(database, { accountId, at: now(), endedAfter: addMs(now(), -ENDED_SHOWN_MS) });
  /** Open streams must end within a second. The outbox announces it too, but only as soon as a worker looks: this is the same word, sooner. */
  const announced = async <T, E>(accountId: string, done: Promise<Result<T, E>>): Promise<Result<T, E>> => {
    const result = await done;
    if (result.ok) bus.publish({ topic: topics.access(accountId), version: 0 });
    return result;
  };
  const useCases: KeyUseCases = {
    list,
    create: (asker, input) => createKey(parts, asker, input),
    update: (asker, change) => updateKey(parts, asker, change),
    rotate: (asker, rotation) => announced(asker.accountId, rotateKey(parts, asker, rotation)),
    revoke: (asker, id) => announced(asker.accountId, revokeKey(parts, asker, id)),
    warnings: async (accountId) => {
      const at = now();
      const live = (await list(accountId)).filter((key) => isLiveKey(key, at));
      return readKeyWarnings(database, { accountId, liveKeyIds: new Set(live.map(({ id }) => id)), at });
    },
    updateAccount: (asker, changes) => updateAccount(parts, asker, changes),
    closeAccount: (asker, password) => announced(asker.accountId, closeAccount(parts, asker, password)),
    hasWallet: (accountId) => hasWallet({ database }, accountId),
    simulate: (request) => simulatePayment({ ...parts.applyDeps, database, now }, request),
  };
  // A shop's server asks with one key, and often for many things in one moment.
  const find = gather((key: string) => findKeyHolder(database, sealer.hash('api-key', key), now()));
  const findPerson = (hash: Uint8Array<ArrayBuffer>, at: Date) => findSessionHolder(database, hash, at);
  const authDeps = { now, hash: sealer.hash, findKeyHolder: find, findSessionHolder: findPerson, noteUse: keyUse.note };
  return {
    useCases,
    /** What bounds the payments of publishable keys. */
    publishable: {
      findPublishableEnds: ((which, most, inside) => findPublishableEnds(database, which, most, inside)) satisfies OpenEnds,
      countPublishableAddresses: (tx: Tx, accountId: string, at: Date) => countPublishableAddresses(tx, accountId, recycledBefore(at)),
    },
    authenticate: (header: string | null, web: { session: string | null; origin: string | null }) => authenticate(authDeps, header, web),
    /** What is still being written about the use of keys, before the database goes. */
    settle: () => keyUse.settle(),
  };
}
