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
import type { ScriptChain } from '../wallets/script-chain-store.ts';
import type { LightningOffer, NewPayment, PaymentSource } from './payment.ts';
import type { PaymentDraft } from './payment-input.ts';
import type { InsideCommit, OpenEnds } from './publishable-limits.ts';
import { fiatText, satsForFiatCeil } from '../lib/money.ts';
import { RefusalError } from '../lib/refusal.ts';
import { ok, refuse } from '../lib/result.ts';
import { addMs, SECOND_MS } from '../lib/time.ts';
import { fitsLimits, PAYMENT_SATS_MIN, tooSmall } from './amount-limits.ts';
import { hasPublishableRoom, isSpareAddress } from './publishable-limits.ts';
import { LIGHTNING_NOT_CONFIGURED, PROVIDER_UNAVAILABLE } from '../swaps/lightning.ts';

export type CreatePaymentDeps = {
  readonly now: Clock;
  readonly database: Database;
  /** Whether the account may ask for payments, and what it has chosen. */
  readonly mayCharge: (
    order: Pick<PaymentOrder, 'accountId' | 'source'>,
    at: Date,
    inside?: InsideCommit,
  ) => Promise<Result<Charger, Refusal>>;
  /** Where the account's direct payments arrive; null without a connected wallet. */
  readonly findChain: (accountId: string) => Promise<ScriptChain | null>;
  readonly currentRate: (currency: Currency) => Promise<Result<Rate, Refusal>>;
  readonly lightning: Pick<LightningBackend, 'terms' | 'open'>;
  readonly insertQuote: (tx: Tx, rate: Rate) => Promise<string>;
  readonly insertPayment: (tx: Tx, payment: NewPayment) => Promise<void>;
  /** Asks the chain about the merchant's next addresses, before the commit that promises one. */
  readonly lookAhead: (chain: ScriptChain) => Promise<AddressTicket>;
  /** The payment's L-BTC address; null when none is free. Locks the merchant's script chain. */
  readonly leaseAddress: (tx: Tx, request: DirectAddressRequest) => Promise<object | null>;
  readonly findPublishableEnds: OpenEnds;
  /** Addresses that rest with payments of publishable keys and were never used. */
  readonly countPublishableAddresses: (tx: Tx, accountId: string, at: Date) => Promise<number>;
  readonly recordEvent: (tx: Tx, event: NewEvent) => Promise<unknown>;
  readonly ttlSeconds: number;
};
export type Charger = {
  readonly merchantName: string;
  readonly whenLightningIsDown: 'refuse' | 'liquid_only';
  /** The payer bears what Lightning costs the merchant. */
  readonly grossUp: boolean;
  /** How many payments it may have open is bounded. */
  readonly isTrial: boolean;
};
export type PaymentOrder = {
  readonly paymentId: PaymentId;
  /** Nobody has tried to create this payment before. */
  readonly isFresh: boolean;
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
 * A test payment has neither: no money moves, so no plan, no wallet, no swap and no address is asked for.
 */
export async function createPayment(
  deps: CreatePaymentDeps,
  order: PaymentOrder,
  alsoInCommit: (tx: Tx) => Promise<void>,
): Promise<Result<NewPayment, Refusal>> {
  const room = order.source === 'publishable' ? await hasPublishableRoom(deps, order) : ok(undefined);
  if (!room.ok) return room;
  const priced = await (order.mode === 'test' ? priceTest(deps, order) : pricePayment(deps, order));
  if (!priced.ok) return priced;
  const job = { ...priced.value, order, alsoInCommit };
  return job.chain === null ? withoutMoney(deps, job) : withMoney(deps, job, job.chain);
}

/** A test payment: nothing to pay, and nowhere to pay it. */
async function withoutMoney(deps: CreatePaymentDeps, job: Untimed): Promise<Result<NewPayment, Refusal>> {
  const timed = { ...job, ...timesOf(deps), addresses: null };
  return orRefused(async () => {
    return (
      await deps.database.transact((tx) => commitPayment(deps, tx, { job: timed, lightning: 'none_configured' }), job.order.accountId)
    ).payment;
  });
}

async function withMoney(deps: CreatePaymentDeps, job: Untimed, chain: ScriptChain): Promise<Result<NewPayment, Refusal>> {
  const addresses = await deps.lookAhead(chain);
  try {
    return await commitOffer(deps, { ...job, ...timesOf(deps), addresses });
  } finally {
    addresses.done();
  }
}

function timesOf({ now, ttlSeconds }: CreatePaymentDeps): { createdAt: Date; expiresAt: Date } {
  const createdAt = now();
  return { createdAt, expiresAt: addMs(createdAt, ttlSeconds * SECOND_MS) };
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
  /** Null: a test payment, which is paid nowhere. */
  readonly chain: ScriptChain | null;
};
type Untimed = Priced & { readonly order: PaymentOrder; readonly alsoInCommit: (tx: Tx) => Promise<void> };
type Job = Untimed & {
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** What the chain said of the next addresses; null: no address is to be taken. */
  readonly addresses: AddressTicket | null;
};

async function withLightning(deps: CreatePaymentDeps, job: Job): Promise<Result<NewPayment, Refusal>> {
  const { order, amountSats, expiresAt, charger } = job;
  const { paymentId: subjectId, accountId, isFresh } = order;
  const description = invoiceText(charger.merchantName, subjectId);
  const request = {
    accountId,
    subject: 'payment',
    subjectId,
    attempt: 0,
    isFresh,
    amountSats,
    description,
    expiresAt,
    fiat: order.draft.fiat,
  } as const;
  let payment: NewPayment | undefined;
  const opening = await orRefused(() =>
    deps.lightning.open(request, async (tx) => {
      payment = (await commitPayment(deps, tx, { job, lightning: 'offered' })).payment;
    }),
  );
  const opened = opening.ok ? opening.value : opening;
  if (!opened.ok) return opened;
  if (!payment) throw new Error('an invoice was opened without its commit');
  return ok(payment);
}

async function withoutLightning(deps: CreatePaymentDeps, job: Job, { why, refusal }: NoLightning): Promise<Result<NewPayment, Refusal>> {
  return orRefused(() =>
    deps.database.transact(async (tx) => {
      const { payment, address } = await commitPayment(deps, tx, { job, lightning: why });
      if (!address) throw new RefusalError(refusal); // takes the whole commit back
      return payment;
    }, job.order.accountId),
  );
}

/** What a commit was taken back for. The invoice of such a commit was never shown: it is let lapse, as after a crash. */
async function orRefused<T>(work: () => Promise<T>): Promise<Result<T, Refusal>> {
  try {
    return ok(await work());
  } catch (error) {
    if (error instanceof RefusalError) return refuse(error.refusal);
    throw error;
  }
}

/** Lock order: payment, script chain, account. The address comes last before the event: what fails earlier burns no index. */
async function commitPayment(deps: CreatePaymentDeps, tx: Tx, { job, lightning }: { job: Job; lightning: LightningOffer }) {
  const { order, amountSats, createdAt, expiresAt } = job;
  const { paymentId, accountId, requestId, draft, isFresh: _, ...rest } = order;
  const quoteId = await deps.insertQuote(tx, job.rate);
  const payment: NewPayment = { ...rest, id: paymentId, accountId, ...draft, amountSats, quoteId, lightning, createdAt, expiresAt };
  await deps.insertPayment(tx, payment);
  const address = job.addresses ? await deps.leaseAddress(tx, addressRequest(deps, job, job.addresses)) : null;
  await deps.recordEvent(tx, createdEvent(payment, requestId));
  await stayWithinCaps(deps, tx, job);
  await job.alsoInCommit(tx);
  return { payment, address };
}

/**
 * The caps on open payments once more, where they hold whatever runs at the same moment: the event has locked the account, and who comes
 * after sees this payment. Asked before anything else too, so that a provider is not bothered in vain.
 * @throws RefusalError which takes the commit back
 */
async function stayWithinCaps(deps: CreatePaymentDeps, tx: Tx, { order, charger }: Job): Promise<void> {
  const inside = { tx, except: order.paymentId };
  const room = order.source === 'publishable' ? await hasPublishableRoom(deps, order, inside) : ok(undefined);
  const allowed = room.ok && charger.isTrial ? await deps.mayCharge(order, deps.now(), inside) : room;
  if (!allowed.ok) throw new RefusalError(allowed.error);
}

function addressRequest(
  deps: CreatePaymentDeps,
  { order, amountSats, createdAt: at }: Job,
  { verdict, hasRested }: AddressTicket,
): DirectAddressRequest {
  const { accountId, paymentId } = order;
  const request = { accountId, paymentId, amountSats, at, verdict, hasRested, isNew: true };
  if (order.source !== 'publishable') return request;
  return { ...request, mayTake: async (tx) => isSpareAddress(await deps.countPublishableAddresses(tx, accountId, at)) };
}

/** A test payment is priced like any other, so that a shop's amounts are tried out too. */
async function priceTest(deps: CreatePaymentDeps, { draft }: PaymentOrder): Promise<Result<Priced, Refusal>> {
  const rate = await deps.currentRate(draft.fiat.currency);
  if (!rate.ok) return rate;
  const amountSats = satsForFiatCeil(draft.fiat.minor, rate.value.minorPerBtcE4);
  if (amountSats < PAYMENT_SATS_MIN) return refuse(tooSmall(PAYMENT_SATS_MIN));
  return ok({ rate: rate.value, amountSats, charger: NOBODY, offer: { why: 'none_configured', refusal: NO_ADDRESS_FREE }, chain: null });
}

const NOBODY: Charger = { merchantName: '', whenLightningIsDown: 'refuse', grossUp: false, isTrial: false };

async function pricePayment(deps: CreatePaymentDeps, order: PaymentOrder): Promise<Result<Priced, Refusal>> {
  const allowed = await deps.mayCharge(order, deps.now());
  if (!allowed.ok) return allowed;
  const chain = await deps.findChain(order.accountId);
  if (!chain) return refuse(WALLET_NOT_CONNECTED);
  const rate = await deps.currentRate(order.draft.fiat.currency);
  if (!rate.ok) return rate;
  const amountSats = satsForFiatCeil(order.draft.fiat.minor, rate.value.minorPerBtcE4);
  if (amountSats < PAYMENT_SATS_MIN) return refuse(tooSmall(PAYMENT_SATS_MIN));
  const offer = await offerOf(deps, amountSats, allowed.value);
  return offer.ok ? ok({ rate: rate.value, charger: allowed.value, chain, ...offer.value }) : offer;
}

/**
 * Whether Lightning can carry the amount now; where it cannot and the account takes L-BTC alone, why not. `amountSats` is what the payer then
 * pays: more than asked where the payer bears the fees of Lightning (conformance P-23), on either method.
 */
async function offerOf(
  deps: CreatePaymentDeps,
  askedSats: Sats,
  { whenLightningIsDown, grossUp }: Charger,
): Promise<Result<Pick<Priced, 'amountSats' | 'offer'>, Refusal>> {
  const isLiquidEnough = whenLightningIsDown === 'liquid_only';
  const terms = await deps.lightning.terms();
  if (!terms.ok) {
    const isChosen = terms.error.code === LIGHTNING_NOT_CONFIGURED.code;
    if (!isChosen && !isLiquidEnough) return terms;
    const why = isChosen
      ? ({ why: 'none_configured', refusal: NO_ADDRESS_FREE } as const)
      : ({ why: 'provider_down', refusal: terms.error } as const);
    return ok({ amountSats: askedSats, offer: why });
  }
  const amountSats = grossUp ? terms.value.payerSats(askedSats) : askedSats;
  const fits = fitsLimits(amountSats, terms.value);
  if (fits.ok) return ok({ amountSats, offer: 'offered' });
  return isLiquidEnough ? ok({ amountSats: askedSats, offer: { why: 'out_of_limits', refusal: fits.error } }) : fits;
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
