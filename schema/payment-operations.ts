import type { PaymentAsker } from '../src/payments/request-payment.ts';
import type { RequestContext } from './context.ts';
import { parsePaymentId } from '../src/lib/ids.ts';
import { accepted } from '../src/lib/refusal.ts';
import { METADATA_BYTES_MAX } from '../src/payments/payment-input.ts';
import { builder } from './builder.ts';
import { CheckoutRef } from './checkout.ts';
import { decodeCursor, pageOf, pageSize } from './cursor.ts';
import { filterOf, PaymentFilterInput } from './payment-filter.ts';
import { CreatePaymentResult, PaymentRef, visiblePayment } from './payment.ts';

const CreatePaymentInput = builder.inputType('CreatePaymentInput', {
  description: 'A payment to be made. Loose on purpose: a missing key is said before a missing amount.',
  fields: (t) => ({
    amount: t.field({ type: 'AmountInput', description: 'Number or clean decimal string: 49.99.' }),
    currency: t.string({ description: 'ISO 4217 code.' }),
    redirectUrl: t.string({ description: 'Where the payer goes afterwards.' }),
    metadata: t.field({ type: 'JSONObject', description: 'At most 2 KB; comes back in webhooks.' }),
    idempotencyKey: t.string({ description: 'The same key with the same body answers the same payment for 24 hours.' }),
  }),
});

builder.mutationField('createPayment', (t) =>
  t.field({
    type: CreatePaymentResult,
    description: 'Creates a checkout session. Any key, or a session.',
    limit: 'payment_creation',
    authScopes: { pub: true },
    args: { input: t.arg({ type: CreatePaymentInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { metadata, amount, currency, redirectUrl } = input;
      const metadataText = metadata === undefined || metadata === null ? null : jsonText(metadata);
      const idempotencyKey = input.idempotencyKey ?? context.idempotencyKey;
      const session = accepted(
        await context.app.requestPayment(await askerOf(context), { amount, currency, redirectUrl, metadataText, idempotencyKey }),
      );
      context.answer.idempotentReplayed = session.replayed;
      return session;
    },
  }),
);

/** Nested too deeply to be written down, it is far larger than metadata may be: the use case refuses it as that. */
function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return `{${' '.repeat(METADATA_BYTES_MAX)}}`;
    throw error;
  }
}

async function askerOf({ caller, requestId }: RequestContext): Promise<PaymentAsker> {
  const asker = accepted(await caller());
  const { accountId, mode } = asker;
  if (asker.kind === 'session') return { accountId, mode, source: 'dashboard', apiKeyId: null, requestId };
  const { keyId: apiKeyId, maxAmount, redirectHosts } = asker;
  const bounds = asker.kind === 'publishable' ? { bounds: { maxAmount, redirectHosts } } : {};
  return { accountId, mode, source: asker.kind, apiKeyId, requestId, ...bounds };
}

builder.queryFields((t) => ({
  payment: t.field({
    type: PaymentRef,
    nullable: true,
    description: 'One payment; null when there is none of that id in this account.',
    authScopes: { secretOrTest: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, context) => visiblePayment(String(id), context),
  }),
  checkout: t.field({
    type: CheckoutRef,
    nullable: true,
    description: 'What the payer of this payment may see. Public: the id is the secret.',
    args: { paymentId: t.arg.id({ required: true }) },
    resolve: (_root, { paymentId }, context) => visibleCheckout(String(paymentId), context),
  }),
  payments: t.connection(
    {
      type: PaymentRef,
      description: 'Payments of this account, newest first unless you say otherwise.',
      authScopes: { secretOrTest: true },
      args: {
        filter: t.arg({ type: PaymentFilterInput }),
        oldestFirst: t.arg.boolean({ description: 'The other way round. Cursors belong to the order that they came with.' }),
      },
      resolve: async (_root, { first, after, filter, oldestFirst }, context) => {
        const asked = await filterOf(filter, context);
        const list = `${asked.accountId} payments${oldestFirst ? ' oldest first' : ''}`;
        const page = { first: pageSize(first), after: decodeCursor(after ?? null, list), oldestFirst: oldestFirst ?? false };
        return pageOf(await context.app.listPayments({ ...asked, ...page }), page.first, list);
      },
    },
    { name: 'PaymentConnection' },
    { name: 'PaymentEdge' },
  ),
}));

export async function visibleCheckout(id: string, { app }: RequestContext) {
  const paymentId = parsePaymentId(id);
  return paymentId.ok ? app.readCheckout(paymentId.value) : null;
}
