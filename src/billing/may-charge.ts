import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import { ok, refuse } from '../lib/result.ts';

/** Paid live payments that are free for an account without a plan. */
export const TRIAL_PAYMENTS = 5;

export const TRIAL_OVER: Refusal = {
  kind: 'payment-required',
  code: 'trial_limit_reached',
  message: 'trial_limit_reached: subscribe at avopay.dev',
};

/** Whether an account may ask for another payment: a running plan, or trial payments left. Open payments are never touched by this. */
export function mayCharge(account: { trialUsed: number; planEndsAt: Date | null }, at: Date): Result<void, Refusal> {
  if (account.planEndsAt && account.planEndsAt > at) return ok(undefined);
  return account.trialUsed < TRIAL_PAYMENTS ? ok(undefined) : refuse(TRIAL_OVER);
}
