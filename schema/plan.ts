import type { PlanPeriod } from '../src/billing/plan-period.ts';
import type { PlanPrice, PlanStatus } from '../src/billing/plan-status.ts';
import { fiatTextFull } from '../src/lib/money.ts';
import { RefusalError } from '../src/lib/refusal.ts';
import { TRIAL_PAYMENTS } from '../src/billing/may-charge.ts';
import { builder } from './builder.ts';

export const PlanEnum = builder.enumType('Plan', {
  description: 'What can be subscribed to.',
  values: { LIGHTNING_MONTHLY: { value: 'lightning_monthly' }, LIGHTNING_YEARLY: { value: 'lightning_yearly' } } as const,
});

const PlanStateEnum = builder.enumType('PlanState', {
  description: 'How an account stands with its plan: GRACE is over, but for a while as if it were not; OFF where the server has no plans.',
  values: {
    TRIAL: { value: 'trial' },
    ACTIVE: { value: 'active' },
    GRACE: { value: 'grace' },
    ENDED: { value: 'ended' },
    OFF: { value: 'off' },
  } as const,
});

export const PlanPeriodRef = builder.objectRef<PlanPeriod>('PlanPeriod').implement({
  description: 'A stretch of time that an account pays for.',
  fields: (t) => ({
    id: t.id({ description: 'per_…', resolve: ({ id }) => id }),
    plan: t.field({ type: PlanEnum, description: 'What is paid for.', resolve: ({ plan }) => plan }),
    status: t.string({ description: 'open, paid, or expired: its invoice lapsed unpaid.', resolve: ({ status }) => status }),
    sats: t.field({ type: 'Sats', description: 'What it costs, fixed with the invoice.', resolve: ({ sats }) => sats }),
    invoice: t.string({
      nullable: true,
      description: 'The invoice, while it can be paid.',
      resolve: async (period, _args, { loaders }) =>
        period.status === 'open' ? ((await loaders.invoice.load(period.id))?.invoice ?? null) : null,
    }),
    invoiceExpiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Until when it can be paid.',
      resolve: async (period, _args, { loaders }) =>
        period.status === 'open' ? ((await loaders.invoice.load(period.id))?.expiresAt ?? null) : null,
    }),
    startsAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it begins: at the payment, or where the last paid period ends. Null until it is paid.',
      resolve: (period) => (period.status === 'paid' ? period.startsAt : null),
    }),
    endsAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ends: one calendar month or year later, UTC. Null until it is paid.',
      resolve: (period) => (period.status === 'paid' ? period.endsAt : null),
    }),
  }),
});

const PlanPriceRef = builder.objectRef<PlanPrice>('PlanPrice').implement({
  description: 'What a plan costs.',
  fields: (t) => ({
    plan: t.field({ type: PlanEnum, description: 'The plan.', resolve: ({ plan }) => plan }),
    usd: t.field({ type: 'FiatAmount', description: 'In US dollars.', resolve: ({ usd }) => fiatTextFull(usd) }),
    sats: t.field({
      type: 'Sats',
      nullable: true,
      description: 'At the present exchange rate; an invoice fixes it. Null while there is no rate.',
      resolve: ({ sats }) => sats,
    }),
  }),
});

/** `app.plans.status(accountId)` answers one. */
export const PlanStatusRef = builder.objectRef<PlanStatus>('PlanStatus').implement({
  description: 'How an account stands with its plan, and what more of it costs.',
  fields: (t) => ({
    state: t.field({ type: PlanStateEnum, description: 'Whether payments can be asked for.', resolve: ({ state }) => state }),
    plan: t.field({ type: PlanEnum, nullable: true, description: 'The plan that was paid last.', resolve: ({ plan }) => plan }),
    endsAt: t.field({ type: 'DateTime', nullable: true, description: 'Until when it is paid.', resolve: ({ endsAt }) => endsAt }),
    trialUsed: t.int({ description: 'Paid live payments so far.', resolve: ({ trialUsed }) => trialUsed }),
    trialLimit: t.int({ description: 'How many of them are free for an account that never had a plan.', resolve: () => TRIAL_PAYMENTS }),
    prices: t.field({
      type: [PlanPriceRef],
      description: 'What plans cost now.',
      resolve: (_status, _args, { app }) => app.plans.prices(),
    }),
    periods: t.field({ type: [PlanPeriodRef], description: 'The last 50, newest first.', resolve: ({ periods }) => periods }),
  }),
});

export const PlanResult = builder.errorUnion('PlanResult', {
  description: 'A period with its invoice, or why there is none.',
  types: [PlanPeriodRef, RefusalError],
  resolveType: () => 'PlanPeriod',
});
