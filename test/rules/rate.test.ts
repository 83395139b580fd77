import type { SourcePrice } from '../../src/rates/rate.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CURRENCIES } from '../../src/lib/money.ts';
import { parseDecimal, quotientFloor } from '../../src/rates/decimal.ts';
import {
  decideRate,
  isGoodAt,
  RATE_AGE_HARD_MS,
  RATE_AGE_SOFT_MS,
  RATE_UNAVAILABLE,
  rateBounds,
  rateFromPrice,
  rateText,
} from '../../src/rates/rate.ts';
import { parseJsonKeepingDigits } from '../../src/rates/rate-wire.ts';

const AT = new Date('2026-05-15T14:00:00.000Z');
const E4 = 10_000n;

function prices(...euros: number[]): SourcePrice[] {
  return euros.map((euro, index) => ({ name: `source ${index}`, minorPerBtcE4: BigInt(Math.round(euro * 100)) * E4, at: AT }));
}
const decide = (list: readonly SourcePrice[]) => {
  const verdict = decideRate(list, { currency: 'EUR', anchor: null, at: AT });
  return verdict.ok ? rateText(verdict.rate.minorPerBtcE4, 'EUR') : verdict.reason;
};

test('a price text becomes a rate without passing through floating point', () => {
  const rate = (text: string, currency: 'EUR' | 'JPY') => rateFromPrice(parseDecimal(text) ?? { digits: 0n, scale: 0 }, currency);
  expect(rate('80188', 'EUR')).toBe(80188n * 100n * E4);
  expect(rate('80188.12345678901234567890', 'EUR')).toBe(80188123456n);
  expect(rate('9007199254740993', 'EUR')).toBe(9007199254740993n * 100n * E4); // 2^53 + 1
  expect(rate('8.0188e4', 'EUR')).toBe(80188n * 100n * E4);
  expect(rate('14293533.99999', 'JPY')).toBe(142935339999n);
});

test.each([
  '',
  '-1',
  '+1',
  ' 1',
  '1 ',
  'NaN',
  'Infinity',
  '0x10',
  '1_000',
  '1,000',
  '.5',
  '5.',
  '1e',
  '1e999',
  '--1',
  '1.2.3',
  '１２',
  'null',
])('%j is not a price', (text) => {
  expect(parseDecimal(text)).toBeNull();
});

test('decimal text and exact quotients agree with whole-number arithmetic', () => {
  const part = fc.bigInt({ min: 0n, max: 10n ** 18n });
  fc.assert(
    fc.property(
      part,
      fc.integer({ min: 0, max: 12 }),
      fc.bigInt({ min: 1n, max: 10n ** 12n }),
      fc.integer({ min: 0, max: 8 }),
      (digits, scale, divisor, divisorScale) => {
        const written = digits.toString().padStart(scale + 1, '0');
        const text = scale === 0 ? written : `${written.slice(0, -scale)}.${written.slice(-scale)}`;
        expect(parseDecimal(text)).toEqual({ digits, scale });
        const expected = (digits * 10n ** BigInt(divisorScale) * 10n ** 6n) / (divisor * 10n ** BigInt(scale));
        expect(quotientFloor({ digits, scale }, { digits: divisor, scale: divisorScale }, 6)).toBe(expected);
      },
    ),
  );
  expect(quotientFloor({ digits: 1n, scale: 0 }, { digits: 0n, scale: 3 }, 6)).toBeNull();
});

test('numbers in JSON keep the digits that were sent', () => {
  expect(parseJsonKeepingDigits('{"a":80188.10,"b":[9007199254740993],"c":"1","d":null,"e":1E2}')).toEqual({
    a: '80188.10',
    b: ['9007199254740993'],
    c: '1',
    d: null,
    e: '1E2',
  });
});

test('two sources agree up to 2 % and give their mean, cut in the merchant’s favour; beyond that there is no rate', () => {
  expect(decide(prices(80_000, 81_600))).toBe('80800');
  expect(decide(prices(81_600, 80_000))).toBe('80800');
  expect(decide(prices(80_000, 81_600.01))).toBe('sources_disagree');
});

test('of three sources the lone outlier is left out; of four a draw gives no rate', () => {
  expect(decide(prices(80_000, 120_000, 80_200))).toBe('80100');
  expect(decide(prices(80_000, 80_100, 80_200))).toBe('80100');
  expect(decide(prices(80_000, 80_100, 120_000, 120_100))).toBe('sources_disagree');
  expect(decide(prices(80_000, 90_000, 100_000))).toBe('sources_disagree');
});

test('no source, or only such as are old, ahead of time or out of bounds, is no rate', () => {
  const shifted = (ms: number) => prices(80_000, 80_000).map((price) => ({ ...price, at: new Date(AT.getTime() + ms) }));
  expect(decide([])).toBe('no_price');
  expect([decide(shifted(-300_000)), decide(shifted(-300_001))]).toEqual(['80000', 'no_price']);
  expect([decide(shifted(60_000)), decide(shifted(60_001))]).toEqual(['80000', 'no_price']);
  const { least, most } = rateBounds('EUR');
  const flat = (minorPerBtcE4: bigint) => prices(1, 1).map((price) => ({ ...price, minorPerBtcE4 }));
  expect([least - 1n, least, most, most + 1n].map((rate) => decide(flat(rate)) === 'no_price')).toEqual([true, false, false, true]);
});

test('whatever the sources say, the rate lies between two of them that are within 2 % of each other', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 300_000 }), { minLength: 2, maxLength: 6 }), (euros) => {
      const list = prices(...euros);
      const verdict = decideRate(list, { currency: 'EUR', anchor: null, at: AT });
      if (!verdict.ok) return;
      const rate = verdict.rate.minorPerBtcE4;
      const near = list.filter((price) => price.minorPerBtcE4 * 98n <= rate * 100n && rate * 100n <= price.minorPerBtcE4 * 102n);
      expect(near.length * 2).toBeGreaterThan(list.filter((price) => price.minorPerBtcE4 >= rateBounds('EUR').least).length);
    }),
    { numRuns: 2000 },
  );
});

describe('one source alone', () => {
  const anchorAt = (ms: number) =>
    ({ currency: 'EUR', minorPerBtcE4: 80_000n * 100n * E4, sources: [], takenAt: new Date(AT.getTime() - ms) }) as const;
  const alone = (euro: number, ageMs: number | null = 0) =>
    decideRate(prices(euro), { currency: 'EUR', anchor: ageMs === null ? null : anchorAt(ageMs), at: AT });

  test('is believed up to 15 % from the last agreed rate, on either side', () => {
    const believed = [67_999.99, 68_000, 79_000, 80_000, 81_000, 92_000, 92_000.01].map((euro) => alone(euro).ok);
    expect(believed).toEqual([false, true, true, true, true, true, false]);
    expect(alone(92_001)).toEqual({ ok: false, reason: 'lone_source_not_vouched_for' });
  });

  test('vouches for no other: its rate is not an agreed one', () => {
    expect(alone(81_000)).toEqual({
      ok: true,
      agreed: false,
      rate: { currency: 'EUR', minorPerBtcE4: 81_000n * 100n * E4, sources: [{ name: 'source 0', price: '81000', at: AT }], takenAt: AT },
    });
  });

  test('is not believed without an agreed rate of the last day', () => {
    const day = 24 * 3_600_000;
    expect([alone(80_000, null).ok, alone(80_000, day).ok, alone(80_000, day + 1).ok]).toEqual([false, true, false]);
  });
});

test('an agreed rate says of each source that counts what it said, and leaves the outlier out', () => {
  expect(decideRate(prices(80_200, 120_000, 80_000), { currency: 'EUR', anchor: null, at: AT })).toEqual({
    ok: true,
    agreed: true,
    rate: {
      currency: 'EUR',
      minorPerBtcE4: 80_100n * 100n * E4,
      sources: [
        { name: 'source 2', price: '80000', at: AT },
        { name: 'source 0', price: '80200', at: AT },
      ],
      takenAt: AT,
    },
  });
});

test('of two equally large groups the lower one is the rate: the merchant is never short', () => {
  expect(decide(prices(80_000, 81_500, 83_000))).toBe('80750');
});

test('P-19: a rate is good for five minutes from when it was taken, and from the oldest price in it', () => {
  const at = (ms: number) => new Date(AT.getTime() + ms);
  const rate = (takenMs: number, ...sourcesMs: number[]) => ({
    ...{ currency: 'EUR' as const, minorPerBtcE4: 1n, takenAt: at(takenMs) },
    sources: sourcesMs.map((ms) => ({ name: 'one', price: '1', at: at(ms) })),
  });
  expect([isGoodAt(rate(0), at(300_000)), isGoodAt(rate(0), at(300_001))]).toEqual([true, false]);
  expect([isGoodAt(rate(0, 0, -1), at(299_999)), isGoodAt(rate(0, 0, -1), at(300_000))]).toEqual([true, false]);
});

test('P-19: without a rate the answer says so, and to come back when the next look has ended', () => {
  expect(RATE_UNAVAILABLE).toEqual({
    kind: 'unavailable',
    code: 'rate_unavailable',
    message: 'Failed to fetch exchange rate — please retry',
    retryAfterSeconds: 3,
  });
  expect([RATE_AGE_SOFT_MS, RATE_AGE_HARD_MS]).toEqual([60_000, 300_000]);
});

test('a price is possible from 2,000 to 2,000,000 dollars, and about as much in each currency', () => {
  const bounds = CURRENCIES.map((currency) => {
    const { least, most } = rateBounds(currency);
    return [currency, rateText(least, currency), rateText(most, currency)];
  });
  expect(bounds).toEqual([
    ['EUR', '1800', '1800000'],
    ['USD', '2000', '2000000'],
    ['GBP', '1540', '1540000'],
    ['CAD', '2760', '2760000'],
    ['AUD', '3060', '3060000'],
    ['JPY', '300000', '300000000'],
    ['CHF', '1700', '1700000'],
    ['DKK', '13400', '13400000'],
    ['BRL', '11200', '11200000'],
  ]);
});
