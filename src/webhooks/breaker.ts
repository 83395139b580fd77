import { addMs, MINUTE_MS } from '../lib/time.ts';

/**
 * So many different events must wait for another try at one endpoint before it is left alone for a while. One event that fails, or a few, keep
 * the documented schedule to the second (conformance W-8).
 */
export const BREAKER_EVENTS = 5;
/** The first pause is as long as the first documented wait, the longest as the last one: an endpoint that is back is found within that time. */
const OPEN_LEAST_MS = MINUTE_MS;
const OPEN_MOST_MS = 15 * MINUTE_MS;
/** The pause is a quarter of how long the endpoint has been failing: a short outage costs little, a long one few attempts. */
const OPEN_SHARE = 4;

/** Until when a failing endpoint is sent nothing. After that one delivery at a time tries it, until one gets through. */
export function breakerOpenUntil(failingSince: Date, failedAt: Date): Date {
  const failingMs = Math.max(0, failedAt.getTime() - failingSince.getTime());
  return addMs(failedAt, Math.min(OPEN_MOST_MS, Math.max(OPEN_LEAST_MS, Math.floor(failingMs / OPEN_SHARE))));
}
