import type { Database } from '../lib/database.ts';
import { TRIAL_OPEN_PAYMENTS_MAX } from './may-charge.ts';

/** When the live payments of an account end that can still be paid, soonest first. */
export async function findOpenPaymentEnds({ client }: Database, accountId: string, at: Date): Promise<readonly Date[]> {
  const rows = await client.payment.findMany({
    where: { accountId, mode: 'live', status: { in: ['pending', 'detected'] }, expiresAt: { gt: at } },
    select: { expiresAt: true },
    orderBy: { expiresAt: 'asc' },
    take: TRIAL_OPEN_PAYMENTS_MAX,
  });
  return rows.map(({ expiresAt }) => expiresAt);
}
