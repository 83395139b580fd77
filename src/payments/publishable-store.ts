import type { Database, Tx } from '../lib/database.ts';
import type { InsideCommit } from './publishable-limits.ts';
import { inTx } from '../lib/database.ts';

/** When the open payments of an account's publishable keys end, soonest first. Account, mode and status lead into the index. */
export async function findPublishableEnds(
  database: Database,
  { accountId, mode }: { readonly accountId: string; readonly mode: 'live' | 'test' },
  most: number,
  inside?: InsideCommit,
): Promise<readonly Date[]> {
  const client = inside ? inTx(inside.tx) : database.client;
  const rows = await client.payment.findMany({
    where: { accountId, mode, status: 'pending', source: 'publishable', ...(inside ? { id: { not: inside.except } } : {}) },
    orderBy: { expiresAt: 'asc' },
    take: most,
    select: { expiresAt: true },
  });
  return rows.map(({ expiresAt }) => expiresAt);
}

/** Addresses that nobody has used and that payments of publishable keys hold, or held until after `since`: those that still rest. */
export async function countPublishableAddresses(tx: Tx, accountId: string, since: Date): Promise<number> {
  const [row] = await inTx(tx).$queryRaw<{ count: bigint }[]>`
    SELECT count(DISTINCT lease."addressId") AS count
    FROM "AddressLease" lease JOIN "Payment" payment ON payment.id = lease."paymentId" JOIN "Address" address ON address.id = lease."addressId"
    WHERE lease."accountId" = ${accountId} AND payment.source = 'publishable' AND address."everUsedAt" IS NULL
      AND (lease."releasedAt" IS NULL OR lease."releasedAt" > ${since})`;
  return Number(row?.count ?? 0n); // at most a few hundred rows
}
