import type { Database } from '../lib/database.ts';
import type { PaymentSource } from '../payments/payment.ts';
import type { InsideCommit } from '../payments/publishable-limits.ts';
import { inTx } from '../lib/database.ts';
import { TRIAL_OPEN_PAYMENTS_MAX } from './may-charge.ts';

/** What strangers can ask for without end, on the merchant's pages. */
const OF_STRANGERS: readonly PaymentSource[] = ['publishable', 'link'];

/**
 * When the live payments of an account end that can still be paid, soonest first. Those of strangers and those of the merchant are counted
 * apart: whoever opens one after another on a web page must not stop the merchant's server.
 */
export async function findOpenPaymentEnds(
  database: Database,
  { accountId, source, at }: { readonly accountId: string; readonly source: PaymentSource; readonly at: Date },
  inside?: InsideCommit,
): Promise<readonly Date[]> {
  const client = inside ? inTx(inside.tx) : database.client;
  const strangers = [...OF_STRANGERS];
  const counted = OF_STRANGERS.includes(source) ? { in: strangers } : { notIn: strangers };
  const rows = await client.payment.findMany({
    where: {
      ...{ accountId, mode: 'live', source: counted, status: { in: ['pending', 'detected'] }, expiresAt: { gt: at } },
      ...(inside ? { id: { not: inside.except } } : {}),
    },
    select: { expiresAt: true },
    orderBy: { expiresAt: 'asc' },
    take: TRIAL_OPEN_PAYMENTS_MAX,
  });
  return rows.map(({ expiresAt }) => expiresAt);
}
