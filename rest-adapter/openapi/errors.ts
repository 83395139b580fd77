/** One way to be refused, as the documentation prints it. `{…}` in a text stands for a value. */
export type ErrorRow = {
  readonly status: number;
  readonly error: string;
  readonly meaning: string;
  /** Stands in the table of documented errors, to the byte (conformance X-5). */
  readonly documented?: true;
};

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
  invalid_cursor: { status: 400, error: 'cursor is not one of this list', meaning: 'Send back `next_cursor` as it came.' },
  title_and_currency_required: { status: 400, error: 'title and currency are required', meaning: 'Missing required fields.' },
  invalid_title: { status: 400, error: 'title must have 1 to 120 characters', meaning: 'Empty, too long, or not plain text on one line.' },
  invalid_description: {
    status: 400,
    error: 'description must be a text of at most 500 characters',
    meaning: 'Too long, or not plain text.',
  },
  invalid_link_status: { status: 400, error: 'status must be active or inactive', meaning: 'There is no other status of a link.' },
  link_price_fixed: {
    ...{ status: 400, error: 'amount_fiat and currency of a link cannot be changed — create a new link' },
    meaning: 'What was printed or shared keeps its price.',
  },
  amount_fiat_required: {
    status: 400,
    error: 'amount_fiat is required for this link',
    meaning: 'The payer of an open link chooses the amount.',
  },
  registration_fields_required: {
    ...{ status: 400, error: 'email, password, plan and terms_accepted are required' },
    meaning: 'Missing required fields in request body.',
  },
  descriptors_required: { status: 400, error: 'lbtc_descriptor and btcln_descriptor are required', meaning: 'Missing required fields.' },
  invalid_email: { status: 400, error: 'email must be an e-mail address', meaning: 'No address that mail could reach.' },
  password_too_short: { status: 400, error: 'password must be at least 8 characters', meaning: 'A longer one is needed.' },
  unknown_plan: { status: 400, error: 'plan must be monthly or yearly', meaning: 'There is no other plan.' },
  terms_not_accepted: { status: 400, error: 'terms_accepted must be true', meaning: 'An account needs accepted terms.' },
  descriptor_refused: {
    ...{ status: 400, error: 'The descriptor must start with ct(slip77( and end with its closing bracket.' },
    meaning: 'The code says which part is wrong, as `descriptor_form`; a private key is `descriptor_private_key`.',
  },
  wallet_offer_not_found: {
    status: 404,
    error: 'This code is not known — show a new one',
    meaning: 'There is no such offer of this account.',
  },
  billing_off: { status: 409, error: 'Billing is off on this server', meaning: 'The operator runs without plans.' },
  wallet_of_other_account: {
    status: 409,
    error: 'This wallet is already connected to another account',
    meaning: 'A wallet belongs to one account.',
  },
  wallet_blinding_key_differs: {
    ...{ status: 409, error: 'These addresses are known with another blinding key — export the descriptor again' },
    meaning: 'The same keys were seen with another blinding key.',
  },
  operator_not_configured: {
    status: 503,
    error: 'Registration is not available on this server',
    meaning: 'The operator has named no wallet for plans.',
  },
  chain_unavailable: {
    status: 503,
    error: 'The Liquid network cannot be read right now — please retry',
    meaning: 'No chain source answered.',
  },
  payment_link_not_found: {
    status: 404,
    error: 'Payment link not found',
    meaning: 'The link does not exist or belongs to a different account.',
  },
  registration_not_found: { status: 404, error: 'Registration not found', meaning: 'There is no registration of this id.' },
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
  email_taken: { status: 409, error: 'Email already registered', meaning: 'Sign in instead.' },
  wallet_already_connected: {
    ...{ status: 409, error: 'Wallet already connected — contact support to reset' },
    meaning: 'An account has one wallet; connecting another could reuse addresses.',
  },
  payment_link_inactive: { status: 410, error: 'Payment link is inactive', meaning: 'The merchant has switched it off.' },
  body_too_large: { status: 413, error: 'The request body is larger than 65536 bytes', meaning: 'No documented body comes near.' },
  unsupported_media_type: { status: 415, error: 'Send the body as Content-Type: application/json', meaning: 'A body of another type.' },
  rate_limited: {
    ...{ status: 429, error: 'Too many requests — retry in {seconds} seconds' },
    meaning: 'A rate limit is used up. `Retry-After` says when the next request succeeds.',
  },
  link_sessions_limit: {
    ...{ status: 429, error: 'Too many requests — retry in {seconds} seconds' },
    meaning: 'Too many payments of this link are open at once.',
  },
  unexpected: {
    ...{ status: 500, error: 'Something went wrong on our side — please retry; nothing was lost' },
    meaning: 'A fault of the server. Quote `request_id` when you ask about it.',
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
} as const satisfies { readonly [code: string]: ErrorRow };
export type ErrorCode = keyof typeof ERRORS;

/** Every row in the order of the table, with its code. */
export function errorRows(): readonly (ErrorRow & { readonly code: ErrorCode })[] {
  return Object.entries(ERRORS).map(([code, row]) => ({ ...row, code: code as ErrorCode })); // keys of the table itself
}

/** An error text with sample values in place of `{…}`. */
export function sampleError(error: string): string {
  const samples: { readonly [name: string]: string } = { currency: 'EUR', sats: '25000000', methods: 'GET, HEAD', seconds: '12' };
  return error.replace(/\{(\w+)\}/g, (_whole, name: string) => samples[name] ?? name);
}
