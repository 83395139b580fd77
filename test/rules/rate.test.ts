import type { SourcePrice } from '../../src/rates/rate.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDecimal, quotientFloor } from '../../src/rates/decimal.ts';
import { decideRate, rateBounds, rateFromPrice, rateText } from '../../src/rates/rate.ts';
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
