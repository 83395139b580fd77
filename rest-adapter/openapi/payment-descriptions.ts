import type { RouteDescriptions } from './description.ts';
import { object, ref } from './description.ts';
import { AMOUNT_IN, CURRENCY, METADATA, REDIRECT_IN, SAMPLE } from './schemas.ts';

const PAYMENT = {
  ...{ payment_id: SAMPLE.paymentId, status: 'pending', amount_fiat: 49.99, currency: 'EUR', amount_sats: 62341 },
  ...{ created_at: '2026-05-15T14:08:00.000Z', checkout_url: SAMPLE.session.checkout_url, expires_at: SAMPLE.session.expires_at },
  ...{ paid_at: null, method: null, link_id: null, metadata: { order_id: '1234' }, exception: null, settlement: null, late: false },
};
const PAID = { ...PAYMENT, status: 'paid', paid_at: '2026-05-15T14:09:41.000Z', method: 'lightning', settlement: 'confirmed' };
const METADATA_IN = { ...METADATA, type: ['object', 'null'] };

/** What may keep a payment from being made, wherever it is asked for. */
export const CREATION_ERRORS = [
  ...(['amount_not_positive', 'too_many_decimals', 'unsupported_currency', 'amount_too_small', 'amount_too_large'] as const),
  ...(['wallet_not_connected', 'trial_limit_reached', 'rate_unavailable', 'provider_unavailable', 'no_address_free'] as const),
  'lightning_not_configured',
] as const;

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
    errors: ['amount_and_currency_required', 'metadata_too_large', 'metadata_not_an_object', 'invalid_redirect_url', ...CREATION_ERRORS],
  },
  'GET /api/v1/payments/:payment_id': {
    tag: 'Payments',
    summary: 'Get a payment',
    description:
      'Reads the current state of one payment of this account. Good for polling: every few seconds until `status` is no longer `pending`. An unknown, malformed or foreign id answers 404.',
    reply: { description: 'The payment as it stands now.', schema: ref('Payment'), examples: { pending: PAYMENT, paid: PAID } },
  },
};
