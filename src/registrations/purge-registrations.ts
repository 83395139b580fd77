import type { Clock } from '../lib/time.ts';
import type { LightningBackend } from '../swaps/lightning.ts';
import type { Registration } from './registration.ts';
import { addMs } from '../lib/time.ts';
import { registrationSubject, UNPAID_KEPT_MS } from './registration.ts';

export type PurgeDeps = {
  readonly now: Clock;
  readonly findUnpaidBefore: (before: Date) => Promise<readonly Registration[]>;
  readonly history: LightningBackend['history'];
  readonly remove: (registration: Registration) => Promise<boolean>;
};

/** Forgets registrations that nobody paid for: addresses and passwords of strangers are not kept. One with an invoice that could still be paid stays. */
export async function purgeRegistrations(deps: PurgeDeps): Promise<number> {
  let removed = 0;
  for (const registration of await deps.findUnpaidBefore(addMs(deps.now(), -UNPAID_KEPT_MS))) {
    const history = await deps.history(registrationSubject(registration.idHash));
    if (history.every(({ state }) => state === 'expired') && (await deps.remove(registration))) removed += 1;
  }
  return removed;
}
