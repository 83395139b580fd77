import type { NewEvent } from '../events/event.ts';
import type { Database, Tx } from '../lib/database.ts';
import type { Random } from '../lib/random.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Clock } from '../lib/time.ts';
import { recordAudit } from '../events/audit-store.ts';
import { RefusalError } from '../lib/refusal.ts';
import { ok, refuse } from '../lib/result.ts';
import { endWallet } from './wallet-store.ts';

export type ResetWalletDeps = {
  readonly database: Database;
  readonly random: Random;
  readonly now: Clock;
  /** Appends to the event log in this transaction. It locks the account, so it comes last. */
  readonly recordEvent: (tx: Tx, event: NewEvent) => Promise<unknown>;
};

const NONE: Refusal = { kind: 'not-found', code: 'wallet_not_connected', message: 'this account has no wallet connected' };

/**
 * The operator disconnects an account's wallet, so that another can be connected (conformance D-11). Its addresses stay on record and
 * watched: money that arrives there counts as before. Nothing is claimed to it any more: a swap that is open waits for the next wallet,
 * or its payer is refunded.
 */
export async function resetWallet(deps: ResetWalletDeps, accountId: string): Promise<Result<{ walletId: string }, Refusal>> {
  const at = deps.now();
  try {
    const walletId = await deps.database.transact(async (tx) => {
      const ended = await endWallet(tx, accountId, at);
      if (ended === null) throw new RefusalError(NONE);
      const what = { accountId, subjectId: ended, at };
      await recordAudit(tx, deps.random, { ...what, actor: 'operator', action: 'wallet.reset', facts: {} });
      await deps.recordEvent(tx, { ...what, type: 'wallet.reset', subjectVersion: 2, facts: {}, webhookBody: null });
      return ended;
    });
    return ok({ walletId });
  } catch (error) {
    if (error instanceof RefusalError) return refuse(error.refusal);
    throw error;
  }
}
