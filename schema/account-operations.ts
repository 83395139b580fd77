import type { AccountChanges } from '../src/accounts/account-input.ts';
import type { KeyAsker } from '../src/accounts/manage-keys.ts';
import type { RequestContext } from './context.ts';
import { parsePaymentId } from '../src/lib/ids.ts';
import { accepted, RefusalError } from '../src/lib/refusal.ts';
import { Secret } from '../src/lib/secret.ts';
import { AccountRef, AccountResult, ApiKeyResult, KeyResult } from './account.ts';
import { builder } from './builder.ts';
import { DoneResult } from './done.ts';
import { PaymentRef } from './payment.ts';

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description: 'A key to be made. Loose on purpose: a missing key is said before a wrong field.',
  fields: (t) => ({
    kind: t.string({ description: 'secret or publishable.' }),
    mode: t.string({ description: 'live (default) or test.' }),
    label: t.string({ description: 'What it is for: 1 to 80 characters.' }),
    origins: t.stringList({
      description: 'Publishable keys: web pages that may use it, such as https://shop.example. Empty: any, and programs.',
    }),
    maxAmount: t.field({
      type: 'JSONObject',
      description: 'Publishable keys: the most that one payment may ask for, such as {"EUR": 100}.',
    }),
    expiresAt: t.string({ description: 'When it ends, in ISO 8601; absent: never.' }),
  }),
});
const UpdateApiKeyInput = builder.inputType('UpdateApiKeyInput', {
  description: 'What is to change: an absent field stays, null clears origins or maxAmount.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'key_…' }),
    label: t.string({ description: '1 to 80 characters.' }),
    origins: t.stringList({ description: 'Web pages that may use it.' }),
    maxAmount: t.field({ type: 'JSONObject', description: 'The most that one payment may ask for, by currency.' }),
  }),
});
const AccountSettingsInput = builder.inputType('AccountSettingsInput', {
  description: 'What is to change: an absent field stays.',
  fields: (t) => ({
    name: t.string({ description: 'Shown to payers: 1 to 80 characters.' }),
    brandColour: t.string({ description: 'Such as #e65c00; null: none.' }),
    whenLightningIsDown: t.string({ description: 'refuse or liquid_only.' }),
    toleranceSats: t.field({ type: 'AmountInput', description: '0 to 1000.' }),
    minConfirmations: t.field({ type: 'AmountInput', description: '0 to 2.' }),
    grossUp: t.boolean({ description: 'Whether the payer bears what Lightning costs.' }),
    redirectHosts: t.stringList({ description: 'Hosts for redirect_url of publishable keys and links; empty: any.' }),
    frameOrigins: t.stringList({ description: 'Web pages that may show the checkout page in a frame.' }),
  }),
});

const SimulateResult = builder.errorUnion('SimulatePaymentResult', {
  description: 'The test payment as it is now, or why nothing was changed.',
  types: [PaymentRef, RefusalError],
  resolveType: () => 'Payment',
});

builder.queryField('account', (t) =>
  t.field({
    type: AccountRef,
    nullable: true,
    description: 'The account of the key.',
    authScopes: { secretOrTest: true },
    resolve: async (_root, _args, { app, caller }) => app.findAccount(accepted(await caller()).accountId),
  }),
);

builder.mutationFields((t) => ({
  createApiKey: t.field({
    type: ApiKeyResult,
    description: 'Makes a key. Its text is in this answer and nowhere else.',
    limit: 'change',
    authScopes: { recent: true },
    args: { input: t.arg({ type: CreateApiKeyInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { kind, mode, label, origins, maxAmount, expiresAt } = input;
      return accepted(await context.app.keys.create(await askerOf(context), { kind, mode, label, origins, maxAmount, expiresAt }));
    },
  }),
  updateApiKey: t.field({
    type: KeyResult,
    description: 'Changes label, origins or maximum of a key.',
    limit: 'change',
    authScopes: { session: true },
    args: { input: t.arg({ type: UpdateApiKeyInput, required: true }) },
    resolve: async (_root, { input: { id, ...changes } }, context) =>
      accepted(await context.app.keys.update(await askerOf(context), { id: String(id), changes })),
  }),
  rotateApiKey: t.field({
    type: ApiKeyResult,
    description: 'Makes a successor of a key; the old one goes on for a while. A secret key may rotate itself.',
    limit: 'change',
    authScopes: { secretOrTest: true },
    args: { id: t.arg.id({ required: true }), overlapHours: t.arg({ type: 'AmountInput', description: '0 to 72; by default 24.' }) },
    resolve: async (_root, { id, overlapHours }, context) =>
      accepted(await context.app.keys.rotate(await askerOf(context), { id: String(id), overlapHours })),
  }),
  revokeApiKey: t.field({
    type: KeyResult,
    description: 'Ends a key at once, with every stream that it opened. A secret key may revoke itself.',
    limit: 'change',
    authScopes: { secretOrTest: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, context) => accepted(await context.app.keys.revoke(await askerOf(context), String(id))),
  }),
  updateAccount: t.field({
    type: AccountResult,
    description: 'Changes name, look or settings. Payments that are open keep what they were made with.',
    limit: 'change',
    authScopes: { secret: true },
    args: { input: t.arg({ type: AccountSettingsInput, required: true }) },
    resolve: async (_root, { input }, context) =>
      accepted(await context.app.keys.updateAccount(await askerOf(context), { ...input } satisfies AccountChanges)),
  }),
  closeAccount: t.field({
    type: DoneResult,
    description: 'Closes the account for good: no new payments, no keys; open payments go on to their end.',
    limit: 'auth_login',
    authScopes: { recent: true },
    args: { password: t.arg.string({ description: 'The password of its owner.' }) },
    resolve: async (_root, { password }, context) => {
      accepted(await context.app.keys.closeAccount(await askerOf(context), new Secret(password ?? '')));
      return { ok: true as const };
    },
  }),
  simulatePayment: t.field({
    type: SimulateResult,
    description: 'Ends a test payment as it is told to. No money moves; everything else is as with real money.',
    limit: 'change',
    authScopes: { secretOrTest: true },
    args: { id: t.arg.id({ required: true }), outcome: t.arg.string({ description: 'paid or expired.' }) },
    resolve: async (_root, { id, outcome }, { app, caller }) => {
      const { accountId } = accepted(await caller());
      return accepted(await app.keys.simulate({ accountId, id: accepted(parsePaymentId(id)), outcome }));
    },
  }),
}));

/** A key acts on itself alone; a person on every key of the account. */
async function askerOf({ caller, requestId }: RequestContext): Promise<KeyAsker> {
  const asker = accepted(await caller());
  const { accountId } = asker;
  if (asker.kind === 'session') return { accountId, actor: asker.userId, onlyKey: null, requestId };
  return { accountId, actor: asker.keyId, onlyKey: asker.keyId, requestId };
}
