import type { Random } from './random.ts';
import type { Refusal } from './refusal.ts';
import type { Result } from './result.ts';
import { ok, refuse } from './result.ts';

/** A text or number that only its own parser or maker can produce. */
export type Brand<T, Name extends string> = T & { readonly __brand: Name };

export type AccountId = Brand<string, 'AccountId'>;
export type PaymentId = Brand<string, 'PaymentId'>;
export type SwapId = Brand<string, 'SwapId'>;
export type LinkId = Brand<string, 'LinkId'>;

/** Crockford-like lower-case base32 without i, l, o, u: 26 characters carry 130 random bits. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const ID_CHARS = 26;
const ID_BYTES = 17;
const ID_BODY = /^[0-9a-hjkmnp-tv-z]{26}$/;

/** TABLE: id prefixes, so that a log line explains itself. */
export const ID_PREFIXES = {
  account: 'acc_',
  user: 'usr_',
  session: 'ses_',
  apiKey: 'key_',
  wallet: 'wal_',
  offer: 'wof_',
  address: 'adr_',
  lease: 'lea_',
  payment: 'pmt_',
  swap: 'swp_',
  receipt: 'rcp_',
  quote: 'quo_',
  link: 'lnk_',
  event: 'evt_',
  endpoint: 'whk_',
  delivery: 'dlv_',
  period: 'per_',
  mail: 'mai_',
  audit: 'aud_',
  request: 'req_',
} as const;
export type IdKind = keyof typeof ID_PREFIXES;

/** Writes 130 bits of `bytes` (at least 17) as 26 base32 characters; each character takes five bits of its own. */
export function base32Id(prefix: string, bytes: Uint8Array): string {
  let [text, held, bits, next] = [prefix, 0, 0, ID_BYTES];
  for (let i = 0; i < ID_CHARS; i++) {
    if (bits < 5) {
      held |= (bytes[--next] ?? 0) << bits; // the lowest five bits come first
      bits += 8;
    }
    text += ALPHABET[held & 31];
    held >>= 5;
    bits -= 5;
  }
  return text;
}

/** A fresh id of 130 random bits: a bearer secret where it stands in a URL (conformance B-5). */
export function newId<T extends string = string>(random: Random, kind: IdKind): T {
  return base32Id(ID_PREFIXES[kind], random(ID_BYTES)) as T; // the one place where text becomes an id without a parser
}

function isId(kind: IdKind, text: unknown): text is string {
  return typeof text === 'string' && text.startsWith(ID_PREFIXES[kind]) && ID_BODY.test(text.slice(ID_PREFIXES[kind].length));
}

/** Whether the text has the form of a wallet offer's id. */
export function isOfferId(text: unknown): text is string {
  return isId('offer', text);
}

/** A malformed payment id is *not found*: the caller learns nothing else. */
export function parsePaymentId(text: unknown): Result<PaymentId, Refusal> {
  if (!isId('payment', text)) return refuse(PAYMENT_NOT_FOUND);
  return ok(text as PaymentId);
}

export const PAYMENT_NOT_FOUND: Refusal = { kind: 'not-found', code: 'payment_not_found', message: 'Payment not found' };

/** A malformed link id is *not found*, as a payment's is. */
export function parseLinkId(text: unknown): Result<LinkId, Refusal> {
  if (!isId('link', text)) return refuse(LINK_NOT_FOUND);
  return ok(text as LinkId);
}

export const LINK_NOT_FOUND: Refusal = { kind: 'not-found', code: 'payment_link_not_found', message: 'Payment link not found' };

/** Webhook endpoints and their deliveries, as payments. */
export function isEndpointId(text: unknown): text is string {
  return isId('endpoint', text);
}

export function isDeliveryId(text: unknown): text is string {
  return isId('delivery', text);
}

/** A malformed key id is *not found*, as a payment's is. */
export function parseKeyId(text: unknown): Result<string, Refusal> {
  return isId('apiKey', text) ? ok(text) : refuse(KEY_NOT_FOUND);
}

export const KEY_NOT_FOUND: Refusal = { kind: 'not-found', code: 'key_not_found', message: 'API key not found' };
