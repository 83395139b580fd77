import type { Database } from '../lib/database.ts';

export type PaidPlan = { readonly plan: 'lightning_monthly' | 'lightning_yearly'; readonly endsAt: Date };

/** The plan that the account paid for last; null: it never has. */
export async function findPaidPlan(database: Database, accountId: string): Promise<PaidPlan | null> {
  const row = await database.client.planPeriod.findFirst({ where: { accountId, status: 'paid' }, orderBy: { endsAt: 'desc' } });
  return row?.endsAt ? { plan: row.plan as PaidPlan['plan'], endsAt: row.endsAt } : null; // a CHECK holds the column to the two
}
