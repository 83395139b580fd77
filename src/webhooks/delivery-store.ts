import type { EndpointSecrets } from './webhook-store.ts';
import type { Database, Tx } from '../lib/database.ts';
import { inTx } from '../lib/database.ts';
import { countOf, firstOf, statement } from '../lib/row-statements.ts';

/** A delivery that this worker owns until its lease ends, or until another takes it over (then `fence` has moved on). */
export type LeasedDelivery = Readonly<{
  id: string;
  accountId: string;
  endpointId: string;
  eventId: string;
  redelivery: number;
  attempts: number;
  fence: bigint;
}>;

/**
 * Leases deliveries that are due: at most `limit`, and per endpoint no more than `perEndpoint` that run anywhere at a time. Endpoints take
 * turns, so that a long queue of one never stands before another's first. One that rests after failures (`breakerOpenUntil`) gets nothing until
 * then, and after it one delivery at a time. Times are the caller's; the database's own clock is not read.
 */
export async function leaseDueDeliveries(
  database: Database,
  lease: { at: Date; until: Date; limit: number; perEndpoint: number },
): Promise<readonly LeasedDelivery[]> {
  const { at, until, limit, perEndpoint } = lease;
  return database.client.$queryRaw<LeasedDelivery[]>`
    WITH busy AS (
      SELECT "endpointId", count(*) AS running FROM "Delivery"
      WHERE "status" = 'pending' AND "leaseUntil" > ${at}::timestamptz GROUP BY "endpointId"
    ), ranked AS (
      SELECT d."id", CASE WHEN e."breakerOpenUntil" IS NULL THEN ${perEndpoint}::int ELSE 1 END AS slots,
        coalesce(b.running, 0) + row_number() OVER (PARTITION BY d."endpointId" ORDER BY d."nextAttemptAt", d."createdAt", d."id") AS place
      FROM "Delivery" d
      JOIN "WebhookEndpoint" e ON e."id" = d."endpointId" AND e."status" = 'enabled'
      LEFT JOIN busy b ON b."endpointId" = d."endpointId"
      WHERE d."status" = 'pending' AND d."nextAttemptAt" <= ${at}::timestamptz AND (d."leaseUntil" IS NULL OR d."leaseUntil" <= ${at}::timestamptz)
        AND coalesce(b.running, 0) < ${perEndpoint} AND (e."breakerOpenUntil" IS NULL OR e."breakerOpenUntil" <= ${at}::timestamptz)
    ), chosen AS (
      SELECT d."id" FROM ranked r JOIN "Delivery" d ON d."id" = r."id"
      WHERE r.place <= r.slots AND d."status" = 'pending' AND d."nextAttemptAt" <= ${at}::timestamptz
        AND (d."leaseUntil" IS NULL OR d."leaseUntil" <= ${at}::timestamptz)
      ORDER BY r.place, d."nextAttemptAt", d."id" LIMIT ${limit}
      FOR UPDATE OF d SKIP LOCKED
    )
    UPDATE "Delivery" d SET "fence" = d."fence" + 1, "leaseUntil" = ${until}::timestamptz FROM chosen WHERE d."id" = chosen."id"
    RETURNING d."id", d."accountId", d."endpointId", d."eventId", d."redelivery", d."attempts", d."fence"`;
}

/** When the worker has to look again: the soonest delivery that is due, or whose holder's lease ends. Null when nothing waits. */
export async function nextDueAt(database: Database): Promise<Date | null> {
  const rows = await database.client.$queryRaw<{ due: Date | null }[]>`
    SELECT min(greatest(d."nextAttemptAt", d."leaseUntil", e."breakerOpenUntil")) AS due
    FROM "Delivery" d JOIN "WebhookEndpoint" e ON e."id" = d."endpointId" AND e."status" = 'enabled'
    WHERE d."status" = 'pending' AND d."nextAttemptAt" IS NOT NULL`;
  return rows[0]?.due ?? null;
}

export type DeliverySubject = Readonly<{
  endpoint: EndpointSecrets & Readonly<{ id: string; url: string }>;
  event: Readonly<{ id: string; type: string; sequence: bigint; createdAt: Date; body: string }>;
}>;

/** What to send and where. Null when the event has no body or the endpoint is gone: there is nothing to deliver. */
export async function readDeliverySubject(database: Database, leased: LeasedDelivery): Promise<DeliverySubject | null> {
  const { accountId, endpointId, eventId } = leased;
  const row = await firstOf(database.ask, readSubject(endpointId, eventId, accountId));
  if (!row || row.body === null) return null;
  const { url, secretSealed, oldSecretSealed, oldSecretUntil, type, sequence, createdAt, body } = row;
  return {
    endpoint: { id: endpointId, url, secretSealed, oldSecretSealed, oldSecretUntil },
    event: { id: eventId, type, sequence, createdAt, body },
  };
}

type SubjectRow = Omit<DeliverySubject['endpoint'], 'id'> &
  Omit<DeliverySubject['event'], 'id' | 'body'> & { readonly body: string | null };
const readSubject = statement<SubjectRow>(`
  SELECT w."url", w."secretSealed", w."oldSecretSealed", w."oldSecretUntil", e."type", e."sequence", e."createdAt", e."webhookBody" AS "body"
  FROM "WebhookEndpoint" w CROSS JOIN "Event" e WHERE w."id" = $1 AND e."id" = $2 AND w."accountId" = $3 AND e."accountId" = $3`);

export type StartedAttempt = Readonly<{
  id: string;
  number: number;
  startedAt: Date;
  requestHeaders: { readonly [name: string]: string };
  nextIfLost: Date;
}>;

/**
 * Records an attempt before it is made. From here it counts, whatever becomes of this process: should no result be stored, the delivery falls
 * due again at `nextIfLost`. False when the delivery has another owner by now: then nothing may be sent.
 */
export async function startAttempt(database: Database, leased: LeasedDelivery, attempt: StartedAttempt): Promise<boolean> {
  const { id, number, startedAt, requestHeaders } = attempt;
  const mine = [leased.id, leased.accountId, leased.fence];
  const asked = recordStart(...mine, number, attempt.nextIfLost, id, startedAt, JSON.stringify(requestHeaders));
  return (await countOf(database.ask, asked)) === 1;
}

/** Counted and recorded in one statement: both or neither. */
const recordStart = statement(`
  WITH owned AS (
    UPDATE "Delivery" SET "attempts" = $4::int, "nextAttemptAt" = $5
    WHERE "id" = $1 AND "accountId" = $2 AND "fence" = $3 AND "status" = 'pending' AND "attempts" = $4::int - 1 RETURNING "id", "accountId"
  )
  INSERT INTO "Attempt" ("id", "accountId", "deliveryId", "number", "startedAt", "requestHeaders")
  SELECT $6, "accountId", "id", $4::int, $7::timestamptz, $8::jsonb FROM owned`);

export type AttemptResult = Readonly<{
  durationMs: number;
  httpStatus: number | null;
  errorCode: string | null;
  responseHead: string | null;
}>;
export type DeliveryOutcome = Readonly<{ status: 'delivered' | 'exhausted' | 'cancelled' } | { status: 'pending'; nextAttemptAt: Date }>;

/**
 * Stores how an attempt ended and what follows; `ifExhausted` runs in the same commit when nothing follows any more. False when another worker
 * owns the delivery by now: a late result changes nothing.
 */
export async function finishAttempt(
  database: Database,
  leased: LeasedDelivery,
  ended: { attempt: { id: string; result: AttemptResult } | null; outcome: DeliveryOutcome },
  ifExhausted: (tx: Tx) => Promise<void> = async () => {},
): Promise<boolean> {
  const { attempt, outcome } = ended;
  if (attempt && outcome.status !== 'exhausted') {
    const next = outcome.status === 'pending' ? outcome.nextAttemptAt : null;
    const { durationMs, httpStatus, errorCode, responseHead } = attempt.result;
    const mine = [leased.id, leased.accountId, leased.fence];
    const asked = recordEnd(...mine, outcome.status, next, attempt.id, durationMs, httpStatus, errorCode, responseHead);
    if ((await countOf(database.ask, asked)) === 1) return true; // else it was called off, or is another's: told apart below
  }
  return database.transact(async (tx) => {
    const mine = { id: leased.id, accountId: leased.accountId, fence: leased.fence };
    // One that was called off while its POST ran has been delivered all the same, if the endpoint said so.
    const from = outcome.status === 'delivered' ? ['pending', 'cancelled'] : ['pending'];
    const owned = await inTx(tx).delivery.updateMany({
      where: { ...mine, status: { in: from } },
      data: { status: outcome.status, nextAttemptAt: outcome.status === 'pending' ? outcome.nextAttemptAt : null, leaseUntil: null },
    });
    const isMine = owned.count > 0 || (await inTx(tx).delivery.count({ where: { ...mine, status: 'cancelled' } })) > 0;
    if (!isMine) return false;
    if (attempt) await inTx(tx).attempt.update({ where: { id: attempt.id }, data: attempt.result });
    if (owned.count > 0 && outcome.status === 'exhausted') await ifExhausted(tx);
    return true;
  });
}

/** The end of an attempt of whoever owns the delivery, when nothing else belongs to its commit. */
const recordEnd = statement(`
  WITH owned AS (
    UPDATE "Delivery" SET "status" = $4, "nextAttemptAt" = $5, "leaseUntil" = NULL
    WHERE "id" = $1 AND "accountId" = $2 AND "fence" = $3 AND ("status" = 'pending' OR ("status" = 'cancelled' AND $4 = 'delivered'))
    RETURNING "id"
  )
  UPDATE "Attempt" a SET "durationMs" = $7, "httpStatus" = $8, "errorCode" = $9, "responseHead" = $10
  FROM owned WHERE a."id" = $6 AND a."deliveryId" = owned."id"`);
