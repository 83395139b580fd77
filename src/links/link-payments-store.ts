import type { Database } from '../lib/database.ts';
import type { LinkId, PaymentId } from '../lib/ids.ts';
import type { Fiat } from '../lib/money.ts';
import type { PaymentLink } from './link.ts';

type Visit = { readonly linkId: LinkId; readonly visitorHash: Uint8Array<ArrayBuffer> };
export type OpenVisit = { readonly id: PaymentId; readonly expiresAt: Date };

/** The browser's own payment of this amount that can still be paid until `least` at the earliest, or whose money is on its way. */
export async function findOpenVisit(database: Database, visit: Visit, fiat: Fiat, least: Date): Promise<OpenVisit | null> {
  const row = await database.client.payment.findFirst({
    where: {
      ...visit,
      fiatMinor: fiat.minor,
      currency: fiat.currency,
      OR: [{ status: 'detected' }, { status: 'pending', expiresAt: { gte: least } }],
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    select: { id: true, expiresAt: true },
  });
  return row ? { id: row.id as PaymentId, expiresAt: row.expiresAt } : null; // only newId writes this column
}

/** The newest payment that this browser made from the link, whatever became of it. */
export async function findLatestVisit(database: Database, visit: Visit): Promise<string | null> {
  const row = await database.client.payment.findFirst({
    where: visit,
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    select: { id: true },
  });
  return row?.id ?? null;
}

/** When the open sessions of a link end, soonest first, `most` of them at most. The account and status lead into the index. */
export async function findOpenSessionEnds(database: Database, link: PaymentLink, most: number): Promise<readonly Date[]> {
  const rows = await database.client.payment.findMany({
    where: { accountId: link.accountId, mode: link.mode, status: 'pending', linkId: link.id },
    orderBy: { expiresAt: 'asc' },
    take: most,
    select: { expiresAt: true },
  });
  return rows.map(({ expiresAt }) => expiresAt);
}

export type LinkTotals = { readonly paidCount: number; readonly paidSats: bigint };

/** What links have earned: their paid payments, and what the payers paid. A link without any is not in the answer. */
export async function readLinkTotals(database: Database, linkIds: readonly string[]): Promise<ReadonlyMap<string, LinkTotals>> {
  const rows = await database.client.payment.groupBy({
    by: ['linkId'],
    where: { linkId: { in: [...linkIds] }, status: 'paid' },
    _count: { _all: true },
    _sum: { amountSats: true },
  });
  return new Map(rows.map((row) => [row.linkId ?? '', { paidCount: row._count._all, paidSats: row._sum.amountSats ?? 0n }]));
}
