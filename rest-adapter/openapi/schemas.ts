import type { Schema } from './description.ts';
import { object, orNull, ref } from './description.ts';

const id = (prefix: string, what: string): Schema => ({ type: 'string', pattern: `^${prefix}[0-9a-hjkmnp-tv-z]{26}$`, description: what });
export const TIME: Schema = { type: 'string', format: 'date-time', description: 'ISO 8601, UTC, with milliseconds.' };
export const URL_TEXT: Schema = { type: 'string', format: 'uri' };
export const CURRENCY: Schema = {
  ...{ type: 'string', enum: ['EUR', 'USD', 'GBP', 'CAD', 'AUD', 'JPY', 'CHF', 'DKK', 'BRL'] },
  description: 'ISO 4217 code.',
};
export const PAYMENT_ID = id('pmt_', 'Id of the payment. Whoever knows it can see the checkout page.');
export const LINK_ID = id('lnk_', 'Id of the payment link.');
export const MODE: Schema = { type: 'string', enum: ['live', 'test'], description: 'Test payments move no money.' };
const fiat = (what: string): Schema => ({ type: 'number', minimum: 0, description: what });
const sats = (what: string): Schema => ({ type: 'integer', minimum: 0, description: what });
export const METADATA: Schema = {
  type: 'object',
  additionalProperties: true,
  description: 'Your own key/value pairs, at most 2 KB of JSON.',
};

export const AMOUNT_IN: Schema = {
  ...{ type: ['number', 'string'], exclusiveMinimum: 0, maximum: 1e13, pattern: '^\\d{1,13}(\\.\\d{1,2})?$' },
  description: 'Amount to charge, e.g. 49.99, as a number or a clean decimal string. No decimals for JPY.',
};
export const REDIRECT_IN: Schema = {
  ...{ type: ['string', 'null'], format: 'uri', maxLength: 2048 },
  description: 'Where the customer returns after payment; `payment_id` and `status=paid` are appended. Never trust them: read the payment.',
};

/** A page of a list. */
export function pageOfMany(item: Schema, order = 'Newest first.'): Schema {
  return object({
    data: { type: 'array', items: item, description: order },
    next_cursor: { type: ['string', 'null'], description: 'Send it as `cursor` for the next page; null on the last one.' },
  });
}

const PAYMENT_FIELDS = {
  payment_id: PAYMENT_ID,
  status: {
    ...{ type: 'string', enum: ['pending', 'paid', 'expired'] },
    description:
      'pending: awaiting payment. paid: settled to the merchant’s wallet. expired: the window closed; late L-BTC can still make it paid.',
  },
  amount_fiat: fiat('What you asked for. Check it in webhooks of payments that a browser created.'),
  currency: CURRENCY,
  amount_sats: sats('What the customer pays, by either method.'),
  created_at: TIME,
  checkout_url: URL_TEXT,
  expires_at: TIME,
  paid_at: orNull(TIME),
  method: orNull({ type: 'string', enum: ['lightning', 'liquid'], description: 'How it was paid.' }),
  link_id: orNull({ type: 'string', description: 'The payment link it came from.' }),
  metadata: METADATA,
  exception: orNull({
    ...{ type: 'string', enum: ['underpaid', 'overpaid', 'paid_twice', 'payout_lost', 'dropped'] },
    description: 'What came otherwise than asked.',
  }),
  settlement: orNull({
    type: 'string',
    enum: ['unconfirmed', 'confirmed', 'dropped'],
    description: 'How deep the coins rest in the chain.',
  }),
  late: { type: 'boolean', description: 'It was paid after it had expired.' },
  mode: MODE,
  lightning_invoice: { type: 'string', description: 'BOLT11 invoice, while it can be paid.' },
  liquid_address: { type: 'string', description: 'Liquid address, while it can be paid.' },
  liquid_uri: { type: 'string', description: 'The same with amount and asset, for wallets.' },
} as const;
const WHILE_PENDING = ['lightning_invoice', 'liquid_address', 'liquid_uri'];
const LIST_FIELDS = {
  received_sats: orNull(sats('What has come so far; null where it is not known.')),
  fees_sats: orNull(sats('What Lightning cost.')),
  net_sats: orNull(sats('What came to the wallet.')),
  source: { type: 'string', enum: ['secret', 'publishable', 'link', 'dashboard'], description: 'Who asked for it.' },
  txid: { type: ['string', 'null'], description: 'The transaction that settled it.' },
  redirect_url: orNull(URL_TEXT),
} as const;

const LINK = object({
  id: LINK_ID,
  url: { ...URL_TEXT, description: 'Share it, or put it behind a button.' },
  amount_fiat: orNull(fiat('The price; null when the payer chooses.')),
  currency: CURRENCY,
  status: { type: 'string', enum: ['active', 'inactive'] },
  title: { type: 'string', maxLength: 120 },
  description: { type: ['string', 'null'], description: 'Shown below the title.' },
  redirect_url: orNull(URL_TEXT),
  created_at: TIME,
  mode: MODE,
  paid_count: sats('How many of its payments are paid.'),
  paid_sats: sats('What they came to.'),
  below_minimum: { type: 'boolean', description: 'The price has fallen under 1000 sats: nobody can pay it.' },
  embed_html: { type: 'string', description: 'A button to paste into a page.' },
});

/** TABLE: shapes with a name. */
export const SCHEMAS: { readonly [name: string]: Schema } = {
  Error: object({
    error: { type: 'string', description: 'What went wrong, in words.' },
    code: { type: 'string', description: 'The same for programs: stable, never reused.' },
    request_id: { type: 'string', description: 'Quote it when you ask about this answer.' },
  }),
  PaymentSession: object({
    payment_id: PAYMENT_ID,
    checkout_url: { ...URL_TEXT, description: 'Redirect the customer here.' },
    expires_at: { ...TIME, description: 'Ten minutes after creation.' },
  }),
  Payment: object(PAYMENT_FIELDS, WHILE_PENDING),
  ListedPayment: object({ ...PAYMENT_FIELDS, ...LIST_FIELDS }, WHILE_PENDING),
  PaymentLink: LINK,
  PaymentLinks: pageOfMany(ref('PaymentLink')),
  PublicLink: object({
    id: LINK_ID,
    title: { type: 'string' },
    description: { type: ['string', 'null'] },
    amount_fiat: orNull(fiat('The price; null when the payer chooses.')),
    currency: CURRENCY,
    status: { type: 'string', enum: ['active', 'inactive'] },
    merchant_name: { type: 'string', description: 'Who is paid.' },
  }),
};

export const SAMPLE = {
  paymentId: 'pmt_0123456789abcdefghjkmnpqrs',
  linkId: 'lnk_0123456789abcdefghjkmnpqrs',
  session: {
    payment_id: 'pmt_0123456789abcdefghjkmnpqrs',
    checkout_url: 'https://avopay.dev/pay/pmt_0123456789abcdefghjkmnpqrs',
    expires_at: '2026-05-15T14:18:00.000Z',
  },
} as const;
