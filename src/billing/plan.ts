import type { Fiat } from '../lib/money.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import { ok, refuse } from '../lib/result.ts';
import { DAY_MS } from '../lib/time.ts';

/** TABLE: what can be subscribed to, as the database and the documented replies name it (conformance R-3). */
export const PLANS = ['lightning_monthly', 'lightning_yearly'] as const;
export type Plan = (typeof PLANS)[number];

/** TABLE: the documented prices in US cents: $9 a month, $72 a year (conformance R-4). Paid in sats at the rate of the moment. */
const PRICES: { readonly [Name in Plan]: bigint } = { lightning_monthly: 900n, lightning_yearly: 7_200n };
/** TABLE: calendar months that a plan lasts. */
const MONTHS: { readonly [Name in Plan]: number } = { lightning_monthly: 1, lightning_yearly: 12 };

export const UNKNOWN_PLAN: Refusal = { kind: 'invalid', code: 'unknown_plan', message: 'plan must be monthly or yearly', field: 'plan' };

export function planPrice(plan: Plan): Fiat {
  return { minor: PRICES[plan], currency: 'USD' };
}

/** `monthly` or `yearly`, as callers write it. */
export function parsePlan(text: unknown): Result<Plan, Refusal> {
  const plan = PLANS.find((name) => name === `lightning_${text}`);
  return plan ? ok(plan) : refuse(UNKNOWN_PLAN);
}

/** What a payer's wallet shows. */
export function planText(plan: Plan): string {
  return plan === 'lightning_monthly' ? 'AvoPay plan, one month' : 'AvoPay plan, one year';
}

/**
 * When a period ends that starts at `startsAt`: the same day and time of day, UTC, one calendar month or one year later (conformance R-13).
 * A day that the month does not have becomes its last: 31 January ends on 28 or 29 February, 29 February a year later on 28 February.
 * @param began when the first of the periods began that follow one another without a gap: its day is kept, so that after a short month 31 is 31 again
 */
export function planEnd(startsAt: Date, plan: Plan, began: Date = startsAt): Date {
  const year = startsAt.getUTCFullYear();
  const month = startsAt.getUTCMonth() + MONTHS[plan];
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const midnightMs = Date.UTC(year, month, Math.min(dayKept(startsAt, began), lastDay));
  return new Date(midnightMs + (startsAt.getTime() % DAY_MS)); // times after 1970 only: the remainder is the time of day
}

/** The day of the month that these periods began on. One that began on another time of day, or was set by hand, is no anchor. */
function dayKept(startsAt: Date, began: Date): number {
  const isSameRhythm = began.getTime() % DAY_MS === startsAt.getTime() % DAY_MS && began <= startsAt;
  return isSameRhythm ? began.getUTCDate() : startsAt.getUTCDate();
}
