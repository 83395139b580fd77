import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import type { Browser } from 'playwright-core';
import type { Shop } from '../support/shop.ts';
import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { createHmac } from 'node:crypto';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import express from 'express';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, startAvopay } from '../support/avopay.ts';
import { browserMissing, openBrowser, visit } from '../support/browser.ts';
import { startShop } from '../support/shop.ts';
import { has, openShell, snippet } from '../support/snippets.ts';
import { aquaDescriptor } from '../support/wallets.ts';
import { ensureWebBuilt } from '../support/web-build.ts';

const SECRET = 'whsec_of_the_shop';
/** The documentation's own, as a shell reads it. */
const SAMPLE_DESCRIPTOR = `ct(slip77(aabbcc...),elsh(wpkh([fp/49'"'"'/1776'"'"'/0'"'"']xpub.../0/*)))`;

let avopay: Avopay;
beforeAll(async () => {
  await ensureWebBuilt();
  avopay = await startAvopay();
});
afterAll(() => avopay.stop());

const control = async (method: string, path: string, body?: object): Promise<Json> =>
  (await avopay.call(method, `/sandbox${path}`, { key: null, ...(body ? { body } : {}) })).body;
const key = () => ({ AVOPAY_SECRET_KEY: avopay.demo.secret_key });
/** Runs one of the documentation's programs with the names that it takes for granted. */
const runProgram = (text: string, names: { readonly [name: string]: unknown }) =>
  new Function(...Object.keys(names), text)(...Object.values(names));

describe.each([
  ['the machine’s curl', false],
  ['a curl of ours', true],
] as const)('with %s', (_name, own) => {
  const shell = openShell(own);
  afterAll(() => shell.close());

  test('P-12: the cURL call of the quick start creates a payment', async () => {
    const session = await shell.run(`${snippet('create-payment.sh', avopay.url).replace('curl', 'curl -s')}`, key());
    expect(session).toMatchObject({ payment_id: expect.stringMatching(/^pmt_/), checkout_url: expect.stringContaining('/pay/pmt_') });
  });

  test('L-4: the cURL call for a link answers the documented link', async () => {
    const link = await shell.run(snippet('create-link.sh', avopay.url, { 'ak_live_...': avopay.demo.secret_key }));
    expect(link).toMatchObject({ id: expect.stringMatching(/^lnk_/), amount_fiat: 150, currency: 'USD', status: 'active' });
  });

  test('D-1 D-2: the cURL call for a wallet is taken once and then refused', async () => {
    const { secret_key } = await control('POST', '/accounts', { wallet: 'none' });
    const call = snippet('connect-descriptor.sh', avopay.url, { 'ak_live_...': secret_key, [SAMPLE_DESCRIPTOR]: aquaDescriptor() });
    expect(await shell.run(call)).toMatchObject({ connected: true });
    expect(await shell.run(call)).toMatchObject({ error: 'Wallet already connected — contact support to reset' });
  });
});

test('P-12: the Node program of the quick start creates a payment', async () => {
  const program = `process.env.AVOPAY_SECRET_KEY = '${avopay.demo.secret_key}';\n${snippet('create-payment.mjs', avopay.url)}\nconsole.log(checkout_url);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  expect(stdout.trim()).toMatch(/\/pay\/pmt_[0-9a-z]{26}$/);
});

describe('in a shop made with Express', () => {
  let server: Server;
  let url: string;
  const said: unknown[][] = [];
  beforeAll(async () => {
    const app = express();
    const env = { ...key(), AVOPAY_WEBHOOK_SECRET: SECRET };
    const names = {
      app,
      express,
      require: createRequire(import.meta.url),
      process: { env },
      fetch,
      console: { log: (...words: unknown[]) => said.push(words) },
    };
    runProgram(snippet('express-webhook.js', avopay.url), names);
    app.use(express.urlencoded());
    runProgram(snippet('express-checkout.js', avopay.url), names);
    server = app.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // listening on TCP
  });
  afterAll(() => server.close());

  test('P-5: the checkout route, which forwards a form’s text as the amount, sends the customer to a payment', async () => {
    const body = new URLSearchParams({ total: '49.99', orderId: '1234' });
    const reply = await fetch(`${url}/checkout`, { method: 'POST', body, redirect: 'manual' });
    expect([reply.status, reply.headers.get('location')]).toEqual([303, expect.stringMatching(/\/pay\/pmt_/)]);
    const id = /pmt_\w+/.exec(reply.headers.get('location') ?? '')?.[0];
    expect((await avopay.call('GET', `/api/v1/payments/${id}`)).body).toMatchObject({ amount_fiat: 49.99, metadata: { order_id: '1234' } });
  });

  test('W-1 W-5: the webhook receiver takes what AvoPay sends, and refuses what another signed', async () => {
    await control('POST', '/webhook', { url: `${url}/webhooks/avopay`, secret: SECRET });
    const { payment_id } = (await avopay.call('POST', '/api/v1/payments', { body: { amount: 5, currency: 'EUR' } })).body;
    const { lightning_invoice: invoice } = (await avopay.call('GET', `/api/v1/payments/${payment_id}`)).body;
    await control('POST', '/pay', { invoice });
    await eventually(async () => said.length > 0);
    expect(said).toEqual([['Paid:', payment_id, 5, 'EUR']]);
    const body = JSON.stringify({ event: 'payment.confirmed', payment_id });
    const signature = `sha256=${createHmac('sha256', 'another').update(body).digest('hex')}`;
    const headers = { 'content-type': 'application/json', 'x-avopay-signature': signature };
    expect((await fetch(`${url}/webhooks/avopay`, { method: 'POST', body, headers })).status).toBe(401);
    expect(said).toHaveLength(1);
  });
});

describe('an agent’s way to a key', () => {
  test('R-3 R-7 R-8: the register call, the payment, and the Python poll end with a key that works', { timeout: 60_000 }, async () => {
    const shell = openShell();
    const email = 'agent@snippets.example';
    const registration = (await shell.run(snippet('register.sh', avopay.url, { '[email protected]': email }))) as Json; // JSON of the server
    expect(registration).toMatchObject({ plan: 'lightning_monthly', sats: expect.any(Number), invoice: expect.stringMatching(/^ln/) });
    await control('POST', '/pay', { invoice: registration.invoice });
    const apiKey = await poll(registration.registration_id);
    expect(apiKey).toMatch(/^ak_live_/);
    expect((await avopay.call('GET', '/api/v1/payment-links', { key: apiKey })).status).toBe(200);
    const again = await avopay.call('GET', `/api/v1/account/register/status/${registration.registration_id}`, { key: null });
    expect(again.body).toEqual({ status: 'active', api_key_retrieved: true });
    shell.close();
  });

  /** The program itself where there is a Python with its library, else the same steps. */
  async function poll(id: string): Promise<string> {
    if (has('python3', '-c', 'import requests')) {
      const text = snippet('poll.py', avopay.url, { 'a1b2c3d4...': id });
      const { stdout } = await promisify(execFile)('python3', ['-c', `${text}\nprint(api_key)`]);
      return stdout.trim();
    }
    return eventually(async () => {
      const { body } = await avopay.call('GET', `/api/v1/account/register/status/${id}`, { key: null });
      if (body.status === 'expired') throw new Error('Registration expired — create a new one');
      return body.status === 'active' && body.api_key;
    });
  }
});

describe.skipIf(browserMissing())('in a browser', () => {
  let browser: Browser;
  let shop: Shop;
  beforeAll(async () => {
    [browser, shop] = await Promise.all([openBrowser(), startShop()]);
  });
  afterAll(async () => {
    await browser?.close();
    await shop?.close();
  });

  test.each(['button.html', 'button-booking.html'])('L-19: %s in a page leads to the payment of its link', async (name) => {
    const { id } = (
      await avopay.call('POST', '/api/v1/payment-links', { body: { title: '1hr Consultation', amount_fiat: 150, currency: 'USD' } })
    ).body;
    const html = snippet(name, avopay.url, name === 'button.html' ? { lnk_abc: id } : { lnk_abc123: id });
    const { page, close } = await visit(browser, shop.show('/', `<!doctype html>${html}`));
    await page.click('a');
    expect(await page.textContent('h1')).toBe('1hr Consultation');
    await page.click('button');
    await page.waitForURL(/\/pay\/pmt_/);
    await close();
  });

  test('J-1 J-2: the SDK page pays', async () => {
    const html = snippet('sdk-page.html', avopay.url, { ak_pub_YOUR_KEY: avopay.demo.publishable_key });
    const { page, close } = await visit(browser, shop.show('/', html));
    await page.click('button');
    await page.waitForURL(/\/pay\/pmt_/);
    expect(await page.textContent('body')).toContain('€9.99');
    await close();
  });
});
