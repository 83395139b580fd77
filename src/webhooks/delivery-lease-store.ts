import type { DeliverySubject, LeasedDelivery, SubjectRow } from './delivery-store.ts';
import type { Database } from '../lib/database.ts';
import { rowsOf, statement } from '../lib/row-statements.ts';
import { subjectOf } from './delivery-store.ts';

/** A delivery with what to send and where; `subject` as `readDeliverySubject` answers it. */
export type DueDelivery = LeasedDelivery & { readonly subject: DeliverySubject | null };

/**
 * Leases deliveries that are due: at most `limit`, and per endpoint no more than `perEndpoint` that run anywhere at a time. Endpoints take
 * turns, so that a long queue of one never stands before another's first. One that rests after failures (`breakerOpenUntil`) gets nothing until
 * then, and after it one delivery at a time. Times are the caller's; the database's own clock is not read.
 */
export async function leaseDueDeliveries(
  database: Database,
  lease: { at: Date; until: Date; limit: number; perEndpoint: number },
): Promise<readonly DueDelivery[]> {
  const { at, until, limit, perEndpoint } = lease;
  const rows = await rowsOf(database.ask, leaseDue(at, until, limit, perEndpoint));
  return rows.map((row) => {
    const { id, accountId, endpointId, eventId, redelivery, attempts, fence } = row;
    return { id, accountId, endpointId, eventId, redelivery, attempts, fence, subject: subjectOf(row, { endpointId, eventId }) };
  });
}

type DueRow = LeasedDelivery & (SubjectRow | { readonly [Column in keyof SubjectRow]: null });

/**
 * Reads no more than what waits (index `Delivery_due`), whatever the log holds, and of a long queue no more than its endpoint has slots for:
 * `waiting` steps through that index from endpoint to endpoint.
 */
const leaseDue = statement<DueRow>(`
  WITH RECURSIVE busy AS (
    SELECT "endpointId", count(*)::int AS running FROM "Delivery"
    WHERE "nextAttemptAt" IS NOT NULL AND "status" = 'pending' AND "leaseUntil" > $1::timestamptz GROUP BY "endpointId"
  ), waiting AS (
    (SELECT "endpointId" FROM "Delivery" WHERE "nextAttemptAt" IS NOT NULL ORDER BY "endpointId" LIMIT 1)
    UNION ALL
    SELECT (SELECT n."endpointId" FROM "Delivery" n
      WHERE n."nextAttemptAt" IS NOT NULL AND n."endpointId" > w."endpointId" ORDER BY n."endpointId" LIMIT 1)
    FROM waiting w WHERE w."endpointId" IS NOT NULL
  ), due AS (
    SELECT q."id", coalesce(b.running, 0) + q.place AS place
    FROM waiting w
    JOIN "WebhookEndpoint" e ON e."id" = w."endpointId" AND e."status" = 'enabled'
      AND (e."breakerOpenUntil" IS NULL OR e."breakerOpenUntil" <= $1::timestamptz)
    LEFT JOIN busy b ON b."endpointId" = e."id"
    CROSS JOIN LATERAL (
      SELECT d."id", row_number() OVER (ORDER BY d."nextAttemptAt", d."createdAt", d."id") AS place FROM "Delivery" d
      WHERE d."endpointId" = e."id" AND d."nextAttemptAt" <= $1::timestamptz AND d."status" = 'pending'
        AND (d."leaseUntil" IS NULL OR d."leaseUntil" <= $1::timestamptz)
      ORDER BY d."nextAttemptAt", d."createdAt", d."id"
      LIMIT greatest(0, CASE WHEN e."breakerOpenUntil" IS NULL THEN $4::int ELSE 1 END - coalesce(b.running, 0))
    ) q
  ), chosen AS (
    SELECT d."id" FROM due JOIN "Delivery" d ON d."id" = due."id"
    WHERE d."status" = 'pending' AND d."nextAttemptAt" <= $1::timestamptz AND (d."leaseUntil" IS NULL OR d."leaseUntil" <= $1::timestamptz)
    ORDER BY due.place, d."nextAttemptAt", d."id" LIMIT $3::int
    FOR UPDATE OF d SKIP LOCKED
  ), leased AS (
    UPDATE "Delivery" d SET "fence" = d."fence" + 1, "leaseUntil" = $2::timestamptz FROM chosen WHERE d."id" = chosen."id"
    RETURNING d."id", d."accountId", d."endpointId", d."eventId", d."redelivery", d."attempts", d."fence"
  )
  SELECT l.*, s.* FROM leased l LEFT JOIN LATERAL (
    SELECT w."url", w."secretSealed", w."oldSecretSealed", w."oldSecretUntil", e."type", e."sequence", e."createdAt", e."webhookBody" AS "body"
    FROM "WebhookEndpoint" w CROSS JOIN "Event" e
    WHERE w."id" = l."endpointId" AND e."id" = l."eventId" AND w."accountId" = l."accountId" AND e."accountId" = l."accountId"
  ) s ON true`);

/** When the worker has to look again: the soonest delivery that is due, or whose holder's lease ends. Null when nothing waits. */
export async function nextDueAt(database: Database): Promise<Date | null> {
  const rows = await database.client.$queryRaw<{ due: Date | null }[]>`
    SELECT min(greatest(d."nextAttemptAt", d."leaseUntil", e."breakerOpenUntil")) AS due
    FROM "Delivery" d JOIN "WebhookEndpoint" e ON e."id" = d."endpointId" AND e."status" = 'enabled'
    WHERE d."status" = 'pending' AND d."nextAttemptAt" IS NOT NULL`;
  return rows[0]?.due ?? null;
}
