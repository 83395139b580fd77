import type { Database } from '../lib/database.ts';
import type { Clock } from '../lib/time.ts';
import type { LightningBackend } from '../swaps/lightning.ts';
import type { ApplyEventDeps } from './apply-event.ts';
import type { Payment } from './payment.ts';
import { addMs, SECOND_MS } from '../lib/time.ts';
import { applyPaymentEvent } from './apply-event.ts';

/** How soon an undecided expiry is looked at again. `expired` has to be said at most 90 s after the end of the session. */
export const EXPIRY_RELOOK_MS = 5 * SECOND_MS;
/** Looks at once: a provider or chain source that hangs costs each look its whole deadline, and must not cost the others theirs. */
const LOOKS_IN_PARALLEL = 8;

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
  const queue = [...(await deps.findDue(deps.now()))];
  let ended = 0;
  const work = async () => {
    for (let payment = queue.shift(); payment; payment = queue.shift()) if (await hasEnded(deps, payment)) ended++;
  };
  await Promise.all(Array.from({ length: LOOKS_IN_PARALLEL }, work));
  return ended;
}

/** One that cannot be ended is logged and asked for again: it holds up no other. */
async function hasEnded(deps: ExpirePaymentsDeps, payment: Payment): Promise<boolean> {
  try {
    if (await isOver(deps, payment)) {
      await end(deps, payment);
      return true;
    }
  } catch (fault) {
    deps.log.error({ paymentId: payment.id, fault }, 'a payment could not be ended');
  }
  await deps.postpone(payment.id, addMs(deps.now(), EXPIRY_RELOOK_MS));
  return false;
}

/** An invoice that was never shown needs no closing. */
async function isOver(deps: ExpirePaymentsDeps, { id, lightning }: Payment): Promise<boolean> {
  if (lightning === 'offered' && (await deps.close(id)) !== 'closed') return false;
  return deps.lookAtAddress(id);
}

/** Looked at again under the lock: the look at the address may have paid it, and closing the invoice may have ended it. */
async function end(deps: ExpirePaymentsDeps, { id, accountId }: Payment): Promise<void> {
  await deps.database.transact(async (tx) => {
    const payment = await deps.findForUpdate(tx, id);
    if (!payment) throw new Error(`no payment ${id} of ${accountId}`);
    if (payment.status !== 'pending') return;
    await applyPaymentEvent(deps, tx, { paymentId: id, event: { kind: 'expired', reason: 'unpaid' }, at: deps.now() });
  });
}
