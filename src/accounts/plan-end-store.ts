import type { Tx } from '../lib/database.ts';
import { inTx } from '../lib/database.ts';

/** Locks the account until the commit and says until when it has paid. @throws Error when there is no such account. */
export async function lockPlanEnd(tx: Tx, accountId: string): Promise<Date | null> {
  await inTx(tx).$queryRaw`SELECT 1 FROM "Account" WHERE "id" = ${accountId} FOR UPDATE`;
  const { planEndsAt } = await inTx(tx).account.findUniqueOrThrow({ where: { id: accountId }, select: { planEndsAt: true } });
  return planEndsAt;
}

/** Called with the account locked by `lockPlanEnd`. */
export async function savePlanEnd(tx: Tx, accountId: string, planEndsAt: Date): Promise<void> {
  await inTx(tx).account.update({ where: { id: accountId }, data: { planEndsAt, version: { increment: 1 } } });
}
