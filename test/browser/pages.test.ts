import type { CheckoutServer } from '../support/checkout-server.ts';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { INVOICE, LIQUID, PAYMENT_ID, paidPatch, pendingPayment, startCheckoutServer } from '../support/checkout-server.ts';

describe('the pages over HTTP', () => {
  let server: CheckoutServer;
  beforeAll(async () => {
    server = await startCheckoutServer();
  });
  beforeEach(() => {
    server.failLoading(false);
    server.change({ ...pendingPayment(server.now()), redirectUrl: null }, false);
  });
  afterAll(() => server?.close());
  const get = async (path: string) => {
    const reply = await fetch(server.url + path);
    return { reply, text: await reply.text() };
  };

  test('C-8: a checkout page may run nothing but its own script, is stored nowhere, and is framed by nobody', async () => {
    const { reply } = await get(`/pay/${PAYMENT_ID}`);
    expect(reply.status).toBe(200);
    const policy = reply.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'sha256-[\w+/=]+' 'sha256-[\w+/=]+'; /);
    expect(policy).toContain(`connect-src 'self' ${server.url.replace('http', 'ws')};`);
    expect(policy).toContain("base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-robots-tag': 'noindex, nofollow',
      'permissions-policy': 'camera=(), microphone=(), geolocation=(), clipboard-write=(self)',
    });
  });

  test('no page holds an inline style, an inline script or a handler', async () => {
    server.change({ liquid: LIQUID }, false);
    for (const path of [`/pay/${PAYMENT_ID}`, '/', '/pay/x']) {
      const { text } = await get(path);
      expect(text).not.toMatch(/\sstyle=|\son[a-z]+=|<script(?![^>]*(?:src=|application\/json))/);
    }
  });

  test.each([
    'pmt_00000000000000000000000000',
    'pmt_short',
    'lnk_0123456789abcdefghjkmnpqrs',
    '%3Cscript%3E',
    'PMT_0123456789ABCDEFGHJKMNPQRS',
  ])('C-6: an id that is no payment, %s, answers 404 in words and in JSON', async (id) => {
    const { reply, text } = await get(`/pay/${id}`);
    expect(reply.status).toBe(404);
    expect(text).toContain('This payment link is not valid');
    const status = await get(`/pay/${id}/status`);
    expect([status.reply.status, JSON.parse(status.text)]).toEqual([404, { error: 'Payment not found', code: 'payment_not_found' }]);
  });

  test('when the payment cannot be read, the page says that nothing was charged and offers another try', async () => {
    server.failLoading(true);
    const { reply, text } = await get(`/pay/${PAYMENT_ID}`);
    expect([reply.status, reply.headers.get('retry-after'), reply.headers.get('cache-control')]).toEqual([503, '5', 'no-store']);
    expect(text).toContain('Nothing was charged');
    expect(text).not.toContain('database');
    const status = await get(`/pay/${PAYMENT_ID}/status`);
    expect(status.reply.status).toBe(503);
    expect(JSON.parse(status.text)).toHaveProperty('error');
  });

  test('the status says where the payment stands, by the clock of the server', async () => {
    const redirectUrl = 'https://shop.example/?payment_id=x&status=paid';
    server.change(paidPatch(server.now(), redirectUrl), false);
    const { reply, text } = await get(`/pay/${PAYMENT_ID}/status`);
    const status = JSON.parse(text);
    expect(status).toMatchObject({ status: 'paid', redirectUrl });
    expect(Math.abs(Date.parse(status.serverTime) - server.now().getTime())).toBeLessThan(60_000);
    expect(reply.headers.get('cache-control')).toBe('no-store');
  });

  test('hostile texts of a merchant stay texts', async () => {
    const hostile = `</script><img src=x onerror=alert(1)>"'><!--`;
    server.change({ title: hostile, merchant: { name: hostile, logoUrl: `https://evil.example/x.png`, brandColour: hostile } }, false);
    const { text } = await get(`/pay/${PAYMENT_ID}`);
    expect(text).not.toContain('<img src=x');
    expect(text).not.toContain('evil.example');
    expect(text.match(/<script/g)?.length).toBe(2);
    const json = /id="view">(.*?)<\/script>/.exec(text)?.[1] ?? '';
    expect(JSON.parse(json).view.title).toBe(hostile);
  });

  test('C-6 C-9: a pending page refreshes without JavaScript, a paid one does not and carries no invoice', async () => {
    const pending = await get(`/pay/${PAYMENT_ID}`);
    expect(pending.text).toContain('<meta http-equiv="refresh" content="15">');
    server.change(paidPatch(server.now(), 'https://shop.example/?status=paid'), false);
    const paid = await get(`/pay/${PAYMENT_ID}`);
    expect(paid.text).not.toContain('http-equiv="refresh"');
    expect(paid.text.toLowerCase()).not.toContain(INVOICE);
    expect(paid.text).toContain('href="https://shop.example/?status=paid"');
  });

  test('yen have no decimals, and a payment without a title says whom it is for', async () => {
    server.change({ amountFiat: '5000', currency: 'JPY', title: null }, false);
    const { text } = await get(`/pay/${PAYMENT_ID}`);
    expect(text).toContain('¥5,000</h1>');
    expect(text).toContain('Payment to Alba Coffee Roasters');
  });

  test('the page keeps its budget: script 16 kB, all scripts 22 kB, styles 4 kB, HTML 12 kB, packed', async () => {
    const page = await get(`/pay/${PAYMENT_ID}`);
    const entry = /src="(\/assets\/[^"]+)"/.exec(page.text)?.[1] ?? '';
    const script = await get(entry);
    expect(script.reply.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const socket = /socket-[\w-]+\.js/.exec(script.text)?.[0] ?? '';
    const lazy = await get(`/assets/${socket}`);
    expect(lazy.reply.status).toBe(200);
    const css = /<style>(.*?)<\/style>/s.exec(page.text)?.[1] ?? '';
    const packed = (text: string) => gzipSync(text, { level: 9 }).length;
    expect(packed(script.text)).toBeLessThanOrEqual(16 * 1024);
    expect(packed(script.text) + packed(lazy.text)).toBeLessThanOrEqual(22 * 1024);
    expect(packed(css)).toBeLessThanOrEqual(4 * 1024);
    expect(packed(page.text)).toBeLessThanOrEqual(12 * 1024);
    expect(page.reply.headers.get('content-encoding')).toBe('gzip');
  });

  test.each(['..%2f..%2fpackage.json', 'nothing.js', 'constructor'])('the asset %s does not exist', async (name) => {
    expect((await get(`/assets/${name}`)).reply.status).toBe(404);
  });
});
