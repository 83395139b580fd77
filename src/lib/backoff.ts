/**
 * Delay before try number `attempt` (0-based): `baseMs` doubled each time up to `capMs`, then spread downward by up to half,
 * so that many clients do not come back together. `chance` is in [0, 1).
 */
export function backoffMs(attempt: number, baseMs: number, capMs: number, chance: number): number {
  const full = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
  return Math.round(full * (1 - chance / 2));
}
