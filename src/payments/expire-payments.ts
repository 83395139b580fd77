import type { Log } from '../lib/log.ts';
import type { Clock } from '../lib/time.ts';
import type { LightningBackend } from '../swaps/lightning.ts';
import type { Payment } from './payment.ts';
import { addMs, SECOND_MS } from '../lib/time.ts';

/** How soon an undecided expiry is looked at again. `expired` has to be said at most 90 s after the end of the session. */
export const EXPIRY_RELOOK_MS = 5 * SECOND_MS;
/** Looks at once: a provider or chain source that hangs costs each look its whole deadline, and must not cost the others theirs. */
const LOOKS_IN_PARALLEL = 8;

export type ExpirePaymentsDeps = {
  readonly now: Clock;
  readonly log: Log;
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
  const queue = [...(await deps.findDue(deps.now()))];
  let ended = 0;
  const work = async () => {
    for (let payment = queue.shift(); payment; payment = queue.shift()) if (await hasEnded(deps, payment)) ended++;
  };
  await Promise.all(Array.from({ length: LOOKS_IN_PARALLEL }, work));
  return ended;
}

/** One that cannot be ended is logged and asked for again: it holds up no other. */
async function hasEnded(deps: ExpirePaymentsDeps, { id }: Payment): Promise<boolean> {
  const answer = await deps.close(id).catch((error: unknown) => {
    deps.log.error({ paymentId: id, err: error }, 'a payment could not be ended');
    return 'unknown' as const;
  });
  if (answer === 'closed') return true;
  await deps.postpone(id, addMs(deps.now(), EXPIRY_RELOOK_MS));
  return false;
}
