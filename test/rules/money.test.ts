import type { Currency } from '../../src/lib/money.ts';
import { describe, expect, test } from 'vitest';
import { CURRENCIES, fiatText, fiatTextFull, lbtcText, SATS_MAX, sats, satsForFiatCeil } from '../../src/lib/money.ts';
import { decimalText, parseDecimal } from '../../src/rates/decimal.ts';

const E4 = 10_000n;
/** At this rate one minor unit is one sat. */
const SATS_PER_UNIT = 100_000_000n * E4;

test('an amount of sats is neither negative nor more than there will ever be', () => {
  expect([sats(0n), sats(SATS_MAX)]).toEqual([0n, 2_100_000_000_000_000n]);
  for (const impossible of [-1n, SATS_MAX + 1n]) expect(() => sats(impossible)).toThrow(`not an amount of sats: ${impossible}`);
});

describe('a fiat amount prints', () => {
  test.each<[bigint, Currency, string, string]>([
    [4999n, 'EUR', '49.99', '49.99'],
    [4990n, 'EUR', '49.9', '49.90'],
    [500n, 'USD', '5', '5.00'],
    [10_050n, 'USD', '100.5', '100.50'],
    [10_000n, 'BRL', '100', '100.00'],
    [5n, 'GBP', '0.05', '0.05'],
    [50n, 'GBP', '0.5', '0.50'],
    [1_000_001n, 'CHF', '10000.01', '10000.01'],
    [0n, 'EUR', '0', '0.00'],
    [5000n, 'JPY', '5000', '5000'],
    [0n, 'JPY', '0', '0'],
  ])('%i of %s as %s, in full as %s', (minor, currency, short, full) => {
    expect([fiatText({ minor, currency }), fiatTextFull({ minor, currency })]).toEqual([short, full]);
  });

  test('with the minor unit of its currency: none for the yen, two digits for the other eight', () => {
    const printed = CURRENCIES.map((currency) => [currency, fiatTextFull({ minor: 123n, currency })]);
    expect(Object.fromEntries(printed)).toEqual({
      ...{ EUR: '1.23', USD: '1.23', GBP: '1.23', CAD: '1.23', AUD: '1.23', CHF: '1.23', DKK: '1.23', BRL: '1.23' },
      JPY: '123',
    });
  });
});

test('sats print as L-BTC with eight decimals', () => {
  expect([0n, 1n, 62_341n, 100_000_000n, SATS_MAX].map((amount) => lbtcText(sats(amount)))).toEqual([
    ...['0.00000000', '0.00000001', '0.00062341', '1.00000000', '21000000.00000000'],
  ]);
});

describe('a fiat amount in sats', () => {
  test('is exact where it divides, and one sat more for the least remainder', () => {
    expect(satsForFiatCeil(100n, 100n * E4)).toBe(100_000_000n); // one unit, at one unit a bitcoin
    expect(satsForFiatCeil(4_999n, 8_018_812n * E4)).toBe(62_341n);
    expect(satsForFiatCeil(1n, SATS_PER_UNIT)).toBe(1n);
    expect(satsForFiatCeil(1n, SATS_PER_UNIT - 1n)).toBe(2n);
    expect(satsForFiatCeil(1n, SATS_PER_UNIT + 1n)).toBe(1n);
    expect(satsForFiatCeil(0n, 1n)).toBe(0n);
  });

  test('is never reckoned with a rate that is not positive', () => {
    for (const rate of [0n, -1n]) expect(() => satsForFiatCeil(1n, rate)).toThrow('a rate must be positive');
  });
});
describe('a decimal number', () => {
  test.each([
    ['5', 5n, 0],
    ['80188.10', 8_018_810n, 2],
    ['1e2', 100n, 0],
    ['1.5E+1', 15n, 0],
    ['1.25e1', 125n, 1],
    ['12e-3', 12n, 3],
    ['1e60', 10n ** 60n, 0],
    ['1e-60', 1n, 60],
    ['3e0', 3n, 0],
    ['3E007', 30_000_000n, 0],
  ])('%s is read to the last digit', (text, digits, scale) => {
    expect(parseDecimal(text)).toEqual({ digits, scale });
  });

  test.each(['1e61', '1e-61', '1e 5', '1e5x', 'x1e5', '1ee5', `${'1'.repeat(31)}`, `1.${'1'.repeat(61)}`, '1e1000'])(
    '%s is none',
    (text) => {
      expect(parseDecimal(text)).toBeNull();
    },
  );

  test.each([
    [8_018_810n, 2, '80188.1'],
    [8_018_800n, 2, '80188'],
    [1_020n, 3, '1.02'],
    [5n, 6, '0.000005'],
    [0n, 6, '0'],
    [100_200n, 4, '10.02'],
    [7n, 0, '7'],
    [700n, 0, '700'],
  ])('%i over 10^%i prints as %s', (scaled, places, text) => {
    expect(decimalText(scaled, places)).toBe(text);
  });
});
