import type { NewEvent } from '../events/event.ts';
import type { Database, Tx } from '../lib/database.ts';
import type { PaymentId } from '../lib/ids.ts';
import type { Currency, Sats } from '../lib/money.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Clock } from '../lib/time.ts';
import type { Rate } from '../rates/rate.ts';
import type { LightningBackend } from '../swaps/lightning.ts';
import type { AddressTicket } from '../wallets/address-checks.ts';
import type { DirectAddressRequest } from '../wallets/lease-direct-address.ts';
import type { LightningOffer, NewPayment, PaymentSource } from './payment.ts';
import type { PaymentDraft } from './payment-input.ts';
import { fiatText, satsForFiatCeil } from '../lib/money.ts';
import { RefusalError } from '../lib/refusal.ts';
import { ok, refuse } from '../lib/result.ts';
import { addMs, SECOND_MS } from '../lib/time.ts';
import { LIGHTNING_NOT_CONFIGURED, PROVIDER_UNAVAILABLE } from '../swaps/lightning.ts';

/** The documented policy floor; a provider's own floor may lie above it. */
export const PAYMENT_SATS_MIN = 1_000n;

export type CreatePaymentDeps = {
  readonly now: Clock;
  readonly database: Database;
  /** Whether the account may ask for payments, and what it has chosen. */
  readonly mayCharge: (accountId: string, at: Date) => Promise<Result<Charger, Refusal>>;
  readonly hasWallet: (accountId: string) => Promise<boolean>;
  readonly currentRate: (currency: Currency) => Promise<Result<Rate, Refusal>>;
  readonly lightning: Pick<LightningBackend, 'terms' | 'open'>;
  readonly insertQuote: (tx: Tx, rate: Rate) => Promise<string>;
  readonly insertPayment: (tx: Tx, payment: NewPayment) => Promise<void>;
  /** Asks the chain about the merchant's next addresses, before the commit that promises one. */
  readonly lookAhead: (accountId: string) => Promise<AddressTicket>;
  /** The payment's L-BTC address; null when none is free. Locks the merchant's script chain. */
  readonly leaseAddress: (tx: Tx, request: DirectAddressRequest) => Promise<object | null>;
  readonly recordEvent: (tx: Tx, event: NewEvent) => Promise<unknown>;
  readonly ttlSeconds: number;
};
export type Charger = { readonly merchantName: string; readonly whenLightningIsDown: 'refuse' | 'liquid_only' };

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

/** Too many unpaid payments are open on a server that takes L-BTC alone. The documented words for "not now, ask again". */
const NO_ADDRESS_FREE: Refusal = { ...PROVIDER_UNAVAILABLE, code: 'no_address_free' };

/**
 * Creates a payment that can be paid: plan, wallet, rate, limits, then an invoice whose every claim was verified and an L-BTC address.
 * Payment, quote, address, event and `alsoInCommit` become visible with the verified invoice, in one commit; before it nothing can be
 * shown, after it nothing is lost. Without Lightning the commit is the payment's own. Refuses in the documented order: 402, 400 wallet, 503.
 */
export async function createPayment(
  deps: CreatePaymentDeps,
  order: PaymentOrder,
  alsoInCommit: (tx: Tx) => Promise<void>,
): Promise<Result<NewPayment, Refusal>> {
  const priced = await pricePayment(deps, order);
  if (!priced.ok) return priced;
  const addresses = await deps.lookAhead(order.accountId);
  try {
    const createdAt = deps.now();
    const expiresAt = addMs(createdAt, deps.ttlSeconds * SECOND_MS);
    return await commitOffer(deps, { ...priced.value, order, createdAt, expiresAt, alsoInCommit, addresses });
  } finally {
    addresses.done();
  }
}

async function commitOffer(deps: CreatePaymentDeps, job: Job): Promise<Result<NewPayment, Refusal>> {
  if (job.offer !== 'offered') return withoutLightning(deps, job, job.offer);
  const opened = await withLightning(deps, job);
  if (opened.ok || opened.error.kind !== 'unavailable' || job.charger.whenLightningIsDown === 'refuse') return opened;
  return withoutLightning(deps, job, { why: 'provider_down', refusal: opened.error });
}

/** Why an invoice is not offered, and what to say when an address cannot be offered either. */
type NoLightning = { readonly why: Exclude<LightningOffer, 'offered'>; readonly refusal: Refusal };
type Priced = {
  readonly rate: Rate;
  readonly amountSats: Sats;
  readonly charger: Charger;
  readonly offer: 'offered' | NoLightning;
};
type Job = Priced & {
  readonly order: PaymentOrder;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly alsoInCommit: (tx: Tx) => Promise<void>;
  readonly addresses: AddressTicket;
};

async function withLightning(deps: CreatePaymentDeps, job: Job): Promise<Result<NewPayment, Refusal>> {
  const { order, amountSats, expiresAt, charger } = job;
  const { paymentId: subjectId, accountId } = order;
  const description = invoiceText(charger.merchantName, subjectId);
  const request = { accountId, subject: 'payment', subjectId, attempt: 0, amountSats, description, expiresAt } as const;
  let payment: NewPayment | undefined;
  const opened = await deps.lightning.open(request, async (tx) => {
    payment = (await commitPayment(deps, tx, { job, lightning: 'offered' })).payment;
  });
  if (!opened.ok) return opened;
  if (!payment) throw new Error('an invoice was opened without its commit');
  return ok(payment);
}

async function withoutLightning(deps: CreatePaymentDeps, job: Job, { why, refusal }: NoLightning): Promise<Result<NewPayment, Refusal>> {
  try {
    return ok(
      await deps.database.transact(async (tx) => {
        const { payment, address } = await commitPayment(deps, tx, { job, lightning: why });
        if (!address) throw new RefusalError(refusal); // takes the whole commit back
        return payment;
      }),
    );
  } catch (error) {
    if (error instanceof RefusalError) return refuse(error.refusal);
    throw error;
  }
}

/** Lock order: payment, script chain, account. The address comes last before the event: what fails earlier burns no index. */
async function commitPayment(deps: CreatePaymentDeps, tx: Tx, { job, lightning }: { job: Job; lightning: LightningOffer }) {
  const { order, amountSats, createdAt, expiresAt } = job;
  const { paymentId, accountId, requestId, draft, ...rest } = order;
  const quoteId = await deps.insertQuote(tx, job.rate);
  const payment: NewPayment = { ...rest, id: paymentId, accountId, ...draft, amountSats, quoteId, lightning, createdAt, expiresAt };
  await deps.insertPayment(tx, payment);
  const { verdict } = job.addresses;
  const address = await deps.leaseAddress(tx, { accountId, paymentId, amountSats, at: createdAt, verdict });
  await deps.recordEvent(tx, createdEvent(payment, requestId));
  await job.alsoInCommit(tx);
  return { payment, address };
}

async function pricePayment(deps: CreatePaymentDeps, order: PaymentOrder): Promise<Result<Priced, Refusal>> {
  const allowed = await deps.mayCharge(order.accountId, deps.now());
  if (!allowed.ok) return allowed;
  if (!(await deps.hasWallet(order.accountId))) return refuse(WALLET_NOT_CONNECTED);
  const rate = await deps.currentRate(order.draft.fiat.currency);
  if (!rate.ok) return rate;
  const amountSats = satsForFiatCeil(order.draft.fiat.minor, rate.value.minorPerBtcE4);
  if (amountSats < PAYMENT_SATS_MIN) return refuse(tooSmall(PAYMENT_SATS_MIN));
  const offer = await offerOf(deps, amountSats, allowed.value);
  return offer.ok ? ok({ rate: rate.value, amountSats, charger: allowed.value, offer: offer.value }) : offer;
}

/** Whether Lightning can carry the amount now; where it cannot and the account takes L-BTC alone, why not. */
async function offerOf(deps: CreatePaymentDeps, amountSats: Sats, charger: Charger): Promise<Result<Priced['offer'], Refusal>> {
  const isLiquidEnough = charger.whenLightningIsDown === 'liquid_only';
  const terms = await deps.lightning.terms();
  if (!terms.ok) {
    const isChosen = terms.error.code === LIGHTNING_NOT_CONFIGURED.code;
    if (!isChosen && !isLiquidEnough) return terms;
    return ok(isChosen ? { why: 'none_configured', refusal: NO_ADDRESS_FREE } : { why: 'provider_down', refusal: terms.error });
  }
  const fits = fitsLimits(amountSats, terms.value);
  if (fits.ok) return ok('offered');
  return isLiquidEnough ? ok({ why: 'out_of_limits', refusal: fits.error }) : fits;
}

function fitsLimits(amountSats: Sats, terms: { minimumSats: Sats; maximumSats: Sats }): Result<void, Refusal> {
  if (amountSats < terms.minimumSats) return refuse(tooSmall(terms.minimumSats));
  if (amountSats > terms.maximumSats) {
    const message = `Amount too large — maximum is ${terms.maximumSats} sats equivalent`;
    return refuse({ kind: 'invalid', code: 'amount_too_large', message, field: 'amount' });
  }
  return ok(undefined);
}

function tooSmall(least: bigint): Refusal {
  const message = `Amount too small — minimum is ${least} sats equivalent`;
  return { kind: 'invalid', code: 'amount_too_small', message, field: 'amount' };
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
