import type { Currency } from '../lib/money.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { LinkStatus, PaymentLink } from './link.ts';
import { isRedirectAllowed, REDIRECT_NOT_ALLOWED } from '../accounts/account-input.ts';
import { ok, refuse } from '../lib/result.ts';
import { parseCurrency, parseFiat, parseRedirectUrl } from '../payments/payment-input.ts';
import { LINK_STATUSES } from './link.ts';

/** What a caller sent for a new link, unjudged. No amount makes an open link. */
export type LinkInput = {
  readonly title: unknown;
  readonly description: unknown;
  readonly amount: unknown;
  readonly currency: unknown;
  readonly redirectUrl: unknown;
};
export type LinkDraft = Pick<PaymentLink, 'title' | 'description' | 'currency' | 'fiatMinor' | 'redirectUrl'>;

/** What a caller wants changed: an absent field stays, null clears one that may be empty. */
export type LinkChanges = Partial<LinkInput> & { readonly status?: unknown };

export type LinkRules = {
  readonly allowHttp: boolean;
  /** Hosts that payers may be sent back to; empty or absent: any. */
  readonly redirectHosts?: readonly string[];
};

/** Fits one line of a receipt and of the merchant's list (conformance L-6). */
export const TITLE_CHARS_MAX = 120;
/** A short paragraph above the button (conformance L-6). */
export const DESCRIPTION_CHARS_MAX = 500;

/** Control and direction-changing characters, halves of characters, line and paragraph separators: they could make a page show another text. */
const NOT_PLAIN = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u;

const invalid = (code: string, message: string, field?: string): { ok: false; error: Refusal } =>
  refuse({ kind: 'invalid', code, message, ...(field ? { field } : {}) });

/** Judges a new link; `allowHttp` as for payments. Pure. */
export function parseLinkInput(input: LinkInput, rules: LinkRules): Result<LinkDraft, Refusal> {
  if (isAbsent(input.title) || isAbsent(input.currency) || input.title === '' || input.currency === '')
    return invalid('title_and_currency_required', 'title and currency are required');
  const title = parseTitle(input.title);
  if (!title.ok) return title;
  const currency = parseCurrency(input.currency);
  if (!currency.ok) return currency;
  const fiatMinor = parsePrice(input.amount, currency.value);
  if (!fiatMinor.ok) return fiatMinor;
  const description = parseDescription(input.description);
  if (!description.ok) return description;
  const redirectUrl = parseReturn(input.redirectUrl, rules);
  if (!redirectUrl.ok) return redirectUrl;
  return ok({
    title: title.value,
    description: description.value,
    currency: currency.value,
    fiatMinor: fiatMinor.value,
    redirectUrl: redirectUrl.value,
  });
}

/** The link as it is to become; the same object when nothing changes. Its price and currency may be named, but only as they are. Pure. */
export function parseLinkChanges(link: PaymentLink, changes: LinkChanges, rules: LinkRules): Result<PaymentLink, Refusal> {
  const priced = keepsPrice(link, changes);
  if (!priced.ok) return priced;
  const title = changes.title === undefined ? ok(link.title) : parseTitle(changes.title);
  if (!title.ok) return title;
  const description = changes.description === undefined ? ok(link.description) : parseDescription(changes.description);
  if (!description.ok) return description;
  const redirectUrl = changes.redirectUrl === undefined ? ok(link.redirectUrl) : parseReturn(changes.redirectUrl, rules);
  if (!redirectUrl.ok) return redirectUrl;
  const status = changes.status === undefined ? ok(link.status) : parseLinkStatus(changes.status);
  if (!status.ok) return status;
  const next = { title: title.value, description: description.value, redirectUrl: redirectUrl.value, status: status.value };
  return ok(changedFields(link, next).length === 0 ? link : { ...link, ...next, version: link.version + 1 });
}

/** TABLE: what may change in the life of a link. */
const CHANGEABLE = ['title', 'description', 'redirectUrl', 'status'] as const;

export function changedFields(before: PaymentLink, after: Pick<PaymentLink, (typeof CHANGEABLE)[number]>): (typeof CHANGEABLE)[number][] {
  return CHANGEABLE.filter((name) => before[name] !== after[name]);
}

export function parseLinkStatus(value: unknown): Result<LinkStatus, Refusal> {
  const text = typeof value === 'string' ? value.toLowerCase() : '';
  const known = LINK_STATUSES.find((status) => status === text);
  return known ? ok(known) : invalid('invalid_link_status', 'status must be active or inactive', 'status');
}

/** A caller that reads a link and sends it back whole says nothing new; another price would change what shops have printed. */
function keepsPrice(link: PaymentLink, changes: LinkChanges): Result<void, Refusal> {
  const moved = invalid('link_price_fixed', 'amount_fiat and currency of a link cannot be changed — create a new link', 'amount');
  if (!isAbsent(changes.currency)) {
    const currency = parseCurrency(changes.currency);
    if (!currency.ok || currency.value !== link.currency) return moved;
  }
  if (changes.amount === undefined) return ok(undefined);
  const price = parsePrice(changes.amount, link.currency);
  return price.ok && price.value === link.fiatMinor ? ok(undefined) : moved;
}

function parsePrice(value: unknown, currency: Currency): Result<bigint | null, Refusal> {
  if (isAbsent(value)) return ok(null);
  const fiat = parseFiat(value, currency);
  return fiat.ok ? ok(fiat.value.minor) : fiat;
}

function parseReturn(value: unknown, rules: LinkRules): Result<string | null, Refusal> {
  if (isAbsent(value) || value === '') return ok(null);
  const url = parseRedirectUrl(value, rules.allowHttp);
  return url.ok && !isRedirectAllowed(url.value, rules.redirectHosts ?? []) ? refuse(REDIRECT_NOT_ALLOWED) : url;
}

function parseTitle(value: unknown): Result<string, Refusal> {
  const title = typeof value === 'string' ? value.normalize('NFC').trim() : '';
  if (title === '' || [...title].length > TITLE_CHARS_MAX)
    return invalid('invalid_title', `title must have 1 to ${TITLE_CHARS_MAX} characters`, 'title');
  if (NOT_PLAIN.test(title)) return invalid('invalid_title', 'title must be plain text on one line', 'title');
  return ok(title);
}

/** Line breaks may stay: a description is a short paragraph. */
function parseDescription(value: unknown): Result<string | null, Refusal> {
  if (isAbsent(value) || value === '') return ok(null);
  const text = typeof value === 'string' ? value.normalize('NFC').replace(/\r\n?/g, '\n').trim() : null;
  if (text === null || [...text].length > DESCRIPTION_CHARS_MAX)
    return invalid('invalid_description', `description must be a text of at most ${DESCRIPTION_CHARS_MAX} characters`, 'description');
  if (NOT_PLAIN.test(text.replaceAll('\n', ' '))) return invalid('invalid_description', 'description must be plain text', 'description');
  return ok(text === '' ? null : text);
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}
