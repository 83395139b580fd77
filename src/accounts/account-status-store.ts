import type { Account } from './account.ts';
import type { Tx } from '../lib/database.ts';
import { inTx } from '../lib/database.ts';

/** Compare-and-set. The account's version after the change; null when it was not in that status. */
export async function moveAccountStatus(
  tx: Tx,
  id: string,
  { from, to }: { from: Account['status']; to: Account['status'] },
): Promise<number | null> {
  const where = { id, status: from };
  const data = { status: to, version: { increment: 1 } };
  const changed = await inTx(tx).account.updateManyAndReturn({ where, data, select: { version: true } });
  return changed[0]?.version ?? null;
}
