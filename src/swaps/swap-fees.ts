import type { Sats } from '../lib/money.ts';
import type { ProviderPair } from './provider-wire.ts';
import { sats } from '../lib/money.ts';
import { CLAIM_FEE_SATS } from '../liquid/claim-transaction.ts';

/** The percentage has at most six decimals: 0.25 is 250_000 millionths of a percent. */
const MILLIONTHS = 1_000_000;
const HUNDRED_PERCENT = 100_000_000n;

/**
 * The least that a fair provider locks up for this invoice: invoice - ceil(percentage) - lockup fee, never below zero.
 * The percentage is rounded up, in the provider's favour, as its own formula does.
 */
export function onchainSatsFloor(invoiceSats: Sats, pair: ProviderPair): bigint {
  const onchain = invoiceSats - percentFeeCeil(invoiceSats, pair.fees.percentage) - BigInt(pair.fees.minerFees.lockup);
  return onchain > 0n ? onchain : 0n;
}

/** All that stands between the payer's sats and the merchant's: the provider's part, its lockup fee, our claim's fee. */
export function expectedFeesSats(invoiceSats: Sats, onchainSats: Sats): Sats {
  return sats(invoiceSats - onchainSats + CLAIM_FEE_SATS);
}

/** What was really lost on the way, from the lockup as it stands on the chain. A lockup above the invoice costs nothing. */
export function paidFeesSats(invoiceSats: Sats, lockupSats: Sats, claimFeeSats: Sats): Sats {
  const fees = invoiceSats - lockupSats + claimFeeSats;
  return sats(fees > 0n ? fees : 0n);
}

/** The smallest invoice of which at least `netSats` arrive with the merchant, after percentage, lockup fee and our claim's fee: rounded up, so that the merchant is never short. */
export function payerSatsFor(netSats: Sats, pair: ProviderPair): Sats {
  const wanted = netSats + CLAIM_FEE_SATS;
  const millionths = BigInt(Math.round(pair.fees.percentage * MILLIONTHS));
  if (millionths >= HUNDRED_PERCENT) throw new RangeError('a provider that keeps everything cannot be paid for');
  const share = HUNDRED_PERCENT - millionths;
  // Rounded up. The provider rounds its part up as well, which costs one more sat now and then, and one for its floating point.
  let invoice = ((wanted + BigInt(pair.fees.minerFees.lockup)) * HUNDRED_PERCENT + share - 1n) / share;
  while (onchainSatsFloor(sats(invoice), pair) < wanted) invoice += 1n;
  return sats(invoice);
}

/**
 * ceil(invoice x percentage / 100). The provider computes it in floating point, whose noise can lift an exact product over the next sat;
 * that one sat is granted only where the very same arithmetic gives it.
 */
function percentFeeCeil(invoiceSats: Sats, percentage: number): bigint {
  const millionths = BigInt(Math.round(percentage * MILLIONTHS));
  const exact = (invoiceSats * millionths + HUNDRED_PERCENT - 1n) / HUNDRED_PERCENT; // rounded up
  const floating = BigInt(Math.ceil((percentage / 100) * Number(invoiceSats)));
  return floating === exact + 1n ? floating : exact;
}
