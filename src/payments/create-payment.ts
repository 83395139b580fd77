import type { NewEvent } from '../events/event.ts';
import type { Database, Tx, Write } from '../lib/database.ts';
import type { PaymentId } from '../lib/ids.ts';
import type { Currency } from '../lib/money.ts';
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
import type { NoLightning, Priced } from './price-payment.ts';
import type { InsideCommit, OpenEnds } from './publishable-limits.ts';
import type { AlsoInCommit } from './run-once.ts';
import { fiatText } from '../lib/money.ts';
import { RefusalError } from '../lib/refusal.ts';
import { ok, refuse } from '../lib/result.ts';
import { addMs, SECOND_MS } from '../lib/time.ts';
import { pricePayment, priceTest } from './price-payment.ts';
import { hasPublishableRoom, isSpareAddress } from './publishable-limits.ts';

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
  readonly newQuoteId: () => string;
  readonly insertQuote: (tx: Tx, quote: StoredRate) => Promise<unknown>;
  readonly insertPayment: (tx: Tx, payment: NewPayment) => Promise<void>;
  /** All that a payment's commit writes, where it takes no address and counts nothing. */
  readonly writesOf: (made: { payment: NewPayment; quote: StoredRate; event: NewEvent }) => readonly Write[];
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
type StoredRate = Rate & { readonly id: string };
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

/**
 * Creates a payment that can be paid: plan, wallet, rate, limits, then an invoice whose every claim was verified and an L-BTC address.
 * Payment, quote, address, event and `alsoInCommit` become visible with the verified invoice, in one commit; before it nothing can be
 * shown, after it nothing is lost. Without Lightning the commit is the payment's own. Refuses in the documented order: 402, 400 wallet, 503.
 * A test payment has neither: no money moves, so no plan, no wallet, no swap and no address is asked for.
 */
export async function createPayment(
  deps: CreatePaymentDeps,
  order: PaymentOrder,
  alsoInCommit: AlsoInCommit,
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

type Untimed = Priced & { readonly order: PaymentOrder; readonly alsoInCommit: AlsoInCommit };
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
  const inCommit = async (tx: Tx) => {
    payment = (await commitPayment(deps, tx, { job, lightning: 'offered' })).payment;
  };
  const writes = () => {
    const made = madeBy(deps, job, 'offered');
    payment = made.payment;
    return [...deps.writesOf(made), ...job.alsoInCommit.writes];
  };
  const opening = await orRefused(() => deps.lightning.open(request, inCommit, ...(onlyWrites(job) ? [writes] : [])));
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
  const { payment, quote, event } = madeBy(deps, job, lightning);
  await deps.insertQuote(tx, quote);
  await deps.insertPayment(tx, payment);
  const address = job.addresses ? await deps.leaseAddress(tx, addressRequest(deps, job, job.addresses)) : null;
  await deps.recordEvent(tx, event);
  await stayWithinCaps(deps, tx, job);
  await job.alsoInCommit.run(tx);
  return { payment, address };
}

function madeBy(deps: CreatePaymentDeps, { order, rate, amountSats, createdAt, expiresAt }: Job, lightning: LightningOffer) {
  const { paymentId, accountId, requestId, draft, isFresh: _, ...rest } = order;
  const quote = { ...rate, id: deps.newQuoteId() };
  const payment: NewPayment = {
    ...rest,
    id: paymentId,
    accountId,
    ...draft,
    amountSats,
    quoteId: quote.id,
    lightning,
    createdAt,
    expiresAt,
  };
  return { payment, quote, event: createdEvent(payment, requestId) };
}

/** A busy shop's payment: no address is free for it, and nothing is counted that others change in the same moment. */
function onlyWrites({ addresses, order, charger }: Job): boolean {
  return addresses?.hasNone === true && order.source !== 'publishable' && !charger.isTrial;
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
