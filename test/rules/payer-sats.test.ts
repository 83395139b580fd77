import { expect, test } from 'vitest';
import { sats } from '../../src/lib/money.ts';
import { CLAIM_FEE_SATS } from '../../src/liquid/claim-transaction.ts';
import { onchainSatsFloor, payerSatsFor } from '../../src/swaps/swap-fees.ts';

const pairOf = (percentage: number, lockup: number) =>
  ({ fees: { percentage, minerFees: { claim: 20, lockup } }, limits: { minimal: 1, maximal: 25_000_000 } }) as never; // what the fees are reckoned from

test('P-23: what the payer pays is the least of which the merchant nets what was asked, whatever the fees', () => {
  for (const percentage of [0, 0.1, 0.25, 0.333333, 1, 7.5, 20]) {
    for (const lockup of [0, 27, 1_000]) {
      const pair = pairOf(percentage, lockup);
      for (const net of [1_000n, 1_001n, 9_999n, 62_341n, 1_000_000n, 24_999_999n]) {
        const invoice = payerSatsFor(sats(net), pair);
        const arrives = (amount: bigint) => onchainSatsFloor(sats(amount), pair) - CLAIM_FEE_SATS;
        expect(arrives(invoice)).toBeGreaterThanOrEqual(net);
        expect(arrives(invoice - 2n)).toBeLessThan(net); // one sat of play, for the provider's floating point
      }
    }
  }
});

test('P-23: the merchant is not a sat short where the provider’s floating point rounds an exact part up', () => {
  const short: string[] = [];
  for (const percentage of [0.1, 0.3, 0.7, 1.1]) {
    const pair = pairOf(percentage, 27);
    for (let net = 1_000n; net < 12_000n; net++) {
      if (onchainSatsFloor(payerSatsFor(sats(net), pair), pair) - CLAIM_FEE_SATS < net) short.push(`${net} at ${percentage} %`);
    }
  }
  expect(short).toEqual([]);
});

test('P-23: a provider that keeps everything is refused, not reckoned with', () => {
  expect(() => payerSatsFor(sats(1_000n), pairOf(100, 0))).toThrow(RangeError);
});
