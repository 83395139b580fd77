import { DAY_MS } from '../lib/time.ts';
import { IDEMPOTENCY_KEPT_MS } from '../payments/idempotency.ts';
import { UNPAID_KEPT_MS } from '../registrations/registration.ts';

export type Retention = {
  /** The tables whose rows go. */
  readonly tables: readonly string[];
  readonly keptMs: number;
  /** What the time is counted from. */
  readonly from: string;
  /** What is never removed, however old. */
  readonly stays: string;
};

/**
 * TABLE: what is forgotten, and when. What is not named here stays: payments, links, events and the audit trail are the merchant's books, and
 * the log is append-only (docs/operations.md shows this table and is held to it by a test).
 */
export const RETENTION = {
  deliveries: {
    ...{ tables: ['Delivery', 'Attempt'], keptMs: 30 * DAY_MS },
    from: 'its last attempt, or when it was queued if there was none',
    stays: 'what is still to be sent, or being sent',
  },
  idempotency_keys: {
    ...{ tables: ['IdempotencyRecord'], keptMs: IDEMPOTENCY_KEPT_MS },
    from: 'its first request',
    stays: 'the key of a request that is running',
  },
  registrations: {
    ...{ tables: ['Registration'], keptMs: UNPAID_KEPT_MS },
    from: 'the end of its 24 hours',
    stays: 'what was paid or is held, and what has an invoice that can still be paid',
  },
  sessions: {
    ...{ tables: ['Session'], keptMs: 30 * DAY_MS },
    from: 'when it was ended, or ended by itself',
    stays: 'a session that is open',
  },
  one_time_tokens: {
    ...{ tables: ['OneTimeToken'], keptMs: 30 * DAY_MS },
    from: 'when it was used, or could no longer be',
    stays: 'a token or recovery code that can still be used',
  },
  mails: {
    ...{ tables: ['MailOutbox'], keptMs: 90 * DAY_MS },
    from: 'when it was sent, or written if it never was',
    stays: 'a mail that is still to be sent',
  },
} as const satisfies { readonly [kind: string]: Retention };
export type RetainedKind = keyof typeof RETENTION;
