import type { Database, Tx, Write } from '../lib/database.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Clock } from '../lib/time.ts';
import type { IdempotencyKey } from './idempotency.ts';
import { sha256 } from '../lib/bytes.ts';
import { ok, refuse } from '../lib/result.ts';
import { endLease, finishKey, IDEMPOTENCY_KEY_CHARS_MAX, releaseKey, reserveKey, writeFinish } from './idempotency.ts';

export type OnceDeps = { readonly now: Clock; readonly hash: Sealer['hash']; readonly database: Database };

/** What names a request: whose it is, what it asks for, the caller's own key (null: no key, so it simply runs), and its judged content. */
export type OnceKey = { readonly scope: string; readonly route: string; readonly text: string | null; readonly body: string };

export type OnceWork<Id extends string, T> = {
  readonly newId: () => Id;
  /** Makes the thing under `id`; `alsoInCommit` must be in the very transaction that makes it. `isFresh`: nobody has tried under this id before. */
  readonly run: (id: Id, alsoInCommit: AlsoInCommit, isFresh: boolean) => Promise<Result<T, Refusal>>;
  readonly find: (id: Id) => Promise<T | null>;
};

/** What one transaction must contain beside its own: to be run inside it, or as writes that go with it. */
export type AlsoInCommit = { readonly run: (tx: Tx) => Promise<void>; readonly writes: readonly Write[] };

export type Once<T> = { readonly value: T; readonly replayed: boolean };

/** The same key with the same body always answers the same thing (conformance P-24), whatever dies in between. */
export async function runOnce<Id extends string, T>(
  deps: OnceDeps,
  key: OnceKey,
  work: OnceWork<Id, T>,
): Promise<Result<Once<T>, Refusal>> {
  if (key.text === null) {
    const made = await work.run(work.newId(), { run: async () => {}, writes: [] }, true);
    return made.ok ? ok({ value: made.value, replayed: false }) : made;
  }
  if (key.text.length === 0 || key.text.length > IDEMPOTENCY_KEY_CHARS_MAX) {
    return refuse({ kind: 'invalid', code: 'invalid_idempotency_key', message: 'Idempotency-Key must have 1 to 255 characters' });
  }
  const { scope, route } = key;
  const stored = { scope, route, keyHash: deps.hash('idempotency-key', key.text), bodyHash: new Uint8Array(sha256(key.body)) };
  return runReserved(deps, stored, work);
}

async function runReserved<Id extends string, T>(
  deps: OnceDeps,
  key: IdempotencyKey,
  work: OnceWork<Id, T>,
): Promise<Result<Once<T>, Refusal>> {
  const reserved = await reserveKey(deps.database, key, work.newId(), deps.now());
  if (!reserved.ok) return reserved;
  const id = reserved.value.resultId as Id; // reserved from newId above, now or at the first try
  if (reserved.value.kind === 'replay') {
    const value = await work.find(id);
    if (value === null) throw new Error(`idempotency record without its result ${id}`);
    return ok({ value, replayed: true });
  }
  const { fence } = reserved.value;
  try {
    const finish = { run: (tx: Tx) => finishKey(tx, key, fence), writes: [writeFinish(key, fence)] };
    const made = await work.run(id, finish, fence === 0n);
    if (made.ok) return ok({ value: made.value, replayed: false });
    if (made.error.kind === 'unavailable') await endLease(deps.database, key, fence);
    else await releaseKey(deps.database, key, fence);
    return made;
  } catch (fault) {
    // What was reached is unknown: the reservation stays, so that a retry resumes this very thing.
    await endLease(deps.database, key, fence);
    throw fault;
  }
}
