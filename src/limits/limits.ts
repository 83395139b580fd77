import { HOUR_MS, MINUTE_MS } from '../lib/time.ts';

/** Whose uses are counted together. */
export type LimitSubject = 'ip' | 'key' | 'account' | 'email';

export type Limit = {
  /** Uses in any one window. */
  readonly limit: number;
  readonly windowMs: number;
  readonly per: LimitSubject;
  /**
   * What holds while the shared counter (Redis) cannot be asked. `open`: nobody is refused for it, each process counts for itself meanwhile.
   * `closed`: refused as unavailable, for what a guesser would use the gap for (conformance X-3).
   */
  readonly whenDown: 'open' | 'closed';
  /** What the documentation calls it. */
  readonly covers: string;
};

/**
 * TABLE: every rate limit. A REST row and a GraphQL root field name one of these; both spend from the same window (conformance ).
 * docs/security.md is held to it by a test.
 */
export const LIMITS = {
  payment_creation: {
    ...{ limit: 30, windowMs: MINUTE_MS, per: 'ip', whenDown: 'open' },
    covers: 'creating payments: `POST /api/v1/payments`, paying a link, `createPayment`',
  },
  // Replaces payment_creation for the secret keys of an account whose setting createPerMinute is set; that number is its limit (P-27).
  payment_creation_account: {
    ...{ limit: 30, windowMs: MINUTE_MS, per: 'account', whenDown: 'open' },
    covers: 'the same for secret keys of an account with a limit of its own (`createPerMinute`)',
  },
  // A publishable key stands in a web page: from however many addresses, it can open no more than a busy shop needs.
  payment_creation_publishable: {
    ...{ limit: 120, windowMs: MINUTE_MS, per: 'key', whenDown: 'open' },
    covers: 'the same for one publishable key, from all addresses together',
  },
  webhooks: {
    ...{ limit: 120, windowMs: MINUTE_MS, per: 'ip', whenDown: 'open' },
    covers: 'calls that reach us: `/api/v1/webhooks/*`',
  },
  auth_login: { limit: 10, windowMs: 15 * MINUTE_MS, per: 'ip', whenDown: 'closed', covers: 'signing in: `/auth/login`' },
  // An address list of a botnet is long, a person's mailbox is one.
  auth_login_email: {
    ...{ limit: 10, windowMs: 15 * MINUTE_MS, per: 'email', whenDown: 'closed' },
    covers: 'signing in, for one e-mail address',
  },
  // Nobody's mailbox is filled by a stranger; a person who waits for a mail asks again twice.
  account_mail: {
    ...{ limit: 3, windowMs: HOUR_MS, per: 'email', whenDown: 'closed' },
    covers: 'mails to one address that anybody can ask for: password reset, confirmation',
  },
  // One window for both ways to an account, so that neither doubles the other.
  account_signup: {
    ...{ limit: 5, windowMs: HOUR_MS, per: 'ip', whenDown: 'closed' },
    covers: 'signing up: `/auth/signup` and `POST /api/v1/account/register` together',
  },
  register_status: {
    ...{ limit: 30, windowMs: MINUTE_MS, per: 'ip', whenDown: 'open' },
    covers: '`GET /api/v1/account/register/status/:id`',
  },
  boltz_webhook: {
    ...{ limit: 120, windowMs: MINUTE_MS, per: 'ip', whenDown: 'open' },
    covers: '`POST /api/v1/account/register/boltz-webhook`',
  },
  connect_descriptor: { limit: 30, windowMs: MINUTE_MS, per: 'ip', whenDown: 'open', covers: '`POST /api/v1/connect/descriptor`' },
  payment_links: { limit: 30, windowMs: MINUTE_MS, per: 'key', whenDown: 'open', covers: '`POST /api/v1/payment-links`' },
  wallet_setup: { limit: 5, windowMs: MINUTE_MS, per: 'account', whenDown: 'closed', covers: 'starting to connect an AQUA wallet by QR' },
  // Each is drawn in a process of its own; a person who tries out a few pictures needs a dozen.
  logo: { limit: 30, windowMs: HOUR_MS, per: 'account', whenDown: 'open', covers: 'setting the logo: `setLogo`' },
  // Ten times what the documented polling every few seconds needs, for a server with several payments open (G-11).
  read: { limit: 300, windowMs: MINUTE_MS, per: 'ip', whenDown: 'open', covers: 'everything that only reads, and every subscription' },
  // What changes settings has no documented limit; a dashboard or a script stays far below.
  change: { limit: 60, windowMs: MINUTE_MS, per: 'ip', whenDown: 'open', covers: 'everything else that changes something' },
} as const satisfies { readonly [name: string]: Limit };

export type LimitName = keyof typeof LIMITS;
