import type { EventRow } from '../src/events/event-store.ts';
import type { Payment, PaymentStatus } from '../src/payments/payment.ts';
import type { SeenPayment } from '../src/payments/read-payment.ts';
import type { PaymentSession } from '../src/payments/request-payment.ts';
import type { Rate } from '../src/rates/rate.ts';
import type { RequestContext } from './context.ts';
import { fiatTextFull } from '../src/lib/money.ts';
import { PAYMENT_NOT_FOUND, parsePaymentId } from '../src/lib/ids.ts';
import { parseJson } from '../src/lib/json.ts';
import { RefusalError } from '../src/lib/refusal.ts';
import { PAYMENT_EXCEPTIONS, PAYMENT_METHODS, PAYMENT_SOURCES, PAYMENT_STATUSES, SETTLEMENTS } from '../src/payments/payment.ts';
import { missingSats } from '../src/payments/read-checkout.ts';
import { builder, CurrencyEnum } from './builder.ts';
import { DeliveryConnection, deliveriesOf } from './delivery.ts';
import { LightningInstructions, LiquidInstructions, lightningStateOf, liquidStateOf, MethodStateEnum } from './instructions.ts';
import { seesMode } from './payment-side.ts';
import { rateText, timelineText } from './words.ts';

const enumOf = <T extends string>(name: string, description: string, values: readonly T[]) =>
  builder.enumType(name, {
    description,
    values: Object.fromEntries(values.map((value) => [value.toUpperCase(), { value }])) as Record<string, { value: T }>,
  });

export const ModeEnum = enumOf('Mode', 'Whether real money moves.', ['live', 'test'] as const);
export const PaymentStatusEnum = enumOf('PaymentStatus', 'Where a payment stands. REST shows DETECTED as pending.', PAYMENT_STATUSES);
export const PaymentMethodEnum = enumOf('PaymentMethod', 'How the payer paid.', PAYMENT_METHODS);
export const PaymentExceptionEnum = enumOf('PaymentException', 'What was out of the ordinary.', PAYMENT_EXCEPTIONS);
const SettlementEnum = enumOf('Settlement', "How deep the merchant's money rests in the chain. Never changes the status.", SETTLEMENTS);
export const PaymentSourceEnum = builder.enumType('PaymentSource', {
  description: 'Who asked for the payment.',
  values: {
    SECRET_KEY: { value: PAYMENT_SOURCES[0] },
    PUBLISHABLE_KEY: { value: PAYMENT_SOURCES[1] },
    LINK: { value: PAYMENT_SOURCES[2] },
    DASHBOARD: { value: PAYMENT_SOURCES[3] },
  },
});

const RateQuote = builder.objectRef<Rate>('RateQuote').implement({
  description: 'The exchange rate that a payment was priced with, kept as evidence.',
  fields: (t) => ({
    currency: t.field({ type: CurrencyEnum, description: 'Currency of the price.', resolve: (rate) => rate.currency }),
    fiatPerBtc: t.field({ type: 'FiatAmount', description: 'Price of one bitcoin.', resolve: rateText }),
    sources: t.stringList({ description: 'Who named the price.', resolve: (rate) => rate.sources.map((source) => source.name) }),
    takenAt: t.field({ type: 'DateTime', description: 'When it was asked.', resolve: (rate) => rate.takenAt }),
  }),
});

const TimelineEntry = builder.objectRef<EventRow>('TimelineEntry').implement({
  description: 'One thing that happened to a payment.',
  fields: (t) => ({
    at: t.field({ type: 'DateTime', description: 'When.', resolve: (entry) => entry.at }),
    code: t.string({ description: 'Event type.', resolve: (entry) => entry.type }),
    text: t.string({ description: 'The same in words.', resolve: timelineText }),
    facts: t.field({ type: 'JSONObject', description: 'Transaction ids and amounts.', resolve: (entry) => entry.facts }),
  }),
});

export const PaymentRef = builder.objectRef<Payment>('Payment');
const txidOf = (payment: Payment) => ('txid' in payment ? payment.txid : null);
const isPending = (status: PaymentStatus) => status === 'pending';

PaymentRef.implement({
  description: 'What a merchant asks for: an amount, paid once over Lightning or Liquid.',
  fields: (t) => ({
    id: t.id({ description: 'pmt_…', resolve: (payment) => payment.id }),
    mode: t.field({ type: ModeEnum, description: 'live or test.', resolve: (payment) => payment.mode }),
    status: t.field({ type: PaymentStatusEnum, description: 'Where it stands.', resolve: (payment) => payment.status }),
    source: t.field({ type: PaymentSourceEnum, description: 'Who asked for it.', resolve: (payment) => payment.source }),
    amountFiat: t.field({ type: 'FiatAmount', description: 'What was asked for.', resolve: ({ fiat }) => fiatTextFull(fiat) }),
    currency: t.field({ type: CurrencyEnum, description: 'Currency of amountFiat.', resolve: ({ fiat }) => fiat.currency }),
    amountSats: t.field({ type: 'Sats', description: 'What the payer pays, on either method.', resolve: (payment) => payment.amountSats }),
    receivedSats: t.field({
      type: 'Sats',
      description: 'What has come for it so far; above amountSats when it was overpaid or paid twice.',
      resolve: (payment) => payment.receivedSats,
    }),
    feesSats: t.field({
      type: 'Sats',
      nullable: true,
      description: 'What swap and chain cost; null until paid.',
      resolve: (payment) => (payment.status === 'paid' ? payment.feesSats : null),
    }),
    netSats: t.field({
      type: 'Sats',
      nullable: true,
      description: 'What arrived in the wallet; null until paid.',
      resolve: (payment) => (payment.status === 'paid' ? payment.receivedSats - payment.feesSats : null),
    }),
    checkoutUrl: t.field({
      type: 'URL',
      description: 'Where the payer pays.',
      resolve: ({ id }, _args, { app }) => `${app.publicUrl}/pay/${id}`,
    }),
    redirectUrl: t.field({
      type: 'URL',
      nullable: true,
      description: 'Where the payer goes afterwards.',
      resolve: (payment) => payment.redirectUrl,
    }),
    metadata: t.field({
      type: 'JSONObject',
      description: 'As the merchant sent it.',
      resolve: (payment) => parseJson(payment.metadataText),
    }),
    linkId: t.id({ nullable: true, description: 'lnk_… if it came from a payment link.', resolve: (payment) => payment.linkId }),
  }),
});

/** What became of it. */
builder.objectFields(PaymentRef, (t) => ({
  createdAt: t.field({ type: 'DateTime', description: 'When it was asked for.', resolve: (payment) => payment.createdAt }),
  expiresAt: t.field({ type: 'DateTime', description: 'Until when it can be paid.', resolve: (payment) => payment.expiresAt }),
  paidAt: t.field({
    type: 'DateTime',
    nullable: true,
    description: 'When the money was ours to hand over.',
    resolve: (payment) => (payment.status === 'paid' ? payment.paidAt : null),
  }),
  method: t.field({
    type: PaymentMethodEnum,
    nullable: true,
    description: 'How it was paid.',
    resolve: (payment) => ('method' in payment ? payment.method : null),
  }),
  txid: t.string({ nullable: true, description: 'Liquid transaction.', resolve: txidOf }),
  transactionUrl: t.field({
    type: 'URL',
    nullable: true,
    description: 'The same in a block explorer, where this server knows one; never for a test payment. Amounts are blinded there.',
    resolve: (payment, _args, { app }) => {
      const txid = payment.mode === 'live' && txidOf(payment); // a test payment's stands in no chain
      return txid && app.explorerUrl ? `${app.explorerUrl}/tx/${txid}` : null;
    },
  }),
  late: t.boolean({ description: 'Paid after it had expired.', resolve: (payment) => payment.late }),
  exception: t.field({
    type: PaymentExceptionEnum,
    nullable: true,
    description: 'Needs a look.',
    resolve: (payment) => payment.exception,
  }),
  settlement: t.field({
    type: SettlementEnum,
    nullable: true,
    description: 'Null until paid.',
    resolve: (payment) => (payment.status === 'paid' ? payment.settlement : null),
  }),
}));

/** How it can be paid, and what is on record about it. */
builder.objectFields(PaymentRef, (t) => ({
  lightning: t.field({
    type: LightningInstructions,
    nullable: true,
    description: 'Null when it cannot be paid over Lightning (any more).',
    resolve: (payment, _args, { loaders }) => (isPending(payment.status) ? loaders.invoice.load(payment.id) : null),
  }),
  liquid: t.field({
    type: LiquidInstructions,
    nullable: true,
    description: 'Null when it cannot be paid with L-BTC directly.',
    resolve: async (payment, _args, { loaders }) => {
      const address = isPending(payment.status) ? await loaders.address.load(payment.id) : null;
      return address === null ? null : { address, amountSats: missingSats(payment) };
    },
  }),
  lightningState: t.field({ type: MethodStateEnum, description: 'Whether Lightning is offered, or why not.', resolve: lightningStateOf }),
  liquidState: t.field({
    type: MethodStateEnum,
    description: 'Whether L-BTC is offered, or why not.',
    resolve: async ({ id }, _args, { loaders }) => liquidStateOf((await loaders.address.load(id)) !== null),
  }),
  rate: t.field({ type: RateQuote, description: 'What it was priced with.', resolve: loadRate }),
  timeline: t.field({
    type: [TimelineEntry],
    description: 'Everything that happened, oldest first.',
    resolve: async ({ accountId, id }, _args, { loaders }) => [...(await loaders.timeline.load({ accountId, subjectId: id }))],
  }),
  deliveries: t.field({
    type: DeliveryConnection,
    description: 'What was sent to webhook endpoints about it, newest first.',
    args: t.arg.connectionArgs(),
    resolve: ({ accountId, id }, args, context) => deliveriesOf({ by: 'subject', id, accountId }, args, context),
  }),
}));

async function loadRate(payment: Payment, _args: unknown, { loaders }: RequestContext): Promise<Rate> {
  const rate = await loaders.quote.load(payment.quoteId);
  if (!rate) throw new Error(`payment ${payment.id} without its quote`);
  return rate;
}

/** The payment of an id as its account may see it; anything else is the same null. */
export async function visiblePayment(id: string, { app, caller, loaders }: RequestContext): Promise<Payment | null> {
  const who = await caller();
  const paymentId = parsePaymentId(id);
  if (!who.ok || !paymentId.ok) return null;
  const seen = await app.findAccountPayment(who.value.accountId, paymentId.value);
  if (!seen || !seesMode(who.value, seen.payment.mode)) return null;
  keepInstructions(loaders, seen);
  return seen.payment;
}

/** How a payment can be paid was read with it: nothing needs to ask for that again. */
function keepInstructions(loaders: RequestContext['loaders'], { payment, invoice, address }: SeenPayment): void {
  if (!isPending(payment.status)) return;
  loaders.invoice.prime(payment.id, invoice);
  loaders.address.prime(payment.id, address());
}

export const PaymentSessionRef = builder.objectRef<PaymentSession>('PaymentSession').implement({
  description: 'A payment that can be paid, as its maker needs it.',
  fields: (t) => ({
    paymentId: t.id({ description: 'pmt_…', resolve: ({ payment }) => payment.id }),
    checkoutUrl: t.field({
      type: 'URL',
      description: 'Send the payer here.',
      resolve: ({ payment }, _args, { app }) => `${app.publicUrl}/pay/${payment.id}`,
    }),
    expiresAt: t.field({ type: 'DateTime', description: 'Until when it can be paid.', resolve: ({ payment }) => payment.expiresAt }),
    payment: t.field({
      type: PaymentRef,
      nullable: true,
      description: 'The whole payment; null for publishable keys and payers.',
      resolve: async ({ payment }, _args, context) => {
        const caller = await context.caller();
        return caller.ok && caller.value.kind !== 'publishable' ? visiblePayment(payment.id, context) : null;
      },
    }),
  }),
});

export const CreatePaymentResult = builder.errorUnion('CreatePaymentResult', {
  description: 'A session, or why there is none.',
  types: [PaymentSessionRef, RefusalError],
  resolveType: () => 'PaymentSession',
});

export { PAYMENT_NOT_FOUND };
