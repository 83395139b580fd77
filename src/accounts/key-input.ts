import type { Currency } from '../lib/money.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { KeyKind, KeyMaximum, KeyMode } from './api-key.ts';
import { CURRENCIES, CURRENCY_EXPONENTS } from '../lib/money.ts';
import { ok, refuse } from '../lib/result.ts';
import { HOUR_MS } from '../lib/time.ts';
import { KEY_KINDS, KEY_MODES } from './api-key.ts';
import { parseOrigins } from './web-origin.ts';

/** What a caller sent for a new key, unjudged. */
export type KeyInput = {
  readonly kind: unknown;
  readonly mode: unknown;
  readonly label: unknown;
  readonly origins: unknown;
  readonly maxAmount: unknown;
  readonly expiresAt: unknown;
};
export type KeyDraft = {
  readonly kind: KeyKind;
  readonly mode: KeyMode;
  readonly label: string;
  readonly origins: readonly string[];
  readonly maxAmount: KeyMaximum | null;
  readonly expiresAt: Date | null;
};
/** What a caller wants changed: an absent field stays. */
export type KeyChanges = Partial<Pick<KeyInput, 'label' | 'origins' | 'maxAmount'>>;
export type KeyRules = { readonly at: Date; readonly allowHttp: boolean };

/** One line of the merchant's list. */
export const KEY_LABEL_CHARS_MAX = 80;
const DEFAULT_LABEL = 'API key';
/** The old key of a rotation may go on for so long (conformance A-6). */
export const OVERLAP_HOURS_MAX = 72;
/** A day is enough to roll a new key out, and short enough for one that may have leaked. */
const OVERLAP_HOURS_DEFAULT = 24;
/** Far above any price, and a whole number in every program. */
const MAXIMUM_MINOR_MAX = 10n ** 15n;
const DECIMAL = /^(\d{1,13})(?:\.(\d{1,2}))?$/;
/** Control and direction-changing characters could make a list show another text. */
const NOT_PLAIN = /[\p{C}\u2028\u2029]/u;
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;

const invalid = (code: string, message: string, field: string): { ok: false; error: Refusal } =>
  refuse({ kind: 'invalid', code, message, field });

/** Judges a new key. Pure. */
export function parseKeyInput(input: KeyInput, { at, allowHttp }: KeyRules): Result<KeyDraft, Refusal> {
  const kind = KEY_KINDS.find((known) => known === lower(input.kind));
  if (!kind) return invalid('invalid_key_kind', `kind must be one of ${KEY_KINDS.join(', ')}`, 'kind');
  const mode = isAbsent(input.mode) ? 'live' : KEY_MODES.find((known) => known === lower(input.mode));
  if (!mode) return invalid('invalid_key_mode', `mode must be one of ${KEY_MODES.join(', ')}`, 'mode');
  const label = isAbsent(input.label) ? ok(DEFAULT_LABEL) : parseLabel(input.label);
  if (!label.ok) return label;
  const bounds = parseBounds(input, kind, allowHttp);
  if (!bounds.ok) return bounds;
  const expiresAt = isAbsent(input.expiresAt) ? ok(null) : parseExpiry(input.expiresAt, at);
  if (!expiresAt.ok) return expiresAt;
  return ok({ kind, mode, label: label.value, ...bounds.value, expiresAt: expiresAt.value });
}

/** Judges what is to change of a key of this kind; null clears origins and maximum. Pure. */
export function parseKeyChanges(
  changes: KeyChanges,
  kind: KeyKind,
  { allowHttp }: Pick<KeyRules, 'allowHttp'>,
): Result<Partial<Pick<KeyDraft, 'label' | 'origins' | 'maxAmount'>>, Refusal> {
  const label = changes.label === undefined ? ok(undefined) : parseLabel(changes.label);
  if (!label.ok) return label;
  const bounds = parseBounds({ origins: changes.origins, maxAmount: changes.maxAmount }, kind, allowHttp);
  if (!bounds.ok) return bounds;
  return ok({
    ...(label.value === undefined ? {} : { label: label.value }),
    ...(changes.origins === undefined ? {} : { origins: bounds.value.origins }),
    ...(changes.maxAmount === undefined ? {} : { maxAmount: bounds.value.maxAmount }),
  });
}

/** How long the old key of a rotation goes on, in ms. Pure. */
export function parseOverlap(value: unknown): Result<number, Refusal> {
  if (isAbsent(value)) return ok(OVERLAP_HOURS_DEFAULT * HOUR_MS);
  const hours = typeof value === 'number' && Number.isInteger(value) ? value : -1;
  if (hours >= 0 && hours <= OVERLAP_HOURS_MAX) return ok(hours * HOUR_MS);
  return invalid('invalid_overlap', `overlap_hours must be a whole number from 0 to ${OVERLAP_HOURS_MAX}`, 'overlapHours');
}

function parseBounds(
  { origins, maxAmount }: Pick<KeyInput, 'origins' | 'maxAmount'>,
  kind: KeyKind,
  allowHttp: boolean,
): Result<Pick<KeyDraft, 'origins' | 'maxAmount'>, Refusal> {
  const list = isAbsent(origins) ? ok([]) : parseOrigins(origins, { field: 'origins', name: 'origins', allowHttp });
  if (!list.ok) return list;
  const maximum = isAbsent(maxAmount) ? ok(null) : parseMaximum(maxAmount);
  if (!maximum.ok) return maximum;
  if (kind === 'secret' && (list.value.length > 0 || maximum.value !== null)) {
    const field = list.value.length > 0 ? 'origins' : 'maxAmount';
    return invalid(
      'bounds_of_publishable_keys',
      'origins and max_amount are for publishable keys: a secret key stays on your server',
      field,
    );
  }
  return ok({ origins: list.value, maxAmount: maximum.value });
}

/** What people call a key or a passkey: one rule, one text. */
export function parseLabel(value: unknown): Result<string, Refusal> {
  const label = typeof value === 'string' ? value.trim() : '';
  if (label !== '' && Array.from(label).length <= KEY_LABEL_CHARS_MAX && !NOT_PLAIN.test(label)) return ok(label);
  return invalid('invalid_label', `label must have 1 to ${KEY_LABEL_CHARS_MAX} characters of plain text`, 'label');
}

function parseMaximum(value: unknown): Result<KeyMaximum, Refusal> {
  const wrong = invalid('invalid_max_amount', `max_amount must name amounts by currency, such as {"EUR": 100}`, 'maxAmount');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong;
  const maximum: { [Code in Currency]?: bigint } = {};
  for (const [code, amount] of Object.entries(value)) {
    const currency = CURRENCIES.find((known) => known === code.toUpperCase());
    const minor = currency ? minorOf(amount, currency) : null;
    if (!currency || minor === null) return wrong;
    maximum[currency] = minor;
  }
  return Object.keys(maximum).length === 0 ? wrong : ok(maximum);
}

/** Exact: a maximum that would have to be rounded is refused. */
function minorOf(amount: unknown, currency: Currency): bigint | null {
  const text = typeof amount === 'number' ? String(amount) : amount;
  const [, whole, fraction = ''] = typeof text === 'string' ? (DECIMAL.exec(text) ?? []) : [];
  const exponent = CURRENCY_EXPONENTS[currency];
  if (whole === undefined || fraction.length > exponent) return null;
  const minor = BigInt(whole + fraction.padEnd(exponent, '0'));
  return minor > 0n && minor <= MAXIMUM_MINOR_MAX ? minor : null;
}

function parseExpiry(value: unknown, at: Date): Result<Date, Refusal> {
  const expiresAt = typeof value === 'string' && ISO_TIME.test(value) ? new Date(value) : null;
  if (expiresAt && expiresAt > at) return ok(expiresAt);
  return invalid('invalid_expiry', 'expires_at must be a time to come, such as 2027-01-31T00:00:00.000Z', 'expiresAt');
}

function lower(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
