import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Currency, Fiat } from '../lib/money.ts';
import { CURRENCIES, CURRENCY_EXPONENTS } from '../lib/money.ts';
import { ok, refuse } from '../lib/result.ts';

/** What a caller sent, unjudged. `metadataText` is the JSON text of the field as it stood in the request, or null when it was absent or null. */
export type PaymentInput = {
  readonly amount: unknown;
  readonly currency: unknown;
  readonly redirectUrl: unknown;
  readonly metadataText: string | null;
};
export type PaymentDraft = { readonly fiat: Fiat; readonly redirectUrl: string | null; readonly metadataText: string };

/** The documented 2 KB, in UTF-8 bytes of compact JSON (conformance P-11). */
export const METADATA_BYTES_MAX = 2_048;
/** Longer than any address that browsers agree on. */
export const REDIRECT_URL_CHARS_MAX = 2_048;
/** 10^12 minor units: ten billion dollars. At the lowest rate that is ever believed it is less than all bitcoin, so that every amount has its sats. */
export const FIAT_MINOR_MAX = 10n ** 12n;
/** A clean decimal: no sign, no exponent, no separators. */
const DECIMAL = /^(\d{1,16})(?:\.(\d{1,24}))?$/;
/** JavaScript sums such as 49.989999999999995 are taken for what they mean: this near to a whole minor unit, in the currency's own unit. */
const FRACTION_DIGITS = 24;
const NEAR = 10n ** BigInt(FRACTION_DIGITS - 6);

const invalid = (code: string, message: string, field?: string): { ok: false; error: Refusal } =>
  refuse({ kind: 'invalid', code, message, ...(field ? { field } : {}) });

/** Judges a request for a payment; `allowHttp` lets a redirect go to plain http on any host (test networks). Pure. */
export function parsePaymentInput(input: PaymentInput, rules: { allowHttp: boolean }): Result<PaymentDraft, Refusal> {
  if (isMissing(input.amount) || isMissing(input.currency))
    return invalid('amount_and_currency_required', 'amount and currency are required');
  const currency = parseCurrency(input.currency);
  if (!currency.ok) return currency;
  const fiat = parseFiat(input.amount, currency.value);
  if (!fiat.ok) return fiat;
  const redirectUrl = isMissing(input.redirectUrl) ? ok(null) : parseRedirectUrl(input.redirectUrl, rules.allowHttp);
  if (!redirectUrl.ok) return redirectUrl;
  const metadataText = parseMetadata(input.metadataText);
  if (!metadataText.ok) return metadataText;
  return ok({ fiat: fiat.value, redirectUrl: redirectUrl.value, metadataText: metadataText.value });
}

export function parseCurrency(value: unknown): Result<Currency, Refusal> {
  const code = typeof value === 'string' ? value.trim().toUpperCase() : '';
  const known = CURRENCIES.find((currency) => currency === code);
  return known ? ok(known) : invalid('unsupported_currency', `currency must be one of ${CURRENCIES.join(', ')}`, 'currency');
}

/** A JSON number or a clean decimal string, in whole minor units; nothing is rounded that a person would notice. */
export function parseFiat(value: unknown, currency: Currency): Result<Fiat, Refusal> {
  const text = typeof value === 'number' ? decimalText(value) : value;
  const [, whole, fraction = ''] = typeof text === 'string' ? (DECIMAL.exec(text) ?? []) : [];
  if (whole === undefined) return invalid('amount_not_positive', 'amount must be a positive number', 'amount');
  const scaled = BigInt(whole + fraction.padEnd(FRACTION_DIGITS, '0'));
  const unit = 10n ** BigInt(FRACTION_DIGITS - CURRENCY_EXPONENTS[currency]);
  const minor = (scaled + unit / 2n) / unit; // nearest minor unit, accepted below only when it is what was meant
  if (scaled === 0n || minor > FIAT_MINOR_MAX) return invalid('amount_not_positive', 'amount must be a positive number', 'amount');
  const away = scaled > minor * unit ? scaled - minor * unit : minor * unit - scaled;
  if (away > NEAR || minor === 0n) return invalid('too_many_decimals', `too many decimal places for ${currency}`, 'amount');
  return ok({ minor, currency });
}

/** Absolute http(s) without credentials, normalised; plain http only where it cannot cross a network, or where `allowHttp` says so. */
export function parseRedirectUrl(value: unknown, allowHttp: boolean): Result<string, Refusal> {
  const wrong = invalid('invalid_redirect_url', 'redirect_url must be an absolute https address of at most 2048 characters', 'redirectUrl');
  if (typeof value !== 'string' || value.length > REDIRECT_URL_CHARS_MAX || !URL.canParse(value)) return wrong;
  const url = new URL(value);
  const local = url.hostname === 'localhost' || url.hostname === '127.0.0.1' || url.hostname === '[::1]';
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && (local || allowHttp))) return wrong;
  if (url.username || url.password || url.href.length > REDIRECT_URL_CHARS_MAX) return wrong;
  return ok(url.href);
}

/** A JSON object, kept as compact text so that foreign digits and keys such as `__proto__` survive untouched. */
function parseMetadata(text: string | null): Result<string, Refusal> {
  if (text === null) return ok('{}');
  if (!text.startsWith('{')) return invalid('metadata_not_an_object', 'metadata must be an object', 'metadata');
  if (Buffer.byteLength(text) > METADATA_BYTES_MAX) return invalid('metadata_too_large', 'metadata must be 2KB or less', 'metadata');
  return ok(text);
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** The shortest decimal text of a number, without an exponent; not a decimal for anything that is not an amount. */
function decimalText(value: number): string {
  const text = String(value);
  const [, digits, places] = /^(\d(?:\.\d+)?)e-(\d{1,2})$/.exec(text) ?? [];
  if (digits === undefined || places === undefined) return text;
  return `0.${'0'.repeat(Number(places) - 1)}${digits.replace('.', '')}`.slice(0, FRACTION_DIGITS + 2);
}
