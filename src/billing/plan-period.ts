import type { Sats } from '../lib/money.ts';
import type { Plan } from './plan.ts';

/** TABLE: a period is asked for, then paid or never. */
export const PERIOD_STATUSES = ['open', 'paid', 'expired'] as const;
export type PeriodStatus = (typeof PERIOD_STATUSES)[number];

export type NewPeriod = Readonly<{
  id: string;
  accountId: string;
  plan: Plan;
  usdMinor: bigint;
  sats: Sats;
  /** The rate that made the price. */
  quoteId: string;
  /** What pays for it: one period each. */
  swapId: string;
  createdAt: Date;
}>;

/** A stretch of time that an account pays for. Only a paid one has a beginning and an end. */
export type PlanPeriod = NewPeriod &
  Readonly<{ version: number }> &
  (Readonly<{ status: 'open' | 'expired' }> | Readonly<{ status: 'paid'; startsAt: Date; endsAt: Date }>);
