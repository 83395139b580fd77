import type { EndpointSecrets } from './webhook-store.ts';
import type { Database, Tx } from '../lib/database.ts';
import { inTx } from '../lib/database.ts';

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
  const [endpoint, event] = await Promise.all([
    database.client.webhookEndpoint.findFirst({ where: { id: endpointId, accountId } }),
    database.client.event.findFirst({ where: { id: eventId, accountId } }),
  ]);
  if (!endpoint || !event || event.webhookBody === null) return null;
  return {
    endpoint,
    event: { id: event.id, type: event.type, sequence: event.sequence, createdAt: event.createdAt, body: event.webhookBody },
  };
}

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
  return database.transact(async (tx) => {
    const owned = await inTx(tx).delivery.updateMany({
      where: { id: leased.id, accountId: leased.accountId, status: 'pending', fence: leased.fence, attempts: attempt.number - 1 },
      data: { attempts: attempt.number, nextAttemptAt: attempt.nextIfLost },
    });
    if (owned.count === 0) return false;
    const { id, number, startedAt, requestHeaders } = attempt;
    await inTx(tx).attempt.create({ data: { id, accountId: leased.accountId, deliveryId: leased.id, number, startedAt, requestHeaders } });
    return true;
  });
}

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
