import type { Prisma } from '../../prisma/generated/client.ts';
import type { Database } from '../lib/database.ts';
import type { PaymentFilter } from './payment-filter.ts';
import type { Payment } from './payment.ts';
import { paymentFromRow } from './payment-store.ts';

export type PaymentPage = PaymentFilter & { readonly first: number; readonly after: Place | null; readonly oldestFirst: boolean };
type Place = { readonly createdAt: Date; readonly id: string };

/** Newest first, or exactly the other way round: one index serves both. One row more than `first` when there is a next page. */
export async function listPayments(database: Database, page: PaymentPage): Promise<readonly Payment[]> {
  const { after, oldestFirst } = page;
  const rows = await database.client.payment.findMany({
    where: { AND: [whereOf(page), after ? (oldestFirst ? newerThan(after) : olderThan(after)) : {}] },
    orderBy: oldestFirst ? [{ createdAt: 'asc' }, { id: 'desc' }] : [{ createdAt: 'desc' }, { id: 'asc' }],
    take: page.first + 1,
  });
  return rows.map(paymentFromRow);
}

function olderThan({ createdAt, id }: Place): Prisma.PaymentWhereInput {
  return { createdAt: { lte: createdAt }, OR: [{ createdAt: { lt: createdAt } }, { createdAt, id: { gt: id } }] };
}

function newerThan({ createdAt, id }: Place): Prisma.PaymentWhereInput {
  return { createdAt: { gte: createdAt }, OR: [{ createdAt: { gt: createdAt } }, { createdAt, id: { lt: id } }] };
}

export type ChangedPayments = { readonly payments: readonly Payment[]; readonly sequence: bigint };

/** Rows of the log read at once: bounds the memory of a reader that was away for long. */
const EVENTS_BATCH = 500;

/** The payments of the filter that the account's log says something about after `since`, as they are now, and how far was read. */
export async function findChangedPayments(database: Database, filter: PaymentFilter, since: bigint): Promise<ChangedPayments> {
  const { client } = database;
  const rows = await client.event.findMany({
    where: { accountId: filter.accountId, sequence: { gt: since } },
    orderBy: { sequence: 'asc' },
    take: EVENTS_BATCH,
    select: { sequence: true, type: true, subjectId: true },
  });
  const sequence = rows.at(-1)?.sequence ?? since;
  const ids = [...new Set(rows.filter(({ type }) => type.startsWith('payment.')).map(({ subjectId }) => subjectId))];
  const found = ids.length === 0 ? [] : await client.payment.findMany({ where: { AND: [whereOf(filter), { id: { in: ids } }] } });
  const payments = found.map(paymentFromRow);
  if (rows.length < EVENTS_BATCH) return { payments, sequence };
  const rest = await findChangedPayments(database, filter, sequence);
  const later = new Set(rest.payments.map(({ id }) => id));
  return { payments: [...payments.filter(({ id }) => !later.has(id)), ...rest.payments], sequence: rest.sequence };
}

function whereOf(filter: PaymentFilter): Prisma.PaymentWhereInput {
  const { accountId, mode, status, from, to, source, method, linkId, search } = filter;
  return {
    ...{ accountId, mode },
    ...(status.length > 0 ? { status: { in: [...status] } } : {}),
    ...(from || to ? { createdAt: { ...(from ? { gte: from } : {}), ...(to ? { lt: to } : {}) } } : {}),
    ...(source ? { source } : {}),
    ...(method ? { method } : {}),
    ...(linkId ? { linkId } : {}),
    ...(search ? { OR: [{ id: search }, { txid: search }, { linkId: search }, { metadataText: containing(search) }] } : {}),
  };
}

/** Prisma hands the text to LIKE as it is: what LIKE takes for a pattern is meant as itself. */
function containing(text: string): Prisma.StringFilter<'Payment'> {
  return { contains: text.replace(/[\\%_]/g, '\\$&'), mode: 'insensitive' };
}
