import type { Sats } from '../lib/money.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import { ok, refuse } from '../lib/result.ts';

/** The documented policy floor; a provider's own floor may lie above it. */
export const PAYMENT_SATS_MIN = 1_000n;

export function fitsLimits(amountSats: Sats, terms: { minimumSats: Sats; maximumSats: Sats }): Result<void, Refusal> {
  if (amountSats < terms.minimumSats) return refuse(tooSmall(terms.minimumSats));
  if (amountSats > terms.maximumSats) {
    const message = `Amount too large — maximum is ${terms.maximumSats} sats equivalent`;
    return refuse({ kind: 'invalid', code: 'amount_too_large', message, field: 'amount' });
  }
  return ok(undefined);
}

export function tooSmall(least: bigint): Refusal {
  const message = `Amount too small — minimum is ${least} sats equivalent`;
  return { kind: 'invalid', code: 'amount_too_small', message, field: 'amount' };
}
