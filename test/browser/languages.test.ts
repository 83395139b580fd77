import type { CheckoutServer } from '../support/checkout-server.ts';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { LANGUAGES } from '../../web/words/languages.ts';
import { LINK_ID, LIQUID, OPEN_LINK, PAYMENT_ID, paidPatch, pendingPayment, startCheckoutServer } from '../support/checkout-server.ts';

let server: CheckoutServer;
beforeAll(async () => {
  server = await startCheckoutServer();
});
beforeEach(() => {
  server.changeLink(OPEN_LINK, { paymentId: PAYMENT_ID });
  server.change({ ...pendingPayment(server.now()), liquid: LIQUID, liquidState: 'OFFERED', linkId: null }, false);
});
afterAll(() => server?.close());

const get = async (path: string, languages = '') => {
  const reply = await fetch(server.url + path, { headers: { 'accept-language': languages }, redirect: 'manual' });
  return { reply, text: await reply.text() };
};
const PAY = `/pay/${PAYMENT_ID}`;
/** What the page gives to its script. */
const aliveIn = (html: string) => JSON.parse(/id="view">(.*?)<\/script>/.exec(html)?.[1] ?? '');

describe.each(LANGUAGES)('a browser that asks for $code', ({ code, direction, page, still }) => {
  test('gets every page in that language, with its direction and its numbers, within the budget', async () => {
    const { text } = await get(PAY, `${code},en;q=0.5`);
    expect(text).toContain(`<html lang="${code}" dir="${direction}">`);
    for (const words of [page.waiting, page.copyInvoice, page.scanLiquid, page.footer]) expect(text).toContain(words);
    expect(text).toContain(new Intl.NumberFormat(code, { style: 'currency', currency: 'EUR' }).format(49.99));
    expect(text).toContain(new Intl.NumberFormat(code).format(62_341));
    expect(gzipSync(text, { level: 9 }).length).toBeLessThanOrEqual(12 * 1024);
    const link = await get(`/pay/${LINK_ID}`, code);
    expect(link.text).toContain(still.pay);
    expect((await get('/pay/pmt_x', code)).text).toContain(still.notFound);
    const receipt = await get(`${PAY}/receipt`, code);
    for (const words of [still.receipt, still.receiptUnpaid, page.paidTo]) expect(receipt.text).toContain(words);
  });

  test('gets the words of that language alone', async () => {
    const alive = aliveIn((await get(PAY, code)).text);
    expect(alive.words).toEqual(page);
    expect(Object.keys(alive)).toEqual(['view', 'words']);
  });
});

test('the address chooses the language before the browser does, and our own links and forms keep it', async () => {
  const { text } = await get(`${PAY}?lang=fr`, 'de');
  expect(text).toContain('<html lang="fr" dir="ltr">');
  const link = await get(`/pay/${LINK_ID}?lang=fr`, 'de');
  expect(link.text).toContain(`action="/pay/${LINK_ID}?lang=fr"`);
  const sent = await fetch(`${server.url}/pay/${LINK_ID}?lang=fr`, {
    method: 'POST',
    body: new URLSearchParams({ amount: '5' }),
    redirect: 'manual',
  });
  expect(sent.headers.get('location')).toBe(`${PAY}?lang=fr`);
  server.change({ ...paidPatch(server.now(), null) }, false);
  expect((await get(`${PAY}?lang=fr`)).text).toContain(`href="${server.url}${PAY}/receipt?lang=fr"`);
  server.change({ ...pendingPayment(server.now()), status: 'EXPIRED', linkId: LINK_ID }, false);
  expect((await get(`${PAY}?lang=fr`)).text).toContain(`href="/pay/${LINK_ID}?lang=fr"`);
});

test.each(['"><script>', 'xx', 'toolongtag', '', 'de&lang=fr', '__proto__'])(
  'the language “%s” in the address changes nothing and stands nowhere',
  async (lang) => {
    const { reply, text } = await get(`${PAY}?lang=${lang}`, 'nl');
    expect(reply.status).toBe(200);
    expect(text).toContain('<html lang="nl" dir="ltr">');
    if (lang !== 'xx') expect(text).not.toContain('?lang=');
  },
);

test('pages of which there is only English say so', async () => {
  expect((await get('/', 'de')).text).toContain('<html lang="en" dir="ltr">');
});

test('the script of the page holds no language at all', async () => {
  const entry = /src="(\/assets\/[^"]+)"/.exec((await get(PAY)).text)?.[1] ?? '';
  const script = (await get(entry)).text;
  for (const { page } of LANGUAGES) expect(script).not.toContain(page.waiting);
});

describe('a receipt', () => {
  test('says to a stranger what the server knows: merchant, amount, time, transaction, reference, and who says it', async () => {
    server.change({ ...paidPatch(new Date('2026-05-15T14:23:00.000Z'), 'https://shop.example/private'), txid: '5f'.repeat(32) }, false);
    const { reply, text } = await get(`${PAY}/receipt`);
    expect([reply.status, reply.headers.get('cache-control')]).toEqual([200, 'no-store']);
    for (const fact of [
      'Alba Coffee Roasters',
      '€49.99',
      '62,341 sats',
      '15 May 2026, 14:23 UTC',
      '5f'.repeat(32),
      PAYMENT_ID,
      'Lightning',
    ])
      expect(text).toContain(fact);
    expect(text).toContain(`${new URL(server.url).host} says this about the payment.`);
    expect(text).not.toMatch(/<script|shop\.example|lnbc/);
    expect(reply.headers.get('content-security-policy')).toContain("script-src 'none'");
  });

  test('of a payment that is not paid says so, whatever the page is shown for', async () => {
    for (const status of ['PENDING', 'EXPIRED'] as const) {
      server.change({ status, txid: '5f'.repeat(32), method: 'LIQUID', paidAt: server.now().toISOString() }, false);
      const { text } = await get(`${PAY}/receipt`);
      expect(text).toContain('>Not paid</h1>');
      expect(text).not.toMatch(/>Paid<|5f5f/);
    }
  });

  test('that nobody has is not found', async () => {
    expect((await get('/pay/pmt_00000000000000000000000000/receipt')).reply.status).toBe(404);
    expect((await get(`/pay/${LINK_ID}/receipt`)).reply.status).toBe(404);
  });
});
