import type { LinkId } from '../../src/lib/ids.ts';
import type { Currency } from '../../src/lib/money.ts';
import type { PaymentLink } from '../../src/links/link.ts';
import type { PayLinkDeps } from '../../src/links/pay-link.ts';
import type { PaymentOrder } from '../../src/payments/create-payment.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CURRENCIES } from '../../src/lib/money.ts';
import { ok } from '../../src/lib/result.ts';
import { embedHtml } from '../../src/links/link.ts';
import { parseLinkChanges } from '../../src/links/link-input.ts';
import { leastFiat, satsAt } from '../../src/links/link-price.ts';
import { payLink } from '../../src/links/pay-link.ts';
import { readTypedAmount } from '../../src/links/typed-amount.ts';

const AT = new Date('2026-05-15T14:08:00.000Z');
const LINK: PaymentLink = {
  id: 'lnk_00000000000000000000000000' as LinkId,
  accountId: 'acc_1',
  mode: 'live',
  title: 'Coffee',
  description: null,
  currency: 'EUR',
  fiatMinor: 500n,
  redirectUrl: null,
  status: 'active',
  version: 4,
  createdAt: AT,
};

describe('an amount as people write it', () => {
  test.each<[string, Currency, string | null]>([
    ['4,50', 'EUR', '4.50'],
    ['4.50', 'EUR', '4.50'],
    [' €4.5 ', 'EUR', '4.5'],
    ['4,50 EUR', 'EUR', '4.50'],
    ['kr. 40', 'DKK', '40'],
    ['R$ 10,00', 'BRL', '10.00'],
    ['1.234,50', 'EUR', '1234.50'],
    ['1,234.50', 'EUR', '1234.50'],
    ["1'234.50", 'CHF', '1234.50'],
    ['1 234,50', 'EUR', '1234.50'],
    ['1,234,567', 'EUR', '1234567'],
    [',50', 'EUR', '0.50'],
    ['５００', 'JPY', '500'],
    ['5,000', 'JPY', '5000'],
    ['¥5.000', 'JPY', '5000'],
    ['1,234', 'EUR', null],
    ['1.234', 'EUR', null],
    ['1.234,567', 'EUR', null],
    ['1,23,45', 'EUR', null],
    ['4,50,', 'EUR', null],
    ['-4', 'EUR', null],
    ['1e5', 'EUR', null],
    ['five', 'EUR', null],
    ['', 'EUR', null],
    ['0x10', 'EUR', null],
  ])('%s in %s is read as %s', (typed, currency, amount) => {
    expect(readTypedAmount(typed, currency)).toBe(amount);
  });

  test('whatever is typed becomes a clean decimal or nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."0123456789.,  €$-+eE'"), maxLength: 20 }), (typed) => {
        expect(readTypedAmount(typed, 'EUR') ?? '0').toMatch(/^\d+(?:\.\d+)?$/);
      }),
      { numRuns: 5_000 },
    );
  });
});

test('the smallest amount of a currency buys the least sats, and one unit less does not', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...CURRENCIES),
      fc.bigInt({ min: 1n, max: 10n ** 14n }),
      fc.bigInt({ min: 1n, max: 10n ** 6n }),
      (currency, minorPerBtcE4, least) => {
        const rate = { currency, minorPerBtcE4 };
        const { minor } = leastFiat(rate, least);
        expect(satsAt(rate, { minor, currency })).toBeGreaterThanOrEqual(least);
        if (minor > 1n) expect(satsAt(rate, { minor: minor - 1n, currency })).toBeLessThan(least);
      },
    ),
    { numRuns: 5_000 },
  );
});

test('of 2,000 made-up bodies none changes what a fixed link costs', async () => {
  const anything = fc.oneof(
    fc.anything(),
    fc.double(),
    fc.constantFrom(-1, 0, 1e308, 1e-6, Number.NaN, '0.01', '4,50', null, undefined, ''),
  );
  const orders: Omit<PaymentOrder, 'paymentId' | 'isFresh'>[] = [];
  await fc.assert(
    fc.asyncProperty(anything, fc.oneof(fc.anything(), fc.constantFrom(...CURRENCIES, 'XXX')), async (amount, currency) => {
      expect((await payLink(depsFor(LINK, orders), { ...ASKED, amount, currency })).ok).toBe(true);
      expect(orders.pop()).toMatchObject({ source: 'link', linkId: LINK.id, draft: { fiat: { minor: 500n, currency: 'EUR' } } });
    }),
    { numRuns: 2_000 },
  );
});

const ASKED = { id: LINK.id, amount: null, currency: null, visitor: null, idempotencyKey: null, requestId: 'req_1' };

function depsFor(link: PaymentLink, orders: Omit<PaymentOrder, 'paymentId' | 'isFresh'>[]): PayLinkDeps {
  return {
    now: () => AT,
    hash: () => new Uint8Array(32),
    readPublicLink: async () => ({ link, merchant: { name: 'Alba', brandColour: null, logoHash: null } }),
    findOpenVisit: async () => null,
    findLatestVisit: async () => null,
    findOpenSessionEnds: async () => [],
    order: async (request) => {
      orders.push(request);
      return ok({ payment: { id: 'pmt_1' as never, expiresAt: AT }, replayed: false });
    },
    wait: async () => {},
  };
}

test('a click between whose two looks another click commits its payment leads to that one', async () => {
  const orders: Omit<PaymentOrder, 'paymentId' | 'isFresh'>[] = [];
  const theirs = { id: 'pmt_2' as never, expiresAt: AT };
  let looks = 0; // the other's commit comes after the first
  const deps = {
    ...depsFor(LINK, orders),
    findOpenVisit: async () => (looks++ > 0 ? theirs : null),
    findLatestVisit: async () => (looks++ > 0 ? theirs.id : null),
  };
  expect(await payLink(deps, { ...ASKED, visitor: 'v'.repeat(20) })).toEqual(ok({ payment: theirs, replayed: true }));
  expect(orders).toEqual([]);
});

test.each(['short', 'x'.repeat(129), 'sixteen chars !!', '<script>alert(1)</script>'])('the visitor %s is refused', async (visitor) => {
  const paid = await payLink(depsFor(LINK, []), { ...ASKED, visitor });
  expect(paid).toMatchObject({ ok: false, error: { code: 'invalid_visitor' } });
});

test('a change that says nothing new is the same link, and a real one is its next version', () => {
  const rules = { allowHttp: false };
  const same = parseLinkChanges(LINK, { title: ' Coffee ', description: '', status: 'ACTIVE', amount: '5.00', currency: 'eur' }, rules);
  expect(same.ok && same.value).toBe(LINK);
  const next = parseLinkChanges(LINK, { title: 'Tea' }, rules);
  expect(next.ok && next.value).toMatchObject({ title: 'Tea', version: 5, fiatMinor: 500n });
});

test('L-19: the button to embed is the documented one, to the byte', () => {
  expect(embedHtml('https://avopay.dev/pay/lnk_abc')).toBe(
    '<a href="https://avopay.dev/pay/lnk_abc" style="display:inline-block;background:#E65C00;color:#fff; padding:10px 22px;border-radius:8px;text-decoration:none; font-family:sans-serif;font-weight:600;"> Pay with Bitcoin </a>',
  );
});
