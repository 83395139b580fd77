import { describe, expect, test } from 'vitest';
import { CURRENCIES, SATS_MAX, satsForFiatCeil } from '../../src/lib/money.ts';
import { FIAT_MINOR_MAX, parseCurrency, parseFiat, parsePaymentInput } from '../../src/payments/payment-input.ts';
import { rateBounds } from '../../src/rates/rate.ts';

const STRICT = { allowHttp: false };
const asked = (more: object) =>
  parsePaymentInput({ amount: 49.99, currency: 'EUR', redirectUrl: null, metadataText: null, ...more }, STRICT);
const message = (result: ReturnType<typeof asked>) => (result.ok ? 'accepted' : result.error.message);

describe('amounts', () => {
  test.each([
    [49.99, 'EUR', 4999n],
    [5, 'EUR', 500n],
    ['49.99', 'EUR', 4999n],
    ['5', 'USD', 500n],
    [49.989999999999995, 'EUR', 4999n],
    [0.1 + 0.2, 'GBP', 30n],
    [5000, 'JPY', 5000n],
    ['007.50', 'CHF', 750n],
    [1e12, 'JPY', 1_000_000_000_000n],
  ] as const)('%s %s is %s minor units', (amount, currency, minor) => {
    expect(parseFiat(amount, currency)).toEqual({ ok: true, value: { minor, currency } });
  });

  test('the largest amount of every currency has its sats, at the lowest rate that is believed', () => {
    for (const currency of CURRENCIES) {
      const dearest = satsForFiatCeil(FIAT_MINOR_MAX, rateBounds(currency).least);
      expect(dearest <= SATS_MAX, currency).toBe(true);
    }
  });

  test.each([
    0,
    -1,
    '-5',
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '1e3',
    '1,50',
    ' 5',
    '5 ',
    '0x10',
    true,
    [],
    {},
    1e11,
    1e21,
    '9'.repeat(17),
    '0.00',
  ])('%s is not an amount', (amount) => {
    expect(parseFiat(amount, 'EUR')).toMatchObject({ ok: false, error: { kind: 'invalid', message: 'amount must be a positive number' } });
  });

  test.each([
    [49.999, 'EUR'],
    ['0.001', 'USD'],
    [0.5, 'JPY'],
    [1e-7, 'EUR'],
  ] as const)('%s has too many decimals for %s', (amount, currency) => {
    expect(parseFiat(amount, currency)).toMatchObject({ ok: false, error: { message: `too many decimal places for ${currency}` } });
  });
});

describe('the documented texts', () => {
  test.each([{ amount: undefined }, { currency: undefined }, { amount: null }, { currency: null }, { amount: '' }])(
    '%o misses a required field',
    (more) => {
      expect(message(asked(more))).toBe('amount and currency are required');
    },
  );

  test('P-7: currencies are taken in any case, and only the nine', () => {
    expect(parseCurrency('eur')).toEqual({ ok: true, value: 'EUR' });
    expect(parseCurrency('SEK')).toMatchObject({
      ok: false,
      error: { message: 'currency must be one of EUR, USD, GBP, CAD, AUD, JPY, CHF, DKK, BRL' },
    });
    expect(parseCurrency(7)).toMatchObject({ ok: false });
  });

  test('P-11: metadata of 2048 bytes passes, one byte more does not', () => {
    const fits = JSON.stringify({ note: 'é'.repeat(1_018) });
    expect(Buffer.byteLength(fits)).toBe(2_047);
    expect(message(asked({ metadataText: fits }))).toBe('accepted');
    expect(message(asked({ metadataText: `${fits.slice(0, -2)}xy"}` }))).toBe('metadata must be 2KB or less');
  });

  test.each(['[1]', '"text"', '7', 'true'])('metadata %s is not an object', (metadataText) => {
    expect(message(asked({ metadataText }))).toBe('metadata must be an object');
  });

  test('P-11: absent metadata reads as an empty object', () => {
    expect(asked({})).toMatchObject({ ok: true, value: { metadataText: '{}' } });
  });
});

describe('redirect addresses', () => {
  test.each(['https://shop.example/done?a=1#top', 'http://localhost:3000/x', 'http://127.0.0.1/x'])('%s is accepted', (redirectUrl) => {
    expect(message(asked({ redirectUrl }))).toBe('accepted');
  });

  test.each([
    'http://shop.example/',
    'javascript:alert(1)',
    'data:text/html,x',
    '//shop.example',
    '/relative',
    'https://user:pass@shop.example/',
    'ftp://shop.example/',
    `https://shop.example/${'x'.repeat(2_048)}`,
    'java\nscript:alert(1)',
    42,
  ])('%s is refused', (redirectUrl) => {
    expect(asked({ redirectUrl })).toMatchObject({ ok: false, error: { code: 'invalid_redirect_url', field: 'redirectUrl' } });
  });
});
