import { addMs, MINUTE_MS, SECOND_MS } from '../lib/time.ts';

/** TABLE: the documented four attempts; each waits so long after the failure before it (conformance W-8). */
export const WAITS_MS = [0, 60 * SECOND_MS, 5 * MINUTE_MS, 15 * MINUTE_MS] as const;
export const ATTEMPTS_MAX = WAITS_MS.length;

/** How often an event of this type is tried. A test event is sent once: its sender looks at the answer (conformance W-13). */
export function attemptsMax(eventType: string): number {
  return eventType === 'payment.test' ? 1 : ATTEMPTS_MAX;
}
/** Spreads the retries of many events that failed together; only ever later, never earlier than documented. */
const JITTER_PERCENT = 10;

/**
 * When to try again after attempt number `attempt` (from 1) failed at `failedAt`; null after the last.
 * @param chance in [0, 1)
 */
export function nextAttemptAt(attempt: number, failedAt: Date, chance: number): Date | null {
  const waitMs = WAITS_MS[attempt];
  if (waitMs === undefined) return null;
  return addMs(failedAt, waitMs + Math.floor((waitMs * JITTER_PERCENT * chance) / 100));
}
