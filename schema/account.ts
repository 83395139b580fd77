import type { Account, AccountSettings } from '../src/accounts/account.ts';
import type { ApiKey, KeyKind } from '../src/accounts/api-key.ts';
import type { NewKey } from '../src/accounts/manage-keys.ts';
import { KEY_KINDS } from '../src/accounts/api-key.ts';
import { CURRENCY_EXPONENTS, fiatText } from '../src/lib/money.ts';
import { RefusalError } from '../src/lib/refusal.ts';
import { builder } from './builder.ts';
import { Merchant } from './checkout.ts';
import { ModeEnum } from './payment.ts';

const KeyKindEnum = builder.enumType('KeyKind', {
  description: 'Whether a key has to stay on a server.',
  values: { SECRET: { value: KEY_KINDS[0] }, PUBLISHABLE: { value: KEY_KINDS[1] } } satisfies { [name: string]: { value: KeyKind } },
});
const PolicyEnum = builder.enumType('LightningDownPolicy', {
  description: 'What becomes of new payments while Lightning cannot be offered.',
  values: { REFUSE: { value: 'refuse' }, LIQUID_ONLY: { value: 'liquid_only' } } as const,
});

export const ApiKeyRef = builder.objectRef<ApiKey>('ApiKey').implement({
  description: 'A key as its owner sees it. The text of a secret key is shown once, when it is made.',
  fields: (t) => ({
    id: t.id({ description: 'key_…', resolve: ({ id }) => id }),
    kind: t.field({ type: KeyKindEnum, description: 'secret or publishable.', resolve: ({ kind }) => kind }),
    mode: t.field({ type: ModeEnum, description: 'live or test.', resolve: ({ mode }) => mode }),
    hint: t.string({ description: 'How it begins, and its last four characters.', resolve: ({ hint }) => hint }),
    label: t.string({ description: 'What it is for.', resolve: ({ label }) => label }),
    origins: t.stringList({ description: 'Web pages that may use it; empty: any, and programs.', resolve: ({ origins }) => [...origins] }),
    maxAmount: t.field({
      type: 'JSONObject',
      nullable: true,
      description: 'The most that one payment may ask for, by currency; null: any amount.',
      resolve: maximumText,
    }),
    rotatedFromId: t.id({ nullable: true, description: 'The key that it took the place of.', resolve: (key) => key.rotatedFromId }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was made.', resolve: ({ createdAt }) => createdAt }),
    expiresAt: t.field({ type: 'DateTime', nullable: true, description: 'When it ends; null: never.', resolve: (key) => key.expiresAt }),
    revokedAt: t.field({ type: 'DateTime', nullable: true, description: 'When it was ended by hand.', resolve: (key) => key.revokedAt }),
    lastUsedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was last used, to the minute; null: never.',
      resolve: (key) => key.lastUsedAt,
    }),
  }),
});

export const NewApiKeyRef = builder.objectRef<NewKey>('NewApiKey').implement({
  description: 'A key that was just made.',
  fields: (t) => ({
    key: t.field({ type: ApiKeyRef, description: 'The key.', resolve: ({ key }) => key }),
    plaintext: t.string({ description: 'The key itself: keep it now, it is not shown again.', resolve: (made) => made.plaintext.reveal() }),
  }),
});

export const AccountSettingsRef = builder.objectRef<AccountSettings>('AccountSettings').implement({
  description: 'What a merchant has chosen.',
  fields: (t) => ({
    whenLightningIsDown: t.field({ type: PolicyEnum, description: 'Refuse, or take L-BTC alone.', resolve: (s) => s.whenLightningIsDown }),
    toleranceSats: t.field({ type: 'Sats', description: 'An L-BTC payer may fall short by so much.', resolve: (s) => s.toleranceSats }),
    minConfirmations: t.int({ description: 'Blocks that L-BTC needs to count as paid.', resolve: (s) => s.minConfirmations }),
    grossUp: t.boolean({ description: 'The payer bears what Lightning costs the merchant.', resolve: (s) => s.grossUp }),
    redirectHosts: t.stringList({
      description: 'Where publishable keys and links may send payers back to; empty: anywhere.',
      resolve: (s) => s.redirectHosts,
    }),
    frameOrigins: t.field({
      type: ['URL'],
      description: 'Web pages that may show a checkout page in a frame.',
      resolve: (s) => s.frameOrigins,
    }),
  }),
});

export const AccountRef = builder.objectRef<Account>('Account').implement({
  description: 'A merchant.',
  fields: (t) => ({
    id: t.id({ description: 'acc_…', resolve: ({ id }) => id }),
    name: t.string({ description: 'Shown to payers.', resolve: ({ name }) => name }),
    merchant: t.field({ type: Merchant, description: 'The shop, as payers see it.', resolve: (account) => account }),
    settings: t.field({ type: AccountSettingsRef, description: 'What the merchant has chosen.', resolve: ({ settings }) => settings }),
    keys: t.field({
      type: [ApiKeyRef],
      description: 'Newest first: those that open something, and those that ended within the last 30 days.',
      resolve: ({ id }, _args, { app }) => app.keys.list(id),
    }),
    publishableKey: t.string({
      nullable: true,
      description: 'The newest live publishable key, whole: it is no secret.',
      resolve: async ({ id }, _args, { app }) => publishableOf(await app.keys.list(id), app.now()),
    }),
    walletConnected: t.boolean({
      description: 'Whether payments can settle.',
      resolve: ({ id }, _args, { app }) => app.keys.hasWallet(id),
    }),
    warnings: t.stringList({
      description: 'What its owner should look at, in sentences.',
      resolve: async ({ id }, _args, { app }) => [...(await app.keys.warnings(id))],
    }),
  }),
});

function publishableOf(keys: readonly ApiKey[], at: Date): string | null {
  const isUsable = (key: ApiKey) => key.revokedAt === null && (key.expiresAt === null || key.expiresAt > at);
  return keys.find((key) => key.kind === 'publishable' && key.mode === 'live' && isUsable(key))?.publicText ?? null;
}

function maximumText({ maxAmount }: ApiKey): object | null {
  if (maxAmount === null) return null;
  const currencies = (Object.keys(CURRENCY_EXPONENTS) as (keyof typeof CURRENCY_EXPONENTS)[]).filter(
    (code) => maxAmount[code] !== undefined,
  ); // keys of a const object
  return Object.fromEntries(currencies.map((currency) => [currency, fiatText({ minor: maxAmount[currency] ?? 0n, currency })]));
}

export const ApiKeyResult = builder.errorUnion('ApiKeyResult', {
  description: 'A new key, or why there is none.',
  types: [NewApiKeyRef, RefusalError],
  resolveType: () => 'NewApiKey',
});
export const KeyResult = builder.errorUnion('KeyResult', {
  description: 'The key as it is now, or why nothing was changed.',
  types: [ApiKeyRef, RefusalError],
  resolveType: () => 'ApiKey',
});
export const AccountResult = builder.errorUnion('AccountResult', {
  description: 'The account as it is now, or why nothing was changed.',
  types: [AccountRef, RefusalError],
  resolveType: () => 'Account',
});
