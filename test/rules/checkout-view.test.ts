import type { CheckoutData, CheckoutFacts, PageRenderer } from '../../web/checkout/contract.ts';
import jsqr from 'jsqr';
import { expect, expectTypeOf, test } from 'vitest';
import { jsonForHtml } from '../../web/checkout/document.ts';
import { effectiveRate, fiatText, groupedSats, lbtcOfSats } from '../../web/checkout/money-text.ts';
import { lightningQrText, qrSvg } from '../../web/checkout/qr.ts';
import { startServerClock } from '../../web/checkout/server-clock.ts';
import { checkoutView, countdownText, factsOf, phaseOf, safeReturnUrl, timeText, withFacts } from '../../web/checkout/view.ts';
import { LANGUAGES, pickLanguage } from '../../web/words/languages.ts';
import { INVOICE, LIQUID, pendingPayment } from '../support/checkout-server.ts';

const AT = new Date('2026-05-15T14:13:00.000Z');
const OPTIONS = { language: 'en', sandbox: false, publicUrl: 'https://avopay.example', keep: '' };
const viewOf = (patch: Partial<CheckoutData> = {}) => checkoutView({ ...pendingPayment(AT), ...patch }, OPTIONS);

test('the server-side bundle is what the server takes it for', () => {
  expectTypeOf<typeof import('../../web/checkout/render.tsx')>().toExtend<PageRenderer>();
  expect(LANGUAGES.length).toBeGreaterThan(0);
});

test.each([
  ['62341', 'en', '62,341'],
  ['1000', 'es', '1.000'],
  ['999', 'de', '999'],
  ['62341', 'fr', '62\u202f341'],
  ['2100000000000000', 'de', '2.100.000.000.000.000'],
])('%s sats are grouped as %s groups', (sats, language, text) => {
  expect(groupedSats(sats, language)).toBe(text);
});

test.each([
  ['49.99', 'EUR', '€49.99'],
  ['5', 'EUR', '€5.00'],
  ['5000', 'JPY', '¥5,000'],
  ['1234.5', 'USD', '$1,234.50'],
  ['99', 'DKK', 'kr\u00a099.00'],
  ['9.99', 'CAD', 'CA$9.99'],
  ['9.99', 'AUD', 'A$9.99'],
  ['9007199254740993.01', 'EUR', '€9,007,199,254,740,993.01'],
])('%s %s reads %s, exact to the last digit', (amount, currency, text) => {
  expect(fiatText(amount, currency, 'en')).toBe(text);
});

test('L-BTC has eight decimals, and the rate is that of the payment itself', () => {
  expect(lbtcOfSats('62341')).toBe('0.00062341');
  expect(lbtcOfSats('150000000')).toBe('1.50000000');
  expect(effectiveRate('49.99', '62341', 'EUR', 'en')).toBe('€80,188');
  expect(effectiveRate('5000', '50000', 'JPY', 'en')).toBe('¥10,000,000');
  expect(effectiveRate('5', '0', 'EUR', 'en')).toBeNull();
});

test('the page of a payment tells nothing but what the payer may see', () => {
  const secrets = { metadata: { order: 'private' }, accountId: 'acc_private', netSats: '1' };
  const view = checkoutView({ ...pendingPayment(AT), ...secrets }, OPTIONS);
  expect(JSON.stringify(view)).not.toMatch(/private|netSats/);
  expect(view.merchantName).toBe('Alba Coffee Roasters');
});

test.each(['DETECTED', 'PAID', 'EXPIRED'] as const)('a payment that is %s carries no code to pay', (status) => {
  const view = viewOf({ status, liquid: LIQUID });
  expect([view.lightning, view.liquid]).toEqual([null, null]);
});

test('a payment whose time is up carries no code to pay, though it is still pending', () => {
  const view = viewOf({ serverTime: pendingPayment(AT).expiresAt });
  expect(view.status).toBe('pending');
  expect(view.lightning).toBeNull();
});

test.each([
  'javascript:alert(1)',
  ' javascript:alert(1)',
  'java\nscript:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  '//shop.example',
  '/x',
  'x',
  '',
  'file:///etc/passwd',
])('the return address %j is no link', (url) => {
  expect(safeReturnUrl(url)).toBeNull();
});

test('an http return address keeps its query and fragment', () => {
  expect(safeReturnUrl('https://shop.example/a?b=1&payment_id=x&status=paid#c')).toBe(
    'https://shop.example/a?b=1&payment_id=x&status=paid#c',
  );
});

test.each(['lnbc1"><script>', 'lnbc1 x', 'javascript:1', ''])('the invoice %j is not shown', (invoice) => {
  expect(viewOf({ lightning: { invoice, uri: 'x', expiresAt: '' } }).lightning).toBeNull();
});

test.each(['javascript:alert(1)', 'liquidnetwork:x"y', 'bitcoin:abc?amount=1', 'liquidnetwork:abc?amount=1 2'])(
  'the Liquid URI %j is not shown',
  (uri) => {
    expect(viewOf({ liquid: { ...LIQUID, uri } }).liquid).toBeNull();
  },
);

test('JSON in the page cannot end its script element', () => {
  const value = { title: '</script><script>alert(1)</script><!-- \u2028\u2029' };
  const text = jsonForHtml(value);
  expect(text).not.toMatch(/[<\u2028\u2029]/);
  expect(JSON.parse(text)).toEqual(value);
});

const facts = (patch: Partial<CheckoutFacts>): CheckoutFacts => ({
  status: 'pending',
  redirectUrl: null,
  serverTimeMs: null,
  expiresAtMs: null,
  paidAtMs: null,
  exception: null,
  receivedSats: null,
  ...patch,
});

const ORDER = ['pending', 'detected', 'expired', 'paid'] as const;
test.each(ORDER.flatMap((from) => ORDER.map((to) => [from, to] as const)))('a page that is %s and hears %s never goes back', (from, to) => {
  const view = { ...viewOf(), status: from };
  const expected = ORDER.indexOf(to) > ORDER.indexOf(from) ? to : from;
  expect(withFacts(view, facts({ status: to })).status).toBe(expected);
});

test('facts that say nothing new leave the page as it is', () => {
  const view = viewOf();
  expect(withFacts(view, facts({ expiresAtMs: view.expiresAtMs }))).toBe(view);
});

test.each([null, 'x', 7, {}, { status: 'PAYED' }, { status: null }, []])('the answer %j is not taken for a status', (answer) => {
  expect(factsOf(answer)).toBeNull();
});

test('a status is understood in the words of either transport, its return address checked again', () => {
  const answer = { status: 'PAID', redirectUrl: 'javascript:alert(1)', serverTime: AT.toISOString(), paidAt: 'nonsense' };
  expect(factsOf(answer)).toEqual(facts({ status: 'paid', serverTimeMs: AT.getTime() }));
  expect(factsOf({ status: 'detected' })?.status).toBe('detected');
});

test('the browser alone never says that a payment expired', () => {
  expect(phaseOf('pending', 1)).toBe('pending');
  expect(phaseOf('pending', 0)).toBe('checking');
  expect(phaseOf('detected', 0)).toBe('detected');
});

test('the timer reads 0:00 only when no time is left', () => {
  expect([600_000, 599_001, 61_000, 1, 0, -5].map(countdownText)).toEqual(['10:00', '10:00', '1:01', '0:01', '0:00', '0:00']);
  expect(timeText(AT.getTime(), 'en')).toBe('15 May 2026, 14:13 UTC');
  expect(timeText(AT.getTime(), 'de')).toBe('15. Mai 2026, 14:13 UTC');
});

test('the page follows the clock of the server, whatever the clock of the device', () => {
  let monotonic = 1_000;
  const clock = startServerClock(AT.getTime(), 400, () => monotonic);
  expect(clock.nowMs()).toBe(AT.getTime() + 600);
  monotonic = 5_000;
  clock.sync(AT.getTime() + 60_000);
  monotonic = 6_000;
  expect(clock.nowMs()).toBe(AT.getTime() + 61_000);
});

test.each([lightningQrText(INVOICE), LIQUID.uri])('the code of %s reads back the same, with four empty modules around it', (text) => {
  const { pixels, size } = rasterise(qrSvg(text), 4);
  expect(jsqr.default(pixels, size, size)?.data).toBe(text);
  expect(qrSvg(text)).not.toContain('style');
  expect(topDarkRow(pixels, size)).toBe(4 * 4);
});

test('the language is the first that the browser asks for and the page has', () => {
  expect(pickLanguage('sv, de-AT;q=0.9, en-GB;q=0.8').code).toBe('de');
  expect(pickLanguage('en;q=0.5, pt-PT').code).toBe('pt-BR');
  expect(pickLanguage('iw-IL').code).toBe('he');
  expect(pickLanguage('').code).toBe('en');
  expect(pickLanguage('en;q=0, xx').code).toBe(LANGUAGES[0].code);
});

/** Draws the runs of an SVG code, each module `scale` pixels wide. */
function rasterise(svg: string, scale: number): { readonly pixels: Uint8ClampedArray; readonly size: number } {
  const modules = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1]);
  const size = modules * scale;
  const pixels = new Uint8ClampedArray(size * size * 4).fill(255);
  for (const [, x, y, width] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let row = Number(y) * scale; row < (Number(y) + 1) * scale; row++) {
      const start = (row * size + Number(x) * scale) * 4;
      for (let at = start; at < start + Number(width) * scale * 4; at += 4) pixels.fill(0, at, at + 3);
    }
  }
  return { pixels, size };
}

function topDarkRow(pixels: Uint8ClampedArray, size: number): number {
  return Math.floor(pixels.indexOf(0) / 4 / size);
}
