import type { RequestHandler } from 'express';
import type { FaultSource } from './faults.ts';
import { HOUR_MS, SECOND_MS, addMs, pause } from '../../src/lib/time.ts';

/** Longer than a caller who prices a payment can wait. */
const SLOW_MS = 8 * SECOND_MS;
const TIMES = 100;

/** Before a price source answers: it is down, or takes its time. `isFirst`: the source that `first_down` means. */
export function rateFault(faults: FaultSource, isFirst: boolean): RequestHandler {
  return async (_request, response, next) => {
    const { rates } = faults.current();
    if (rates === 'all_down' || (rates === 'first_down' && isFirst)) return void response.status(503).json({ error: 'unavailable' });
    if (rates === 'slow') await pause(SLOW_MS);
    next();
  };
}

/** A price as the source tells it now; the text `NaN` where it has lost its number. */
export function toldPrice(faults: FaultSource, price: number): number | 'NaN' {
  const { rates } = faults.current();
  if (rates === 'nan') return 'NaN';
  if (rates === 'zero') return 0;
  return rates === 'times_100' ? price * TIMES : price;
}

/** The stamp on its prices. */
export function toldTime(faults: FaultSource, at: Date): Date {
  return faults.current().rates === 'stale' ? addMs(at, -HOUR_MS) : at;
}
