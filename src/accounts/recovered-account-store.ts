import type { Tx } from '../lib/database.ts';
import { inTx } from '../lib/database.ts';

/** What payers were shown as the merchant's name is not known any more. */
const NAME = 'Recovered account';

/** An account that our records had lost has its row again, under the id that it had. It has no owner and no key until the operator gives it some. */
export async function ensureRecoveredAccount(tx: Tx, account: { id: string; isOperator: boolean; at: Date }): Promise<void> {
  const { id, isOperator, at } = account;
  const row = { id, name: NAME, status: 'active', isOperator, settings: {}, trialUsed: 0, eventSeq: 0n, version: 0, createdAt: at };
  await inTx(tx).account.createMany({ data: [row], skipDuplicates: true });
}
