import type { LinkAsker } from '../src/links/create-link.ts';
import type { LinkChanges } from '../src/links/link-input.ts';
import type { RequestContext } from './context.ts';
import { parseLinkId } from '../src/lib/ids.ts';
import { accepted } from '../src/lib/refusal.ts';
import { parseLinkStatus } from '../src/links/link-input.ts';
import { builder } from './builder.ts';
import { decodeCursor, pageOf, pageSize } from './cursor.ts';
import { PaymentLinkRef, PaymentLinkResult, PublicLinkRef } from './link.ts';
import { CreatePaymentResult, ModeEnum } from './payment.ts';

const CreatePaymentLinkInput = builder.inputType('CreatePaymentLinkInput', {
  description: 'A link to be made. Loose on purpose: a missing key is said before a missing title.',
  fields: (t) => ({
    title: t.string({ description: '1 to 120 characters of plain text.' }),
    description: t.string({ description: 'At most 500 characters of plain text.' }),
    amount: t.field({ type: 'AmountInput', description: 'The price; absent or null: the payer chooses the amount.' }),
    currency: t.string({ description: 'ISO 4217 code; also for links without a price.' }),
    redirectUrl: t.string({ description: 'Where payers go afterwards.' }),
    idempotencyKey: t.string({ description: 'The same key with the same body answers the same link for 24 hours.' }),
  }),
});

const UpdatePaymentLinkInput = builder.inputType('UpdatePaymentLinkInput', {
  description: 'What is to change: an absent field stays, null clears description or redirectUrl.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'lnk_…' }),
    title: t.string({ description: '1 to 120 characters of plain text.' }),
    description: t.string({ description: 'At most 500 characters of plain text.' }),
    redirectUrl: t.string({ description: 'Where payers go afterwards.' }),
    status: t.string({ description: 'active or inactive. Sessions that are open keep going.' }),
    amount: t.field({ type: 'AmountInput', description: 'Cannot change: refused unless it is the price of the link.' }),
    currency: t.string({ description: 'Cannot change: refused unless it is the currency of the link.' }),
  }),
});

const PayPaymentLinkInput = builder.inputType('PayPaymentLinkInput', {
  description: 'A payment from a link.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'lnk_…' }),
    amount: t.field({ type: 'AmountInput', description: 'What the payer chose; a link with a price ignores it.' }),
    currency: t.string({ description: 'Currency of amount; by default the currency of the link. A link with a price ignores it.' }),
    visitor: t.string({ description: 'A random name of this browser, 16 to 128 characters: it gets its own open payment again.' }),
    idempotencyKey: t.string({ description: 'The same key with the same body answers the same payment for 24 hours.' }),
  }),
});

builder.mutationFields((t) => ({
  createPaymentLink: t.field({
    type: PaymentLinkResult,
    description: 'Makes a payment link.',
    limit: 'payment_links',
    authScopes: { secret: true },
    args: { input: t.arg({ type: CreatePaymentLinkInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { title, description, amount, currency, redirectUrl } = input;
      const idempotencyKey = input.idempotencyKey ?? context.idempotencyKey;
      const asked = { title, description, amount, currency, redirectUrl, idempotencyKey };
      const { value, replayed } = accepted(await context.app.links.create(await askerOf(context), asked));
      context.answer.idempotentReplayed = replayed;
      return value;
    },
  }),
  updatePaymentLink: t.field({
    type: PaymentLinkResult,
    description: 'Changes words, return address or status of a link.',
    limit: 'change',
    authScopes: { secret: true },
    args: { input: t.arg({ type: UpdatePaymentLinkInput, required: true }) },
    resolve: async (_root, { input: { id, ...changes } }, context) => {
      const linkId = accepted(parseLinkId(id));
      return accepted(await context.app.links.update(await askerOf(context), { id: linkId, changes: changes satisfies LinkChanges }));
    },
  }),
  payPaymentLink: t.field({
    type: CreatePaymentResult,
    description: 'Starts a payment from a link. Public.',
    limit: 'payment_creation',
    args: { input: t.arg({ type: PayPaymentLinkInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const id = accepted(parseLinkId(input.id));
      const { amount, currency } = input;
      const idempotencyKey = input.idempotencyKey ?? context.idempotencyKey;
      const { requestId } = context;
      const asked = { id, amount, currency, visitor: input.visitor ?? null, idempotencyKey, requestId };
      const session = accepted(await context.app.links.pay(asked));
      context.answer.idempotentReplayed = session.replayed;
      return session;
    },
  }),
}));

async function askerOf({ caller, requestId }: RequestContext): Promise<LinkAsker> {
  const { accountId, mode } = accepted(await caller());
  return { accountId, mode, requestId };
}

builder.queryFields((t) => ({
  publicLink: t.field({
    type: PublicLinkRef,
    nullable: true,
    description: 'What everybody may see of a link; null when there is none of that id.',
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { app }) => {
      const linkId = parseLinkId(id);
      return linkId.ok ? app.links.readPublic(linkId.value) : null;
    },
  }),
  preview: t.field({
    type: 'Sats',
    nullable: true,
    description: 'What an amount is in sats at the present exchange rate. A payment fixes its own price.',
    args: { amount: t.arg({ type: 'AmountInput' }), currency: t.arg.string() },
    resolve: async (_root, { amount, currency }, { app }) => accepted(await app.links.previewSats({ amount, currency })),
  }),
  paymentLink: t.field({
    type: PaymentLinkRef,
    nullable: true,
    description: 'One link; null when there is none of that id in this account.',
    authScopes: { secret: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, { app, caller }) => {
      const { accountId } = accepted(await caller());
      const linkId = parseLinkId(id);
      return linkId.ok ? app.links.find(accountId, linkId.value) : null;
    },
  }),
  paymentLinks: t.connection({
    type: PaymentLinkRef,
    description: 'Payment links of this account, newest first.',
    authScopes: { secret: true },
    args: { status: t.arg.string({ description: 'active or inactive; absent: both.' }), mode: t.arg({ type: ModeEnum }) },
    resolve: async (_root, { first, after, status, mode }, context) => {
      const { accountId } = accepted(await context.caller());
      const size = pageSize(first);
      const only = status === null || status === undefined ? null : accepted(parseLinkStatus(status));
      const list = `${accountId} links`;
      const page = { accountId, mode: mode ?? 'live', status: only, first: size, after: decodeCursor(after ?? null, list) } as const;
      return pageOf(await context.app.links.list(page), size, list);
    },
  }),
}));
