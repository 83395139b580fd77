import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import { ok, refuse } from '../lib/result.ts';
import { addMs, SECOND_MS } from '../lib/time.ts';

/** Paid live payments that are free for an account that never had a plan. */
export const TRIAL_PAYMENTS = 5;
/**
 * Live payments that such an account may have open at once (conformance P-18), and as many again that strangers opened on its pages. Each costs a swap at the provider and may cost an address,
 * and only five of them will be free: more open baskets than this are no shop that tries AvoPay out.
 */
export const TRIAL_OPEN_PAYMENTS_MAX = 20;

/** How an account stands with its plan. `grace`: over, but for a while as if it were not. */
export const PLAN_STATES = ['trial', 'active', 'grace', 'ended', 'off'] as const;
export type PlanState = (typeof PLAN_STATES)[number];

export type BilledAccount = { readonly trialUsed: number; readonly planEndsAt: Date | null };
export type BillingTime = { readonly at: Date; readonly graceMs: number };

/** The documented text (conformance P-17). */
export const TRIAL_OVER: Refusal = {
  kind: 'payment-required',
  code: 'trial_limit_reached',
  message: 'trial_limit_reached: subscribe at avopay.dev',
};

/** The trial is for accounts that never had a plan: one that lapsed does not fall back into it. */
export function planState({ trialUsed, planEndsAt }: BilledAccount, { at, graceMs }: BillingTime): Exclude<PlanState, 'off'> {
  if (planEndsAt === null) return trialUsed < TRIAL_PAYMENTS ? 'trial' : 'ended';
  if (planEndsAt > at) return 'active';
  return addMs(planEndsAt, graceMs) > at ? 'grace' : 'ended';
}

/**
 * Whether an account may ask for another payment. Open payments are never touched by this.
 * @param openEnds when its open live payments end, soonest first, `TRIAL_OPEN_PAYMENTS_MAX` of them at most, of those that count together; asked for trial accounts only
 */
export async function mayCharge(
  account: BilledAccount,
  time: BillingTime,
  openEnds: () => Promise<readonly Date[]>,
): Promise<Result<void, Refusal>> {
  const state = planState(account, time);
  if (state === 'ended') return refuse(TRIAL_OVER);
  if (state !== 'trial') return ok(undefined);
  const ends = await openEnds();
  const [soonest] = ends;
  if (!soonest || ends.length < TRIAL_OPEN_PAYMENTS_MAX) return ok(undefined);
  const retryAfterSeconds = Math.max(1, Math.ceil((soonest.getTime() - time.at.getTime()) / SECOND_MS)); // rounded up: the retry succeeds
  const message = `A trial account may have ${TRIAL_OPEN_PAYMENTS_MAX} open payments at once — retry in ${retryAfterSeconds} seconds or subscribe`;
  return refuse({ kind: 'rate-limited', code: 'trial_open_payments', message, retryAfterSeconds });
}
