import type { RouteDescriptions } from './description.ts';
import { object, ref } from './description.ts';
import { CREATION_ERRORS } from './payment-descriptions.ts';
import { AMOUNT_IN, CURRENCY, REDIRECT_IN, SAMPLE } from './schemas.ts';

const PRICE_IN = {
  ...AMOUNT_IN,
  type: ['number', 'string', 'null'],
  description: 'The price, e.g. 150.00. Absent or null: the payer chooses. `amount` is taken for it too.',
};
const LINK = {
  ...{ id: SAMPLE.linkId, url: `https://avopay.dev/pay/${SAMPLE.linkId}`, amount_fiat: 150, currency: 'USD', status: 'active' },
  ...{ title: '1hr Consultation', description: null, redirect_url: 'https://yoursite.com/booked', created_at: '2026-05-15T14:08:00.000Z' },
  ...{ mode: 'live', paid_count: 3, paid_sats: 561000, below_minimum: false },
  embed_html: `<a href="https://avopay.dev/pay/${SAMPLE.linkId}">Pay with Bitcoin</a>`,
};
const TEXTS = {
  title: { type: 'string', minLength: 1, maxLength: 120, description: 'What is sold: plain text on one line.' },
  description: { type: ['string', 'null'], maxLength: 500, description: 'Plain text below the title.' },
  redirect_url: REDIRECT_IN,
};
const ONE = { description: 'The link as it stands now.', schema: ref('PaymentLink'), examples: { link: LINK } };

/** TABLE: payment links, in words. */
export const LINK_DESCRIPTIONS: RouteDescriptions = {
  'POST /api/v1/payment-links': {
    tag: 'Payment links',
    summary: 'Create a payment link',
    description:
      'Makes a reusable page from which anybody may pay: for a product, a booking, a donation. Put its `url` behind a plain HTML button; no server is needed afterwards. With `amount_fiat` the price is fixed for good, without it the payer chooses.',
    idempotent: true,
    body: {
      required: true,
      schema: object({ ...TEXTS, amount_fiat: PRICE_IN, currency: CURRENCY }, ['description', 'redirect_url', 'amount_fiat']),
      examples: {
        fixed: { title: '1hr Consultation', amount_fiat: 150.0, currency: 'USD', redirect_url: 'https://yoursite.com/booked' },
        open: { title: 'Coffee tip', currency: 'EUR' },
      },
    },
    reply: {
      description: 'The link can be paid.',
      schema: ref('PaymentLink'),
      examples: { created: { ...LINK, paid_count: 0, paid_sats: 0 } },
    },
    errors: [
      ...(['title_and_currency_required', 'invalid_title', 'invalid_description', 'unsupported_currency'] as const),
      ...(['amount_not_positive', 'too_many_decimals', 'invalid_redirect_url', 'redirect_host_not_allowed'] as const),
    ],
  },
  'GET /api/v1/payment-links': {
    tag: 'Payment links',
    summary: 'List payment links',
    description: 'Answers the links of this account, newest first, page by page.',
    query: {
      status: { description: 'Only links of this status.', schema: { type: 'string', enum: ['active', 'inactive'] } },
    },
    reply: { description: 'One page of links.', schema: ref('PaymentLinks'), examples: { last: { data: [LINK], next_cursor: null } } },
    errors: ['invalid_cursor', 'invalid_link_status'],
  },
  'GET /api/v1/payment-links/:id': {
    tag: 'Payment links',
    summary: 'Get a payment link',
    description: 'Reads one link of this account with what it has brought in.',
    reply: ONE,
  },
  'PATCH /api/v1/payment-links/:id': {
    tag: 'Payment links',
    summary: 'Change a payment link',
    description:
      'Changes the words, the return address or the status of a link. Absent fields stay, null clears. Price and currency cannot change: make a new link. Sessions that are open go on as they are.',
    body: {
      required: true,
      schema: object({ ...TEXTS, status: { type: 'string', enum: ['active', 'inactive'] } }, [
        'title',
        'description',
        'redirect_url',
        'status',
      ]),
      examples: { words: { title: 'Two hours', description: null }, off: { status: 'inactive' } },
    },
    reply: ONE,
    errors: [
      'payment_link_not_found',
      'invalid_title',
      'invalid_description',
      'invalid_redirect_url',
      'redirect_host_not_allowed',
      'invalid_link_status',
      'link_price_fixed',
    ],
  },
  'DELETE /api/v1/payment-links/:id': {
    tag: 'Payment links',
    summary: 'Switch off a payment link',
    description:
      'Makes a link inactive: its page says so, and nobody can start a payment from it. It stays in lists and can be switched on again.',
    reply: { ...ONE, examples: { off: { ...LINK, status: 'inactive' } } },
    errors: ['payment_link_not_found'],
  },
  'GET /api/v1/checkout/link/:link_id': {
    tag: 'Public checkout',
    summary: 'Read a link as its payer',
    description:
      'What anybody who knows the link may see of it. Nothing else of the account is told. An inactive link is answered with its status.',
    reply: {
      description: 'The link’s public face.',
      schema: ref('PublicLink'),
      examples: {
        tip: {
          id: SAMPLE.linkId,
          title: 'Coffee tip',
          description: null,
          amount_fiat: 5,
          currency: 'EUR',
          status: 'active',
          merchant_name: 'Alba Coffee',
        },
      },
    },
  },
  'POST /api/v1/checkout/link/:link_id/pay': {
    tag: 'Public checkout',
    summary: 'Start a payment from a link',
    description:
      'Creates a checkout session at the link’s price, whatever amount is sent; an open link needs `amount_fiat`. Redirect the payer to `checkout_url`.',
    idempotent: true,
    body: {
      required: false,
      schema: object(
        { amount_fiat: PRICE_IN, currency: { ...CURRENCY, type: ['string', 'null'], enum: [...(CURRENCY['enum'] as string[]), null] } },
        ['amount_fiat', 'currency'],
      ), // a list of codes
      examples: { open: { amount_fiat: 10.0, currency: 'EUR' }, fixed: {} },
    },
    reply: { description: 'The session is open.', schema: ref('PaymentSession'), examples: { created: SAMPLE.session } },
    errors: ['amount_fiat_required', 'payment_link_not_found', 'payment_link_inactive', 'link_sessions_limit', ...CREATION_ERRORS],
  },
};
