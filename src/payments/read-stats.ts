import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Clock } from '../lib/time.ts';
import type { PaymentStats, StatsQuery } from './payment-stats-store.ts';
import { ok, refuse } from '../lib/result.ts';

/** A year and a day: the same day of last year is in the picture. */
export const STATS_DAYS_MAX = 366;

export type ReadStatsDeps = { readonly now: Clock; readonly read: (query: StatsQuery) => Promise<readonly PaymentStats[]> };

/** What an account's payments came to, per currency. */
export async function readStats(deps: ReadStatsDeps, asked: Omit<StatsQuery, 'at'>): Promise<Result<readonly PaymentStats[], Refusal>> {
  if (asked.days < 1 || asked.days > STATS_DAYS_MAX)
    return refuse({ kind: 'invalid', code: 'invalid_days', message: `days must be 1 to ${STATS_DAYS_MAX}`, field: 'days' });
  return ok(await deps.read({ ...asked, at: deps.now() }));
}
