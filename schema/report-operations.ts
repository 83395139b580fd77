import type { PaymentStats, StatsDay } from '../src/payments/payment-stats-store.ts';
import type { ProviderStatus } from '../src/swaps/provider-status.ts';
import { fiatTextFull } from '../src/lib/money.ts';
import { accepted } from '../src/lib/refusal.ts';
import { builder, CurrencyEnum } from './builder.ts';

const StatsDayRef = builder.objectRef<StatsDay>('StatsDay').implement({
  description: 'One day of UTC.',
  fields: (t) => ({
    day: t.string({ description: '2026-05-15.', resolve: ({ day }) => day }),
    paid: t.int({ description: 'Payments that were paid.', resolve: ({ paid }) => paid }),
    fiat: t.field({ type: 'FiatAmount', description: 'What they were for.', resolve: ({ fiat }) => fiatTextFull(fiat) }),
    sats: t.field({ type: 'Sats', description: 'The same in sats, as asked of the payers.', resolve: (day) => day.sats }),
  }),
});

const PaymentStatsRef = builder.objectRef<PaymentStats>('PaymentStats').implement({
  description: 'What the payments of one currency came to.',
  fields: (t) => ({
    currency: t.field({ type: CurrencyEnum, description: 'Of the amounts.', resolve: ({ currency }) => currency }),
    started: t.int({ description: 'Payments that were made.', resolve: ({ started }) => started }),
    paid: t.int({ description: 'Payments that were paid.', resolve: ({ paid }) => paid }),
    fiat: t.field({ type: 'FiatAmount', description: 'What the paid ones were for.', resolve: ({ fiat }) => fiatTextFull(fiat) }),
    sats: t.field({ type: 'Sats', description: 'The same in sats, as asked of the payers.', resolve: (stats) => stats.sats }),
    days: t.field({ type: [StatsDayRef], description: 'Every day, oldest first; quiet ones too.', resolve: ({ days }) => [...days] }),
  }),
});

export const ProviderStatusRef = builder.objectRef<ProviderStatus>('ProviderStatus').implement({
  description: 'A swap provider as it stands now.',
  fields: (t) => ({
    name: t.string({ description: 'As the operator calls it.', resolve: ({ name }) => name }),
    state: t.string({ description: 'up, failing (asked last for a while) or down (does not answer).', resolve: ({ state }) => state }),
    minimumSats: t.field({
      type: 'Sats',
      nullable: true,
      description: 'The least it takes; null while down.',
      resolve: ({ terms }) => terms?.minimumSats ?? null,
    }),
    maximumSats: t.field({
      type: 'Sats',
      nullable: true,
      description: 'The most it takes; null while down.',
      resolve: ({ terms }) => terms?.maximumSats ?? null,
    }),
    feePercent: t.string({
      nullable: true,
      description: 'Its part of a Lightning payment, before the fees of the chain; null while down.',
      resolve: ({ terms }) => (terms ? String(terms.feePercent) : null),
    }),
    lastSuccessAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it last took a Lightning payment on for this server.',
      resolve: ({ lastSuccessAt }) => lastSuccessAt,
    }),
  }),
});

builder.queryFields((t) => ({
  paymentStats: t.field({
    type: [PaymentStatsRef],
    description: 'What was started and paid in the last days, per currency; today is one of them.',
    authScopes: { secretOrTest: true },
    args: { days: t.arg.int({ required: true, description: '1 to 366.' }), currency: t.arg({ type: CurrencyEnum }) },
    resolve: async (_root, { days, currency }, { caller, app }) => {
      const { accountId, mode } = accepted(await caller());
      return [...accepted(await app.hooks.paymentStats({ accountId, mode, days, currency: currency ?? null }))];
    },
  }),
  providers: t.field({
    type: [ProviderStatusRef],
    description: 'The swap providers behind Lightning: their limits and fees now, and whether they work.',
    authScopes: { secret: true },
    resolve: async (_root, _args, { app }) => [...(await app.hooks.providers())],
  }),
}));
