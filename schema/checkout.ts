import type { Checkout } from '../src/payments/read-checkout.ts';
import { fiatTextFull } from '../src/lib/money.ts';
import { logoPath } from '../src/logos/logo.ts';
import { builder, CurrencyEnum } from './builder.ts';
import { LightningInstructions, LiquidInstructions, lightningStateOf, liquidStateOf, MethodStateEnum } from './instructions.ts';
import { ModeEnum, PaymentExceptionEnum, PaymentMethodEnum, PaymentStatusEnum } from './payment.ts';

export const Merchant = builder.objectRef<Checkout['merchant']>('Merchant').implement({
  description: 'The shop, as payers see it.',
  fields: (t) => ({
    name: t.string({ description: 'Name of the shop.', resolve: ({ name }) => name }),
    logoUrl: t.field({
      type: 'URL',
      nullable: true,
      description: 'Served by us, and never another picture under the same address; null without a logo.',
      resolve: ({ logoHash }, _args, { app }) => (logoHash === null ? null : `${app.publicUrl}${logoPath(logoHash)}`),
    }),
    brandColour: t.string({ nullable: true, description: 'Hex colour of the shop.', resolve: ({ brandColour }) => brandColour }),
  }),
});

export const CheckoutRef = builder.objectRef<Checkout>('Checkout').implement({
  description: 'What a payer may see: nothing else of the account, never the metadata.',
  fields: (t) => ({
    paymentId: t.id({ description: 'pmt_…', resolve: ({ payment }) => payment.id }),
    status: t.field({ type: PaymentStatusEnum, description: 'Where it stands.', resolve: ({ payment }) => payment.status }),
    merchant: t.field({ type: Merchant, description: 'Who is paid.', resolve: ({ merchant }) => merchant }),
    frameOrigins: t.field({
      type: ['URL'],
      description: 'Web pages that may show the checkout page in a frame; its headers say the same.',
      resolve: ({ frameOrigins }) => frameOrigins,
    }),
    title: t.string({ nullable: true, description: 'Title of the payment link, if any.', resolve: ({ title }) => title }),
    linkId: t.id({
      nullable: true,
      description: 'lnk_… when it was started from a payment link: where the payer may start again.',
      resolve: ({ payment }) => payment.linkId,
    }),
    mode: t.field({ type: ModeEnum, description: 'live or test.', resolve: ({ payment }) => payment.mode }),
    amountFiat: t.field({ type: 'FiatAmount', description: 'What is due.', resolve: ({ payment }) => fiatTextFull(payment.fiat) }),
    currency: t.field({ type: CurrencyEnum, description: 'Currency of amountFiat.', resolve: ({ payment }) => payment.fiat.currency }),
    amountSats: t.field({ type: 'Sats', description: 'What is due, on either method.', resolve: ({ payment }) => payment.amountSats }),
    receivedSats: t.field({ type: 'Sats', description: 'What has come for it so far.', resolve: ({ payment }) => payment.receivedSats }),
    lightning: t.field({
      type: LightningInstructions,
      nullable: true,
      description: 'Null when it cannot be paid this way.',
      resolve: ({ lightning }) => lightning,
    }),
    liquid: t.field({
      type: LiquidInstructions,
      nullable: true,
      description: 'Null when it cannot be paid this way.',
      resolve: ({ liquid }) => liquid,
    }),
    lightningState: t.field({
      type: MethodStateEnum,
      description: 'Whether Lightning is offered.',
      resolve: ({ payment }) => lightningStateOf(payment),
    }),
    liquidState: t.field({
      type: MethodStateEnum,
      description: 'Whether L-BTC is offered.',
      resolve: ({ hasAddress }) => liquidStateOf(hasAddress),
    }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was asked for.', resolve: ({ payment }) => payment.createdAt }),
    expiresAt: t.field({ type: 'DateTime', description: 'Until when it can be paid.', resolve: ({ payment }) => payment.expiresAt }),
    serverTime: t.field({ type: 'DateTime', description: 'Now, by the only clock that counts.', resolve: ({ serverTime }) => serverTime }),
  }),
});

/** How it ended, and where the payer goes. */
builder.objectFields(CheckoutRef, (t) => ({
  paidAt: t.field({
    type: 'DateTime',
    nullable: true,
    description: 'When it was paid.',
    resolve: ({ payment }) => (payment.status === 'paid' ? payment.paidAt : null),
  }),
  method: t.field({
    type: PaymentMethodEnum,
    nullable: true,
    description: 'How it was paid.',
    resolve: ({ payment }) => ('method' in payment ? payment.method : null),
  }),
  txid: t.string({
    nullable: true,
    description: 'The Liquid transaction that pays the merchant; null until paid.',
    resolve: ({ payment }) => (payment.status === 'paid' ? payment.txid : null),
  }),
  late: t.boolean({ description: 'Paid after it had expired.', resolve: ({ payment }) => payment.late }),
  exception: t.field({
    type: PaymentExceptionEnum,
    nullable: true,
    description: 'Needs a look.',
    resolve: ({ payment }) => payment.exception,
  }),
  redirectUrl: t.field({
    type: 'URL',
    nullable: true,
    description: 'Back to the shop; null until paid.',
    resolve: ({ redirectUrl }) => redirectUrl,
  }),
  backUrl: t.field({
    type: 'URL',
    nullable: true,
    description: 'Back to the shop without having paid.',
    resolve: ({ backUrl }) => backUrl,
  }),
}));
