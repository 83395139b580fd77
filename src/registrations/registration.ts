import type { Secret } from '../lib/secret.ts';
import type { Sats } from '../lib/money.ts';
import type { Plan } from '../billing/plan.ts';
import { DAY_MS, HOUR_MS } from '../lib/time.ts';

/**
 * TABLE: how a registration stands. `expired` is never written: it is what an unpaid one is once its time is over, since money that is still
 * on its way would have to unwrite it. `held`: paid, but no one's without a human; from outside it looks pending.
 */
export const REGISTRATION_STATUSES = ['pending', 'active', 'expired', 'held'] as const;

/** The documented 24 hours (conformance R-11). Its invoices may live shorter: another one is issued then. */
export const REGISTRATION_LIFE_MS = DAY_MS;
/** An unpaid one can be read as expired this long, then it is forgotten. By then the last of its swaps is over, a day after its invoice. */
export const UNPAID_KEPT_MS = 48 * HOUR_MS;

/** Who asked for an account, and what they are to pay for it. Its id hands out a key: only the hash rests. */
export type NewRegistration = Readonly<{
  idHash: Uint8Array<ArrayBuffer>;
  email: string;
  passwordHash: string;
  plan: Plan;
  /** The price as it was when it was asked for: each invoice turns it into sats at its own rate. */
  usdMinor: bigint;
  createdAt: Date;
  expiresAt: Date;
}>;

/** `version` counts the invoices that were asked for after the first: each is an attempt of that number. */
export type Registration = NewRegistration &
  Readonly<{ version: number }> &
  (Readonly<{ status: 'pending' | 'held' }> | Readonly<{ status: 'active'; accountId: string; apiKeyId: string | null }>);

/** What whoever knows the id may see. */
export type RegistrationView = Readonly<{ registrationId: string; plan: Plan }> &
  (
    | Readonly<{
        status: 'pending';
        invoice: string;
        sats: Sats;
        invoiceExpiresAt: Date;
        expiresAt: Date;
        message: string | null;
        /** What was accepted; only in the answer to the registration itself, where the server has said so. */
        termsUrl: string | null;
      }>
    /** `apiKey`: only in the one answer that hands it over. */
    | Readonly<{ status: 'active'; apiKey: Secret<string> | null }>
    | Readonly<{ status: 'expired' }>
  );

/** The name of a registration everywhere but to its owner: as subject of swaps and events. Says nothing of the id. */
export function registrationSubject(idHash: Uint8Array): string {
  return Buffer.from(idHash).toString('hex');
}
