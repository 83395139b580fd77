import type { CheckoutData, CheckoutFacts, CheckoutView, PageOptions, Status } from './contract.ts';
import { readableColour } from './colour.ts';
import { effectiveRate, fiatText, groupedSats, lbtcOfSats } from './money-text.ts';

const INVOICE = /^ln[a-z0-9]+$/i;
const LIQUID_URI = /^liquid(?:network|testnet):[0-9A-Za-z]+(?:\?[0-9A-Za-z=&.]*)?$/;
const LINK_ID = /^lnk_[0-9a-z]{26}$/;
const LOGO_PATH = /^\/(?!\/)[\w./-]+$/;

export type ViewOptions = Pick<PageOptions, 'sandbox' | 'publicUrl' | 'keep'> & { readonly language: string };

/** What the payer sees of a payment. Nothing of the account but the merchant's name passes, whatever else `data` carries. */
export function checkoutView(data: CheckoutData, options: ViewOptions): CheckoutView {
  const { language, sandbox, keep } = options;
  const received = data.receivedSats;
  return {
    paymentId: data.paymentId,
    language,
    status: statusOf(data.status) ?? 'pending',
    merchantName: data.merchant.name,
    colour: readableColour(data.merchant.brandColour),
    logoPath: logoPathOf(data.merchant.logoUrl),
    title: data.title,
    play: data.mode === 'TEST' ? 'test' : sandbox ? 'sandbox' : null,
    fiat: fiatText(data.amountFiat, data.currency, language),
    sats: groupedSats(data.amountSats, language),
    rate: effectiveRate(data.amountFiat, data.amountSats, data.currency, language),
    ...codesOf(data),
    lightningDown: data.lightning === null && (data.lightningState === 'PROVIDER_DOWN' || data.lightningState === 'OUT_OF_LIMITS'),
    liquidOnly: data.lightning === null && data.lightningState === 'NOT_CONFIGURED',
    liquidBusy: data.liquid === null && data.liquidState === 'NO_ADDRESS_FREE',
    expiresAtMs: Date.parse(data.expiresAt),
    serverTimeMs: Date.parse(data.serverTime),
    paidAtMs: data.paidAt === null ? null : Date.parse(data.paidAt),
    amountLbtc: lbtcOfSats(data.amountSats),
    receivedLbtc: received === '0' ? null : lbtcOfSats(received),
    exception: data.exception,
    late: data.late,
    redirectUrl: safeReturnUrl(data.redirectUrl),
    backUrl: safeReturnUrl(data.backUrl),
    againPath: data.linkId !== null && LINK_ID.test(data.linkId) ? `/pay/${data.linkId}${keep}` : null,
    receiptUrl: `${options.publicUrl}/pay/${data.paymentId}/receipt${keep}`,
    keep,
  };
}

/** The codes leave the page with the last moment in which they may be paid: a page made later carries none. */
function codesOf(data: CheckoutData): Pick<CheckoutView, 'lightning' | 'liquid'> {
  const payable = data.status === 'PENDING' && Date.parse(data.serverTime) < Date.parse(data.expiresAt);
  if (!payable) return { lightning: null, liquid: null };
  const { lightning, liquid } = data;
  return {
    lightning: lightning && INVOICE.test(lightning.invoice) ? { invoice: lightning.invoice } : null,
    liquid: liquid && LIQUID_URI.test(liquid.uri) ? { address: liquid.address, uri: liquid.uri, amountLbtc: liquid.amountLbtc } : null,
  };
}

/** Only http and https: a `javascript:` or `data:` address becomes no link at all. */
export function safeReturnUrl(text: string | null): string | null {
  if (text === null || !URL.canParse(text)) return null;
  const url = new URL(text);
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null;
}

/** A logo is shown from our own host alone: the policy of the page refuses pictures from elsewhere. */
export function logoPathOf(url: string | null): string | null {
  if (url === null || !URL.canParse(url, 'http://host.invalid')) return null;
  const path = new URL(url, 'http://host.invalid').pathname;
  return LOGO_PATH.test(path) ? path : null;
}

export function statusOf(text: unknown): Status | null {
  const status = String(text).toLowerCase();
  return status === 'pending' || status === 'detected' || status === 'paid' || status === 'expired' ? status : null;
}

/** Reads an answer of the status route or of the subscription; null when it is not one. */
export function factsOf(answer: unknown): CheckoutFacts | null {
  if (typeof answer !== 'object' || answer === null) return null;
  const fields = new Map<string, unknown>(Object.entries(answer));
  const status = statusOf(fields.get('status'));
  if (status === null) return null;
  return {
    status,
    redirectUrl: safeReturnUrl(textOf(fields.get('redirectUrl'))),
    serverTimeMs: timeOf(fields.get('serverTime')),
    expiresAtMs: timeOf(fields.get('expiresAt')),
    paidAtMs: timeOf(fields.get('paidAt')),
    exception: textOf(fields.get('exception')),
    receivedSats: textOf(fields.get('receivedSats')),
  };
}

/** TABLE: how far along each status is. A payment never goes back, so an answer that says less than we know is an old one. */
const PROGRESS: { readonly [S in Status]: number } = { pending: 0, detected: 1, expired: 2, paid: 3 };

/** The view after hearing `facts`; the same object when they are old or say nothing new. */
export function withFacts(view: CheckoutView, facts: CheckoutFacts): CheckoutView {
  if (PROGRESS[facts.status] < PROGRESS[view.status]) return view;
  const next = {
    ...view,
    status: facts.status,
    redirectUrl: facts.redirectUrl ?? view.redirectUrl,
    expiresAtMs: facts.expiresAtMs ?? view.expiresAtMs,
    paidAtMs: facts.paidAtMs ?? view.paidAtMs,
    exception: facts.exception ?? view.exception,
    late: view.late || (view.status === 'expired' && facts.status === 'paid'),
    receivedLbtc: facts.receivedSats === null || facts.receivedSats === '0' ? view.receivedLbtc : lbtcOfSats(facts.receivedSats),
  };
  const changed = CHANGING.some((name) => next[name] !== view[name]);
  return changed ? next : view;
}

const CHANGING = ['status', 'redirectUrl', 'expiresAtMs', 'paidAtMs', 'exception', 'receivedLbtc'] as const;

/** What to show: the server's status, but "checking" once the time is up. Only the server says that a payment expired. */
export type Phase = Status | 'checking';

export function phaseOf(status: Status, remainingMs: number): Phase {
  return status === 'pending' && remainingMs <= 0 ? 'checking' : status;
}

/** `9:59`, rounded up: the timer shows 0:00 only when no time is left. */
export function countdownText(remainingMs: number): string {
  const seconds = Math.max(0, Math.ceil(remainingMs / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

const TIME_TEXT = {
  ...{ year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' },
  ...{ hourCycle: 'h23', timeZone: 'UTC', timeZoneName: 'short' },
} as const satisfies Intl.DateTimeFormatOptions;

/** `15 May 2026, 14:23 UTC` in the language's own form; always in UTC, so that a receipt says the same to everybody. */
export function timeText(timeMs: number, language: string): string {
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, TIME_TEXT).format(timeMs);
}

/** An address in groups of four, so that it can be compared by eye. */
export function inGroups(text: string): readonly string[] {
  return text.match(/.{1,4}/g) ?? [];
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function timeOf(value: unknown): number | null {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}
