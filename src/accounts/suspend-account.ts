import type { NewEvent } from '../events/event.ts';
import type { Database, Tx } from '../lib/database.ts';
import type { Random } from '../lib/random.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Clock } from '../lib/time.ts';
import { recordAudit } from '../events/audit-store.ts';
import { RefusalError } from '../lib/refusal.ts';
import { ok, refuse } from '../lib/result.ts';
import { moveAccountStatus } from './account-status-store.ts';

export type SuspendAccountDeps = {
  readonly database: Database;
  readonly random: Random;
  readonly now: Clock;
  /** Appends to the event log in this transaction. It locks the account, so it comes last. */
  readonly recordEvent: (tx: Tx, event: NewEvent) => Promise<unknown>;
};

/** TABLE: what an operator may do to an account, from which status to which, and how it is announced. A closed account stays closed. */
const MOVES = {
  suspend: { from: 'active', to: 'suspended', said: 'account.suspended' },
  resume: { from: 'suspended', to: 'active', said: 'account.resumed' },
} as const;
export type AccountMove = keyof typeof MOVES;

/**
 * The operator stops an account, or lets it go on: while it is suspended its keys and sessions open nothing, its links are gone and it takes no
 * new payments. Payments that are open go on to their end and are announced as ever: the money is the merchant's.
 */
export async function suspendAccount(deps: SuspendAccountDeps, accountId: string, move: AccountMove): Promise<Result<null, Refusal>> {
  const { from, to, said } = MOVES[move];
  const at = deps.now();
  try {
    await deps.database.transact(async (tx) => {
      const subjectVersion = await moveAccountStatus(tx, accountId, { from, to });
      if (subjectVersion === null) throw new RefusalError(notIn(from));
      const what = { accountId, subjectId: accountId, facts: {}, at };
      await recordAudit(tx, deps.random, { ...what, actor: 'operator', action: said });
      await deps.recordEvent(tx, { ...what, type: said, subjectVersion, webhookBody: null });
    });
    return ok(null);
  } catch (error) {
    if (error instanceof RefusalError) return refuse(error.refusal);
    throw error;
  }
}

function notIn(status: string): Refusal {
  return { kind: 'conflict', code: `account_not_${status}`, message: `there is no account of this id that is ${status}` };
}
