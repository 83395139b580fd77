import type { ErrorRow, ErrorRows } from './error-row.ts';
import { ACCOUNT_ERRORS } from './account-errors.ts';
import { HOOK_ERRORS } from './hook-errors.ts';

/** TABLE: error codes with their status, text and meaning. The slices make the refusals; tests hold these words to what the server answers. */
export const ERRORS = {
  amount_and_currency_required: {
    ...{ status: 400, error: 'amount and currency are required', documented: true },
    meaning: 'Missing required fields in request body.',
  },
  amount_too_small: {
    ...{ status: 400, error: 'Amount too small — minimum is 1000 sats equivalent', documented: true },
    meaning: 'The fiat amount converts to less than 1000 sats, or to less than the Lightning provider takes.',
  },
  wallet_not_connected: {
    ...{ status: 400, error: 'Wallet not connected — connect your AQUA wallet first', documented: true },
    meaning: 'No wallet has been linked to this account.',
  },
  metadata_too_large: {
    ...{ status: 400, error: 'metadata must be 2KB or less', documented: true },
    meaning: 'The metadata object is too large.',
  },
  invalid_api_key: {
    ...{ status: 401, error: 'Invalid or missing API key', documented: true },
    meaning: 'Authorization header missing, or key unknown, expired or revoked.',
  },
  trial_limit_reached: {
    ...{ status: 402, error: 'trial_limit_reached: subscribe at avopay.dev', documented: true },
    meaning: 'The free trial of five paid payments is used up and no plan is active. Open sessions are unaffected.',
  },
  secret_key_required: {
    ...{ status: 403, error: 'Secret key required for this endpoint', documented: true },
    meaning: 'A publishable key was used on a route for secret keys.',
  },
  payment_not_found: {
    ...{ status: 404, error: 'Payment not found', documented: true },
    meaning: 'The payment does not exist or belongs to a different account.',
  },
  rate_unavailable: {
    ...{ status: 503, error: 'Failed to fetch exchange rate — please retry', documented: true },
    meaning: 'No price source answered in time. Retry after a few seconds.',
  },
  provider_unavailable: {
    ...{ status: 503, error: 'Payment provider unavailable — please retry', documented: true },
    meaning: 'The Lightning provider is unavailable. Retry after a few seconds.',
  },

  amount_not_positive: { status: 400, error: 'amount must be a positive number', meaning: 'Zero, negative, or no clean decimal.' },
  too_many_decimals: { status: 400, error: 'too many decimal places for {currency}', meaning: 'Finer than the currency’s smallest unit.' },
  unsupported_currency: {
    ...{ status: 400, error: 'currency must be one of EUR, USD, GBP, CAD, AUD, JPY, CHF, DKK, BRL' },
    meaning: 'The currency is not among the nine.',
  },
  amount_too_large: {
    status: 400,
    error: 'Amount too large — maximum is {sats} sats equivalent',
    meaning: 'More than the provider carries at once.',
  },
  invalid_redirect_url: {
    ...{ status: 400, error: 'redirect_url must be an absolute https address of at most 2048 characters' },
    meaning: 'Relative, of another scheme, with credentials, or too long.',
  },
  metadata_not_an_object: { status: 400, error: 'metadata must be an object', meaning: 'An array or a single value was sent.' },
  invalid_idempotency_key: { status: 400, error: 'Idempotency-Key must have 1 to 255 characters', meaning: 'Empty or too long.' },
  invalid_json: { status: 400, error: 'The request body must be a JSON object', meaning: 'No JSON, or JSON of another kind.' },
  bad_request: { status: 400, error: 'The request could not be read', meaning: 'The address or the body could not be decoded.' },
  title_and_currency_required: { status: 400, error: 'title and currency are required', meaning: 'Missing required fields.' },
  invalid_title: {
    status: 400,
    error: 'title must have 1 to 120 characters',
    also: ['title must be plain text on one line'],
    meaning: 'Empty, too long, or not plain text on one line.',
  },
  invalid_description: {
    status: 400,
    error: 'description must be a text of at most 500 characters',
    also: ['description must be plain text'],
    meaning: 'Too long, or not plain text.',
  },
  invalid_link_status: { status: 400, error: 'status must be active or inactive', meaning: 'There is no other status of a link.' },
  redirect_host_not_allowed: {
    ...{ status: 400, error: 'redirect_url must lead to one of the hosts in the settings of the account (redirect_hosts)' },
    meaning: 'The account names the hosts that payers may be sent back to.',
  },
  amount_above_key_maximum: {
    status: 400,
    error: 'Amount too large for this key — its maximum is {amount} {currency}',
    also: ['This key takes no {currency} — it takes {currencies}'],
    meaning: 'A publishable key may have a maximum.',
  },
  origin_not_allowed: {
    status: 403,
    error: 'This publishable key may not be used on this website — its owner can add the address to the key',
    also: ['This publishable key works on the web pages of its shop only — use a secret key on a server'],
    meaning: 'The key names the web pages that may use it.',
  },
  link_price_fixed: {
    ...{ status: 400, error: 'amount_fiat and currency of a link cannot be changed — create a new link' },
    meaning: 'What was printed or shared keeps its price.',
  },
  amount_fiat_required: {
    status: 400,
    error: 'amount_fiat is required for this link',
    meaning: 'The payer of an open link chooses the amount.',
  },
  payment_link_not_found: {
    status: 404,
    error: 'Payment link not found',
    meaning: 'The link does not exist or belongs to a different account.',
  },
  route_not_found: {
    status: 404,
    error: 'There is nothing at this address — see /docs for the routes',
    meaning: 'No route has this path.',
  },
  method_not_allowed: { status: 405, error: 'This address takes {methods}', meaning: 'The header `Allow` lists the methods.' },
  idempotency_key_in_use: {
    ...{ status: 409, error: 'A request with this Idempotency-Key is still running — retry in a few seconds' },
    meaning: 'The first request has not been answered yet.',
  },
  idempotency_key_reused: {
    ...{ status: 409, error: 'This Idempotency-Key was used with another request body — use a new key' },
    meaning: 'A key belongs to one body for 24 hours.',
  },
  payment_link_inactive: { status: 410, error: 'Payment link is inactive', meaning: 'The merchant has switched it off.' },
  body_too_large: { status: 413, error: 'The request body is larger than 65536 bytes', meaning: 'No documented body comes near.' },
  unsupported_media_type: { status: 415, error: 'Send the body as Content-Type: application/json', meaning: 'A body of another type.' },
  rate_limited: {
    ...{ status: 429, error: 'Too many requests — retry in {seconds} seconds' },
    meaning: 'A rate limit is used up. `Retry-After` says when the next request succeeds.',
  },
  publishable_open_limit: {
    ...{ status: 429, error: 'Too many requests — retry in {seconds} seconds' },
    meaning: 'Too many payments that pages have made are open at once.',
  },
  trial_open_payments: {
    ...{ status: 429, error: 'A trial account may have {count} open payments at once — retry in {seconds} seconds or subscribe' },
    meaning: 'Too many payments are open at once for an account without a plan.',
  },
  link_sessions_limit: {
    ...{ status: 429, error: 'Too many requests — retry in {seconds} seconds' },
    meaning: 'Too many payments of this link are open at once.',
  },
  unexpected: {
    ...{ status: 500, error: 'Something went wrong on our side — please retry; nothing was lost' },
    meaning: 'A fault of the server. Quote `request_id` when you ask about it.',
  },
  server_busy: {
    ...{ status: 503, error: 'The server is busy — please retry; nothing was lost' },
    meaning: 'The database could not do it in time, and did nothing. `Retry-After` says when to try again.',
  },
  lightning_not_configured: {
    status: 503,
    error: 'Lightning is not configured on this server',
    meaning: 'The operator runs Liquid only, and no address is free.',
  },
  no_address_free: {
    status: 503,
    error: 'Payment provider unavailable — please retry',
    meaning: 'Lightning is down and every L-BTC address is taken.',
  },
  limits_unavailable: {
    status: 503,
    error: 'This is unavailable for a moment — please retry',
    meaning: 'The shared counter of limits cannot be asked.',
  },
  ...ACCOUNT_ERRORS,
  ...HOOK_ERRORS,
} as const satisfies ErrorRows;
export type ErrorCode = keyof typeof ERRORS;

/** Every row in the order of the table, with its code. */
export function errorRows(): readonly (ErrorRow & { readonly code: ErrorCode })[] {
  return Object.entries(ERRORS).map(([code, row]) => ({ ...row, code: code as ErrorCode })); // keys of the table itself
}

/** An error text with sample values in place of `{…}`. */
export function sampleError(error: string): string {
  const samples: { readonly [name: string]: string } = {
    ...{ currency: 'EUR', sats: '25000000', methods: 'GET, HEAD', seconds: '12', amount: '100.00', count: '5', status: 'expired' },
  };
  return error.replace(/\{(\w+)\}/g, (_whole, name: string) => samples[name] ?? name);
}

/** Whether a refusal of this code may be said in these words; numbers may differ. */
export function isErrorText(code: ErrorCode, text: string): boolean {
  const { error, also = [] }: ErrorRow = ERRORS[code];
  const pattern = (words: string) =>
    `^${words
      .replace(/[.*+?^$()|[\]\\]/g, '\\$&')
      .replace(/\{[a-z]+\}/g, '.+')
      .replace(/[{}]/g, '\\$&')
      .replace(/\d+/g, '\\d+')}$`;
  return [error, ...also].some((words) => new RegExp(pattern(words), 'u').test(text));
}
