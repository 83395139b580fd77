import type { Database } from '../lib/database.ts';
import type { Clock } from '../lib/time.ts';
import type { LightningBackend } from '../swaps/lightning.ts';
import type { ApplyEventDeps } from './apply-event.ts';
import type { Payment } from './payment.ts';
import { addMs, SECOND_MS } from '../lib/time.ts';
import { applyPaymentEvent } from './apply-event.ts';

/** How soon an undecided expiry is looked at again. `expired` has to be said at most 90 s after the end of the session. */
export const EXPIRY_RELOOK_MS = 5 * SECOND_MS;

export type ExpirePaymentsDeps = ApplyEventDeps & {
  readonly database: Database;
  readonly now: Clock;
  readonly findDue: (at: Date) => Promise<readonly Payment[]>;
  readonly close: LightningBackend['close'];
  /** Writes down what lies on the payment's L-BTC address. False: it could not be looked at. */
  readonly lookAtAddress: (paymentId: string) => Promise<boolean>;
  readonly postpone: (id: string, nextLookAt: Date) => Promise<void>;
};

/**
 * Ends payments whose time is over, each after a fresh look at where its money could be. One that is in flight, or could not be looked
 * at, stays and is asked for again.
 * @returns how many came to their end
 */
export async function expirePayments(deps: ExpirePaymentsDeps): Promise<number> {
  let ended = 0;
  for (const payment of await deps.findDue(deps.now())) {
    if (await isOver(deps, payment)) ended += await end(deps, payment);
    else await deps.postpone(payment.id, addMs(deps.now(), EXPIRY_RELOOK_MS));
  }
  return ended;
}

/** An invoice that was never shown needs no closing. */
async function isOver(deps: ExpirePaymentsDeps, { id, lightning }: Payment): Promise<boolean> {
  if (lightning === 'offered' && (await deps.close(id)) !== 'closed') return false;
  return deps.lookAtAddress(id);
}

/** Looked at again under the lock: the look at the address may have paid it, and closing the invoice may have ended it. */
async function end(deps: ExpirePaymentsDeps, { id, accountId }: Payment): Promise<number> {
  return deps.database.transact(async (tx) => {
    const payment = await deps.findForUpdate(tx, id);
    if (!payment) throw new Error(`no payment ${id} of ${accountId}`);
    if (payment.status !== 'pending') return 1;
    await applyPaymentEvent(deps, tx, { paymentId: id, event: { kind: 'expired', reason: 'unpaid' }, at: deps.now() });
    return 1;
  });
}
