import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Currency, Fiat, Sats } from '../lib/money.ts';
import type { Clock } from '../lib/time.ts';
import type { Rate } from '../rates/rate.ts';
import type { BilledAccount, PlanState } from './may-charge.ts';
import type { PlanPeriod } from './plan-period.ts';
import type { Plan } from './plan.ts';
import { satsForFiatCeil } from '../lib/money.ts';
import { planState } from './may-charge.ts';
import { PLANS, planPrice } from './plan.ts';

export type PlanStatus = {
  readonly accountId: string;
  readonly state: PlanState;
  /** The plan that was paid last; null when none was. */
  readonly plan: Plan | null;
  readonly endsAt: Date | null;
  readonly trialUsed: number;
  /** Newest first. */
  readonly periods: readonly PlanPeriod[];
};

export type PlanStatusDeps = {
  readonly now: Clock;
  readonly billing: boolean;
  readonly graceMs: number;
  readonly findAccount: (id: string) => Promise<BilledAccount | null>;
  readonly listPeriods: (accountId: string) => Promise<readonly PlanPeriod[]>;
};

/** How an account stands with its plan. @throws Error when there is no such account. */
export async function readPlanStatus(deps: PlanStatusDeps, accountId: string): Promise<PlanStatus> {
  const [account, periods] = await Promise.all([deps.findAccount(accountId), deps.listPeriods(accountId)]);
  if (!account) throw new Error(`no account ${accountId}`);
  const { trialUsed, planEndsAt: endsAt } = account;
  const state = deps.billing ? planState(account, { at: deps.now(), graceMs: deps.graceMs }) : 'off';
  const plan = periods.find(({ status }) => status === 'paid')?.plan ?? null;
  return { accountId, state, plan, endsAt, trialUsed, periods };
}

export type PlanPrice = { readonly plan: Plan; readonly usd: Fiat; readonly sats: Sats | null };

/** What plans cost now; in sats only while there is a rate. */
export async function readPlanPrices(currentRate: (currency: Currency) => Promise<Result<Rate, Refusal>>): Promise<readonly PlanPrice[]> {
  const rate = await currentRate('USD');
  return PLANS.map((plan) => {
    const usd = planPrice(plan);
    return { plan, usd, sats: rate.ok ? satsForFiatCeil(usd.minor, rate.value.minorPerBtcE4) : null };
  });
}
