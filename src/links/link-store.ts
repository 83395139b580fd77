import type { PaymentLink as LinkRow, Prisma } from '../../prisma/generated/client.ts';
import type { Database, Tx } from '../lib/database.ts';
import type { LinkId } from '../lib/ids.ts';
import type { Currency } from '../lib/money.ts';
import type { LinkStatus, PaymentLink } from './link.ts';
import { inTx } from '../lib/database.ts';

export async function insertLink(tx: Tx, link: PaymentLink): Promise<void> {
  await inTx(tx).paymentLink.create({ data: link });
}

/** Saves by compare-and-set on the version that was read. Answers false when somebody was faster. */
export async function saveLink(tx: Tx, link: PaymentLink, readVersion: number): Promise<boolean> {
  const { id, accountId, title, description, redirectUrl, status, version } = link;
  const { count } = await inTx(tx).paymentLink.updateMany({
    where: { id, accountId, version: readVersion },
    data: { title, description, redirectUrl, status, version },
  });
  return count === 1;
}

/** For the page that everybody may open: nobody's account stands in the `where`. */
export async function findLink(database: Database, id: LinkId): Promise<PaymentLink | null> {
  const row = await database.client.paymentLink.findUnique({ where: { id } });
  return row ? fromRow(row) : null;
}

export async function findAccountLink(database: Database, accountId: string, id: LinkId): Promise<PaymentLink | null> {
  const row = await database.client.paymentLink.findFirst({ where: { id, accountId } });
  return row ? fromRow(row) : null;
}

/** For lists whose rows were already found to be the caller's. */
export async function findLinks(database: Database, ids: readonly string[]): Promise<ReadonlyMap<string, PaymentLink>> {
  const rows = await database.client.paymentLink.findMany({ where: { id: { in: [...new Set(ids)] } } });
  return new Map(rows.map((row) => [row.id, fromRow(row)]));
}

/** Locked until the commit, so that two changes at once follow each other. */
export async function findAccountLinkForUpdate(tx: Tx, accountId: string, id: LinkId): Promise<PaymentLink | null> {
  const db = inTx(tx);
  await db.$queryRaw`SELECT 1 FROM "PaymentLink" WHERE id = ${id} AND "accountId" = ${accountId} FOR UPDATE`;
  const row = await db.paymentLink.findFirst({ where: { id, accountId } });
  return row ? fromRow(row) : null;
}

export type LinkPage = {
  readonly accountId: string;
  readonly mode: 'live' | 'test';
  readonly status: LinkStatus | null;
  readonly first: number;
  readonly after: { createdAt: Date; id: string } | null;
};

/** Newest first; one row more than `first` when there is a next page. */
export async function listLinks(database: Database, page: LinkPage): Promise<readonly PaymentLink[]> {
  const { accountId, mode, status, after } = page;
  const older: Prisma.PaymentLinkWhereInput = after
    ? { OR: [{ createdAt: { lt: after.createdAt } }, { createdAt: after.createdAt, id: { gt: after.id } }] }
    : {};
  const rows = await database.client.paymentLink.findMany({
    where: { accountId, mode, ...(status ? { status } : {}), ...older },
    orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
    take: page.first + 1,
  });
  return rows.map(fromRow);
}

function fromRow(row: LinkRow): PaymentLink {
  return {
    ...row,
    id: row.id as LinkId, // only newId writes this column
    mode: row.mode as PaymentLink['mode'], // CHECKs and the parser hold this and the two below to their lists
    currency: row.currency as Currency,
    status: row.status as LinkStatus,
  };
}
