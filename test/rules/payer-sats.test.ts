import { expect, test } from 'vitest';
import { sats } from '../../src/lib/money.ts';
import { CLAIM_FEE_SATS } from '../../src/liquid/claim-transaction.ts';
import { expectedFeesSats, onchainSatsFloor, paidFeesSats, payerSatsFor } from '../../src/swaps/swap-fees.ts';

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
  expect(() => payerSatsFor(sats(1_000n), pairOf(100, 0))).toThrow('a provider that keeps everything cannot be paid for');
});

test('a fair lockup is the invoice less the percentage, rounded up, and the lockup fee; never below nothing', () => {
  const floor = (invoice: bigint, percentage: number, lockup: number) => onchainSatsFloor(sats(invoice), pairOf(percentage, lockup));
  expect(floor(250_653n, 0.25, 26)).toBe(250_000n); // 626.63 is 627
  expect(floor(100_000n, 0.25, 26)).toBe(99_724n); // 250 to the sat
  expect(floor(100_001n, 0.25, 26)).toBe(99_724n); // 250.0025 is 251
  expect(floor(1_000n, 0, 0)).toBe(1_000n);
  expect([floor(27n, 0, 26), floor(26n, 0, 26), floor(25n, 0, 26)]).toEqual([1n, 0n, 0n]);
});

test('one sat more is granted where the provider’s floating point lifts an exact part over it, and nowhere else', () => {
  expect((1.1 / 100) * 1_000).toBeGreaterThan(11); // as the provider reckons
  expect(onchainSatsFloor(sats(1_000n), pairOf(1.1, 0))).toBe(988n);
  expect((0.7 / 100) * 1_000).toBeLessThan(7);
  expect(onchainSatsFloor(sats(1_000n), pairOf(0.7, 0))).toBe(993n);
  expect((0.1 / 100) * 1_000).toBe(1);
  expect(onchainSatsFloor(sats(1_000n), pairOf(0.1, 0))).toBe(999n);
});

test('of a percentage with more than six decimals only six count', () => {
  expect(onchainSatsFloor(sats(1_000_000_000n), pairOf(0.250_000_4, 0))).toBe(997_500_000n);
});

test('the payer pays not a sat more than it takes, where nothing is lost to rounding', () => {
  const fee = CLAIM_FEE_SATS;
  expect(payerSatsFor(sats(100_000n - 26n - fee), pairOf(0, 26))).toBe(100_000n);
  expect(payerSatsFor(sats(99_724n - fee), pairOf(0.25, 26))).toBe(100_000n);
  expect(payerSatsFor(sats(99_724n - fee + 1n), pairOf(0.25, 26))).toBe(100_002n);
});

test('what is shown as fees is all that lies between the payer and the merchant', () => {
  expect(expectedFeesSats(sats(250_653n), sats(250_000n))).toBe(653n + CLAIM_FEE_SATS);
  expect(paidFeesSats(sats(250_653n), sats(250_000n), sats(46n))).toBe(699n);
  expect(paidFeesSats(sats(1_000n), sats(1_046n), sats(46n))).toBe(0n);
  expect(paidFeesSats(sats(1_000n), sats(2_000n), sats(46n))).toBe(0n);
});
