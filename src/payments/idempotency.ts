import type { IdempotencyRecord } from '../../prisma/generated/client.ts';
import type { Database, Tx, Write } from '../lib/database.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import { askIn, inTx } from '../lib/database.ts';
import { ok, refuse } from '../lib/result.ts';
import { countOf, updateIn } from '../lib/row-statements.ts';
import { addMs, DAY_MS, SECOND_MS } from '../lib/time.ts';

/** How long a key means the same request (conformance P-24). */
export const IDEMPOTENCY_KEPT_MS = DAY_MS;
/** A runner that has not finished by then is taken for dead. Too short costs nothing but work: the fence lets only the last runner commit. */
export const IDEMPOTENCY_LEASE_MS = 15 * SECOND_MS;
export const IDEMPOTENCY_KEY_CHARS_MAX = 255;

export type IdempotencyKey = {
  readonly scope: string;
  readonly route: string;
  readonly keyHash: Uint8Array<ArrayBuffer>;
  readonly bodyHash: Uint8Array<ArrayBuffer>;
};
/** `run`: this caller does the work, under this fence and for this result id. `replay`: it was done. */
export type Reservation =
  | { readonly kind: 'run'; readonly resultId: string; readonly fence: bigint }
  | { readonly kind: 'replay'; readonly resultId: string };

const RUNNING: Refusal = {
  kind: 'conflict',
  code: 'idempotency_key_in_use',
  message: 'A request with this Idempotency-Key is still running — retry in a few seconds',
  retryAfterSeconds: 2,
};
const OTHER_BODY: Refusal = {
  kind: 'conflict',
  code: 'idempotency_key_reused',
  message: 'This Idempotency-Key was used with another request body — use a new key',
};

/**
 * Takes the key for this request, or says what became of the earlier one. The result id is fixed at the first try: a retry after a crash
 * resumes the same thing.
 */
export async function reserveKey(
  database: Database,
  key: IdempotencyKey,
  resultId: string,
  at: Date,
): Promise<Result<Reservation, Refusal>> {
  return database.transact(async (tx) => {
    const db = inTx(tx);
    const { scope, route, keyHash, bodyHash } = key;
    const leaseUntil = addMs(at, IDEMPOTENCY_LEASE_MS);
    await db.idempotencyRecord.deleteMany({ where: { scope, route, keyHash, expiresAt: { lte: at } } });
    const { count } = await db.idempotencyRecord.createMany({
      data: [{ ...key, resultId, fence: 0n, leaseUntil, createdAt: at, expiresAt: addMs(at, IDEMPOTENCY_KEPT_MS) }],
      skipDuplicates: true,
    });
    if (count === 1) return ok({ kind: 'run', resultId, fence: 0n });
    await db.$queryRaw`SELECT 1 FROM "IdempotencyRecord" WHERE scope = ${scope} AND route = ${route} AND "keyHash" = ${keyHash} FOR UPDATE`;
    const row = await db.idempotencyRecord.findUnique({ where: { scope_route_keyHash: { scope, route, keyHash } } });
    if (!row) return refuse(RUNNING);
    if (!Buffer.from(row.bodyHash).equals(bodyHash)) return refuse(OTHER_BODY);
    if (row.httpStatus !== null) return ok({ kind: 'replay', resultId: row.resultId });
    if (row.leaseUntil && row.leaseUntil > at) return refuse(RUNNING);
    const fence = row.fence + 1n;
    await db.idempotencyRecord.update({ where: { scope_route_keyHash: { scope, route, keyHash } }, data: { fence, leaseUntil } });
    return ok({ kind: 'run', resultId: row.resultId, fence });
  });
}

/** Marks the key as done, in the commit of what was asked. @throws Error when another runner took over: the commit must not happen twice. */
export async function finishKey(tx: Tx, key: IdempotencyKey, fence: bigint): Promise<void> {
  if ((await countOf(askIn(tx), changeRecord(rowOf(key, fence), DONE))) !== 1)
    throw new Error('another runner took over this idempotency key');
}

/** The same as a write that is committed with others: what goes with it fails where another runner took over. */
export function writeFinish(key: IdempotencyKey, fence: bigint): Write {
  return mustChangeRecord(rowOf(key, fence), DONE);
}

const changeRecord = updateIn<IdempotencyRecord>('IdempotencyRecord');
const mustChangeRecord = updateIn<IdempotencyRecord>('IdempotencyRecord', { must: true });
const DONE = { httpStatus: 201, leaseUntil: null } as const;

function rowOf({ scope, route, keyHash }: IdempotencyKey, fence: bigint) {
  return { scope, route, keyHash, fence };
}

/** Gives the key back after a refusal that had no effect: the same key may carry a corrected request. */
export async function releaseKey(database: Database, key: IdempotencyKey, fence: bigint): Promise<void> {
  const { scope, route, keyHash } = key;
  await database.client.idempotencyRecord.deleteMany({ where: { scope, route, keyHash, fence, httpStatus: null } });
}

/** After a fault the effect is unknown: the reservation stays, so that a retry resumes the same id, but need not wait for the lease. */
export async function endLease(database: Database, key: IdempotencyKey, fence: bigint): Promise<void> {
  const { scope, route, keyHash } = key;
  await database.client.idempotencyRecord.updateMany({
    where: { scope, route, keyHash, fence, httpStatus: null },
    data: { leaseUntil: null },
  });
}

/** Frees every key that is running. Only for a process that knows itself to be alone: whoever ran is dead. */
export async function endAllLeases(database: Database): Promise<void> {
  await database.client.idempotencyRecord.updateMany({
    where: { httpStatus: null, leaseUntil: { not: null } },
    data: { leaseUntil: null },
  });
}
