import type { NewEvent } from '../events/event.ts';
import type { Tx } from '../lib/database.ts';
import type { PaymentId } from '../lib/ids.ts';
import type { Currency, Sats } from '../lib/money.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Clock } from '../lib/time.ts';
import type { Rate } from '../rates/rate.ts';
import type { LightningBackend } from '../swaps/lightning.ts';
import type { NewPayment, PaymentSource } from './payment.ts';
import type { PaymentDraft } from './payment-input.ts';
import { fiatText, satsForFiatCeil } from '../lib/money.ts';
import { ok, refuse } from '../lib/result.ts';
import { addMs, SECOND_MS } from '../lib/time.ts';

/** The documented policy floor; a provider's own floor may lie above it. */
export const PAYMENT_SATS_MIN = 1_000n;

export type CreatePaymentDeps = {
  readonly now: Clock;
  readonly mayCharge: (accountId: string, at: Date) => Promise<Result<{ merchantName: string }, Refusal>>;
  readonly hasWallet: (accountId: string) => Promise<boolean>;
  readonly currentRate: (currency: Currency) => Promise<Result<Rate, Refusal>>;
  readonly lightning: Pick<LightningBackend, 'terms' | 'open'>;
  readonly insertQuote: (tx: Tx, rate: Rate) => Promise<string>;
  readonly insertPayment: (tx: Tx, payment: NewPayment) => Promise<void>;
  readonly recordEvent: (tx: Tx, event: NewEvent) => Promise<unknown>;
  readonly ttlSeconds: number;
};

export type PaymentOrder = {
  readonly paymentId: PaymentId;
  readonly accountId: string;
  readonly mode: 'live' | 'test';
  readonly source: PaymentSource;
  readonly apiKeyId: string | null;
  readonly linkId: string | null;
  readonly visitorHash: NewPayment['visitorHash'];
  readonly requestId: string;
  readonly draft: PaymentDraft;
};

const WALLET_NOT_CONNECTED: Refusal = {
  kind: 'invalid',
  code: 'wallet_not_connected',
  message: 'Wallet not connected — connect your AQUA wallet first',
};

/**
 * Creates a payment that can be paid: plan, wallet, rate, limits, then an invoice whose every claim was verified. Payment, quote, event,
 * and `alsoInCommit` become visible with the verified invoice, in one commit; before it nothing can be shown, after it nothing is lost.
 * Refuses in the documented order: 402, 400 wallet, 503.
 */
export async function createPayment(
  deps: CreatePaymentDeps,
  order: PaymentOrder,
  alsoInCommit: (tx: Tx) => Promise<void>,
): Promise<Result<NewPayment, Refusal>> {
  const priced = await pricePayment(deps, order);
  if (!priced.ok) return priced;
  const { rate, amountSats, merchantName } = priced.value;
  const createdAt = deps.now();
  const expiresAt = addMs(createdAt, deps.ttlSeconds * SECOND_MS);
  const { paymentId, accountId, requestId, draft, ...rest } = order;
  const request = {
    accountId,
    subject: 'payment',
    subjectId: paymentId,
    attempt: 0,
    amountSats,
    description: invoiceText(merchantName, paymentId),
    expiresAt,
  } as const;
  let payment: NewPayment | undefined;
  const opened = await deps.lightning.open(request, async (tx) => {
    const quoteId = await deps.insertQuote(tx, rate);
    payment = { ...rest, id: paymentId, accountId, ...draft, amountSats, quoteId, lightning: 'offered', createdAt, expiresAt };
    await deps.insertPayment(tx, payment);
    await deps.recordEvent(tx, createdEvent(payment, requestId));
    await alsoInCommit(tx);
  });
  if (!opened.ok) return opened;
  if (!payment) throw new Error('an invoice was opened without its commit');
  return ok(payment);
}

async function pricePayment(
  deps: CreatePaymentDeps,
  order: PaymentOrder,
): Promise<Result<{ rate: Rate; amountSats: Sats; merchantName: string }, Refusal>> {
  const allowed = await deps.mayCharge(order.accountId, deps.now());
  if (!allowed.ok) return allowed;
  if (!(await deps.hasWallet(order.accountId))) return refuse(WALLET_NOT_CONNECTED);
  const rate = await deps.currentRate(order.draft.fiat.currency);
  if (!rate.ok) return rate;
  const amountSats = satsForFiatCeil(order.draft.fiat.minor, rate.value.minorPerBtcE4);
  const terms = await deps.lightning.terms();
  if (!terms.ok) return terms;
  const fits = fitsLimits(amountSats, terms.value);
  return fits.ok ? ok({ rate: rate.value, amountSats, merchantName: allowed.value.merchantName }) : fits;
}

function fitsLimits(amountSats: Sats, terms: { minimumSats: Sats; maximumSats: Sats }): Result<void, Refusal> {
  const least = terms.minimumSats > PAYMENT_SATS_MIN ? terms.minimumSats : PAYMENT_SATS_MIN;
  if (amountSats < least) {
    return refuse({
      kind: 'invalid',
      code: 'amount_too_small',
      message: `Amount too small — minimum is ${least} sats equivalent`,
      field: 'amount',
    });
  }
  if (amountSats > terms.maximumSats) {
    return refuse({
      kind: 'invalid',
      code: 'amount_too_large',
      message: `Amount too large — maximum is ${terms.maximumSats} sats equivalent`,
      field: 'amount',
    });
  }
  return ok(undefined);
}

/** BOLT11 allows 639 bytes; wallets show far less. Control and direction-changing characters could make a wallet show another text. */
const INVOICE_NAME_CHARS_MAX = 60;

function invoiceText(merchantName: string, paymentId: string): string {
  const name = Array.from(merchantName.replace(/[\p{C}]/gu, ' '))
    .slice(0, INVOICE_NAME_CHARS_MAX)
    .join('');
  return `${name} ${paymentId.slice(4, 12)}`;
}

function createdEvent(payment: NewPayment, requestId: string): NewEvent {
  const facts = { amountFiat: fiatText(payment.fiat), currency: payment.fiat.currency, amountSats: payment.amountSats.toString() };
  const { id: subjectId, accountId, createdAt: at } = payment;
  return { accountId, type: 'payment.created', subjectId, subjectVersion: 0, facts, webhookBody: null, requestId, at };
}
