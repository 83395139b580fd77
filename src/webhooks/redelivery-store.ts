import type { EndpointMode } from './endpoint.ts';
import type { Whose } from './managed-endpoint-store.ts';
import type { LeasedDelivery } from './delivery-store.ts';
import type { Database, Tx } from '../lib/database.ts';
import { inTx } from '../lib/database.ts';

/** What a delivery was of; null when it is not the account's. */
export async function findDeliveryTarget(
  database: Database,
  { accountId, modes }: Whose,
  id: string,
): Promise<{ eventId: string; endpointId: string } | null> {
  const row = await database.client.delivery.findFirst({ where: { id, accountId }, select: { eventId: true, endpointId: true } });
  if (!row) return null;
  const seen = await database.client.webhookEndpoint.count({ where: { id: row.endpointId, accountId, mode: { in: modes } } });
  return seen > 0 ? row : null;
}

export type Target = Readonly<{ accountId: string; endpointId: string; eventId: string }>;

/** How often the event was sent there, and the one that is still under way after somebody asked for it again. */
export async function readRedeliveries(tx: Tx, target: Target): Promise<{ last: number; pendingId: string | null }> {
  const rows = await inTx(tx).delivery.findMany({
    where: target,
    orderBy: { redelivery: 'desc' },
    take: 1,
    select: { id: true, redelivery: true, status: true },
  });
  const [newest] = rows;
  if (!newest) return { last: 0, pendingId: null }; // forgotten since it was looked up: what is sent now is still a redelivery
  return { last: newest.redelivery, pendingId: newest.redelivery > 0 && newest.status === 'pending' ? newest.id : null };
}

export type NewDelivery = Target & Readonly<{ id: string; redelivery: number; at: Date; leasedUntil: Date | null }>;

/** Due at once; with a lease, its maker alone may make the first attempt until then. */
export async function insertDelivery(tx: Tx, delivery: NewDelivery): Promise<LeasedDelivery> {
  const { id, accountId, endpointId, eventId, redelivery, at, leasedUntil } = delivery;
  const fence = leasedUntil ? 1n : 0n;
  await inTx(tx).delivery.create({
    data: {
      ...{ id, accountId, endpointId, eventId, redelivery, fence, leaseUntil: leasedUntil },
      ...{ status: 'pending', attempts: 0, nextAttemptAt: at, createdAt: at },
    },
  });
  return { id, accountId, endpointId, eventId, redelivery, attempts: 0, fence };
}

/** An event to be sent again, and the number that its new delivery gets. */
export type Replayable = Readonly<{ eventId: string; redelivery: number }>;

/**
 * The account's events after a place in its log that an endpoint of this mode and these types would have been sent, but for those that are
 * on their way to it already; oldest first, at most `limit`.
 */
export async function findReplayable(
  tx: Tx,
  query: { accountId: string; endpointId: string; mode: EndpointMode; types: readonly string[]; after: bigint; limit: number },
): Promise<readonly Replayable[]> {
  const { accountId, endpointId, mode, types, after, limit } = query;
  return inTx(tx).$queryRaw<Replayable[]>`
    SELECT e."id" AS "eventId", coalesce(max(d."redelivery"), 0) + 1 AS redelivery
    FROM "Event" e JOIN "Payment" p ON p."id" = e."subjectId" AND p."accountId" = e."accountId" AND p."mode" = ${mode}
    LEFT JOIN "Delivery" d ON d."eventId" = e."id" AND d."endpointId" = ${endpointId}
    WHERE e."accountId" = ${accountId} AND e."sequence" > ${after} AND e."webhookBody" IS NOT NULL AND e."type" = ANY(${types}::text[])
    GROUP BY e."id", e."sequence" HAVING count(*) FILTER (WHERE d."status" = 'pending') = 0
    ORDER BY e."sequence" LIMIT ${limit}`;
}

export async function insertReplays(tx: Tx, rows: readonly NewDelivery[]): Promise<void> {
  const data = rows.map(({ leasedUntil, at, ...row }) => ({
    ...row,
    ...{ status: 'pending', attempts: 0, nextAttemptAt: at, fence: 0n, leaseUntil: leasedUntil, createdAt: at },
  }));
  await inTx(tx).delivery.createMany({ data });
}
