import { sha256, toHex } from '../../src/lib/bytes.ts';

/** The one pair of this provider, as `GET /swap/reverse` shows it (Boltz API v2). Amounts are sats, the percentage is of the invoice. */
export const PAIR = {
  rate: 1,
  limits: { maximal: 25_000_000, minimal: 100 },
  fees: { percentage: 0.25, minerFees: { claim: 20, lockup: 27 } },
} as const;

/** Invoice expiry range in seconds: half of the 1,440-minute swap timeout at most. */
export const INVOICE_EXPIRY = { min: 60, max: 43_200 } as const;

/** Liquid blocks (one a minute) from creation until the lockup can be taken back: one day. */
export const TIMEOUT_DELTA_BLOCKS = 1_440;

/** The percentage as parts per million, so that amounts stay whole numbers: 0.25 % = 2,500 ppm. */
const FEE_PPM = 2_500n;
const PPM = 1_000_000n;
const LOCKUP_FEE_SATS = 27n;

export type SwapAmounts = { readonly invoiceSats: bigint; readonly onchainSats: bigint };

/** Changes with any of the terms; a creation that names another one is refused. */
export function pairHash(): string {
  return toHex(sha256(JSON.stringify({ rate: PAIR.rate, fees: PAIR.fees, limits: PAIR.limits })));
}

/** The percentage fee is rounded up and the lockup fee taken off whole: both in the provider's favour. */
export function amountsFromInvoice(invoiceSats: bigint, extraPpm: bigint): SwapAmounts {
  const percentageFee = (invoiceSats * (FEE_PPM + extraPpm) + PPM - 1n) / PPM;
  return { invoiceSats, onchainSats: invoiceSats - percentageFee - LOCKUP_FEE_SATS };
}

/** The invoice that leaves `onchainSats` on the chain, rounded up in the provider's favour. */
export function amountsFromOnchain(onchainSats: bigint, extraPpm: bigint): SwapAmounts {
  const keptPpm = PPM - FEE_PPM - extraPpm;
  return { invoiceSats: ((onchainSats + LOCKUP_FEE_SATS) * PPM + keptPpm - 1n) / keptPpm, onchainSats };
}
