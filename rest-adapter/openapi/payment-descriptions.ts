import type { RouteDescriptions } from './description.ts';
import { object, ref } from './description.ts';
import { AMOUNT_IN, CURRENCY, METADATA, MODE, pageOfMany, REDIRECT_IN, SAMPLE } from './schemas.ts';

const PAYMENT = {
  ...{ payment_id: SAMPLE.paymentId, status: 'pending', amount_fiat: 49.99, currency: 'EUR', amount_sats: 62341 },
  ...{ created_at: '2026-05-15T14:08:00.000Z', checkout_url: SAMPLE.session.checkout_url, expires_at: SAMPLE.session.expires_at },
  ...{ paid_at: null, method: null, link_id: null, metadata: { order_id: '1234' }, exception: null, settlement: null, late: false },
  mode: 'live',
};
const PAID = { ...PAYMENT, status: 'paid', paid_at: '2026-05-15T14:09:41.000Z', method: 'lightning', settlement: 'confirmed' };
const METADATA_IN = { ...METADATA, type: ['object', 'null'] };

/** What may keep a payment from being made, wherever it is asked for. */
export const CREATION_ERRORS = [
  ...(['amount_not_positive', 'too_many_decimals', 'unsupported_currency', 'amount_too_small', 'amount_too_large'] as const),
  ...(['wallet_not_connected', 'trial_limit_reached', 'rate_unavailable', 'provider_unavailable', 'no_address_free'] as const),
  ...(['lightning_not_configured', 'trial_open_payments'] as const),
] as const;

const LISTED = {
  ...{ ...PAID, received_sats: 62341, fees_sats: 312, net_sats: 62029, source: 'secret', txid: '9f86d081884c7d65', redirect_url: null },
};
const FILTER = {
  status: { description: 'Any of these, separated by commas.', schema: { type: 'string' }, example: 'paid,expired' },
  from: { description: 'Made at this day or time or later.', schema: { type: 'string' }, example: '2026-05-01' },
  to: { description: 'Made before this day or time.', schema: { type: 'string' }, example: '2026-06-01T00:00:00Z' },
  source: { description: 'Who asked for it.', schema: { type: 'string', enum: ['secret', 'publishable', 'link', 'dashboard'] } },
  method: { description: 'How it was paid.', schema: { type: 'string', enum: ['lightning', 'liquid'] } },
  link_id: { description: 'From this payment link.', schema: { type: 'string' }, example: SAMPLE.linkId },
  mode: { description: 'Real or test payments; by default those of the key.', schema: MODE },
  q: { description: 'A whole id or transaction id, or a part of the metadata.', schema: { type: 'string', maxLength: 100 } },
} as const;
const FILTER_ERRORS = [
  ...(['invalid_status', 'invalid_from', 'invalid_to', 'invalid_source', 'invalid_method', 'invalid_mode', 'invalid_search'] as const),
] as const;
const SIMULATED = { type: 'string', enum: ['paid', 'expired'], description: 'How it ends.' };

/** TABLE: payments, in words. */
export const PAYMENT_DESCRIPTIONS: RouteDescriptions = {
  'POST /api/v1/payments': {
    tag: 'Payments',
    summary: 'Create a payment',
    description:
      'Creates a checkout session for an amount in one of nine currencies and answers the address of its page: redirect the customer to `checkout_url`. The session can be paid for ten minutes, by Lightning or L-BTC. A publishable key may call this from a browser; then check `amount_fiat` in the webhook, for a visitor can change what a browser sends.',
    idempotent: true,
    body: {
      required: true,
      schema: object({ amount: AMOUNT_IN, currency: CURRENCY, redirect_url: REDIRECT_IN, metadata: METADATA_IN }, [
        'redirect_url',
        'metadata',
      ]),
      examples: {
        order: { amount: 49.99, currency: 'EUR', redirect_url: 'https://yoursite.com/order/complete', metadata: { order_id: '1234' } },
        smallest: { amount: '5.00', currency: 'USD' },
      },
    },
    reply: { description: 'The session is open.', schema: ref('PaymentSession'), examples: { created: SAMPLE.session } },
    errors: [
      ...(['amount_and_currency_required', 'metadata_too_large', 'metadata_not_an_object', 'invalid_redirect_url'] as const),
      ...(['redirect_host_not_allowed', 'amount_above_key_maximum', 'publishable_open_limit'] as const),
      ...CREATION_ERRORS,
    ],
  },
  'GET /api/v1/payments/:payment_id': {
    tag: 'Payments',
    summary: 'Get a payment',
    description:
      'Reads the current state of one payment of this account. Good for polling: every few seconds until `status` is no longer `pending`. An unknown, malformed or foreign id answers 404.',
    reply: { description: 'The payment as it stands now.', schema: ref('Payment'), examples: { pending: PAYMENT, paid: PAID } },
  },
  'GET /api/v1/payments': {
    tag: 'Payments',
    summary: 'List payments',
    description: 'Answers the payments of this account, newest first, page by page. Filters narrow each other.',
    query: FILTER,
    reply: {
      description: 'One page of payments.',
      schema: pageOfMany(ref('ListedPayment')),
      examples: { last: { data: [LISTED], next_cursor: null } },
    },
    errors: ['invalid_cursor', ...FILTER_ERRORS],
  },
  'GET /api/v1/payments.csv': {
    tag: 'Payments',
    summary: 'Export payments as CSV',
    description: 'Answers the same payments as one file for spreadsheets, with a head line. No cell of it is a formula.',
    query: FILTER,
    reply: {
      description: 'The whole file, as it is written.',
      mediaType: 'text/csv',
      schema: { type: 'string' },
      examples: { head: 'payment_id,status,created_at,…' },
    },
    errors: FILTER_ERRORS,
  },
  'POST /api/v1/payments/:payment_id/simulate': {
    tag: 'Payments',
    summary: 'End a test payment',
    description:
      'Ends a payment of a test key as it is told to. No money moves; state, events and webhooks are those of any payment. Payments of live keys are refused.',
    body: { required: true, schema: object({ outcome: SIMULATED }), examples: { paid: { outcome: 'paid' } } },
    reply: { description: 'The payment as it is now.', schema: ref('Payment'), examples: { paid: { ...PAID, mode: 'test' } } },
    errors: ['payment_not_found', 'invalid_outcome', 'not_a_test_payment', 'payment_ended'],
  },
};
