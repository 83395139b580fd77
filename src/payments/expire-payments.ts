import type { Clock } from '../lib/time.ts';
import type { LightningBackend } from '../swaps/lightning.ts';
import type { Payment } from './payment.ts';
import { addMs, SECOND_MS } from '../lib/time.ts';

/** How soon an undecided expiry is looked at again. `expired` has to be said at most 90 s after the end of the session. */
export const EXPIRY_RELOOK_MS = 5 * SECOND_MS;

export type ExpirePaymentsDeps = {
  readonly now: Clock;
  readonly findDue: (at: Date) => Promise<readonly Payment[]>;
  readonly close: LightningBackend['close'];
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
    const answer = await deps.close(payment.id);
    if (answer === 'closed') ended++;
    else await deps.postpone(payment.id, addMs(deps.now(), EXPIRY_RELOOK_MS));
  }
  return ended;
}
