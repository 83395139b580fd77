import type { Account } from '../src/accounts/account.ts';
import { TRIAL_PAYMENTS } from '../src/billing/may-charge.ts';
import { AccountRef } from './account.ts';
import { builder } from './builder.ts';

const PlanEnum = builder.enumType('Plan', {
  description: 'What can be subscribed to.',
  values: { LIGHTNING_MONTHLY: { value: 'lightning_monthly' }, LIGHTNING_YEARLY: { value: 'lightning_yearly' } } as const,
});
const PlanStateEnum = builder.enumType('PlanState', {
  description: 'Whether the account may ask for payments, and why. OFF: this server asks for no plans.',
  values: { TRIAL: { value: 'trial' }, ACTIVE: { value: 'active' }, ENDED: { value: 'ended' }, OFF: { value: 'off' } } as const,
});

export const PlanStatusRef = builder.objectRef<Account>('PlanStatus').implement({
  description: 'Where an account stands with its plan and its trial.',
  fields: (t) => ({
    state: t.field({
      type: PlanStateEnum,
      description: 'In one word.',
      resolve: (account, _args, { app }) => stateOf(account, app.keys.billing, app.now()),
    }),
    plan: t.field({
      type: PlanEnum,
      nullable: true,
      description: 'The plan that was paid for last; null: none yet.',
      resolve: async ({ id }, _args, { app }) => (await app.keys.paidPlan(id))?.plan ?? null,
    }),
    endsAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Until when it is paid for.',
      resolve: ({ planEndsAt }) => planEndsAt,
    }),
    trialUsed: t.int({ description: 'Paid live payments so far.', resolve: ({ trialUsed }) => trialUsed }),
    trialLimit: t.int({ description: 'How many of them are free.', resolve: () => TRIAL_PAYMENTS }),
  }),
});

builder.objectField(AccountRef, 'plan', (t) =>
  t.field({ type: PlanStatusRef, description: 'Where it stands with its plan.', resolve: (account) => account }),
);

function stateOf({ planEndsAt }: Account, billing: boolean, at: Date): 'trial' | 'active' | 'ended' | 'off' {
  if (!billing) return 'off';
  if (planEndsAt === null) return 'trial';
  return planEndsAt > at ? 'active' : 'ended';
}
