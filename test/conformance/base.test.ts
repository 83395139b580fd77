import type { Avopay, LogLine } from '../support/avopay.ts';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphql } from '../support/ask-graphql.ts';
import { eventually, keptLog, startAvopay } from '../support/avopay.ts';
import { ensureWebBuilt } from '../support/web-build.ts';

const BODY = { amount: 49.99, currency: 'EUR' };
const PUBLIC_URL = 'https://shop-pages.example';
const API_URL = 'https://api.shop-pages.example';
const lines: LogLine[] = [];
let avopay: Avopay;
beforeAll(async () => {
  await ensureWebBuilt();
  avopay = await startAvopay({ PUBLIC_URL, API_URL, RATE_LIMITS: 'on' }, keptLog(lines));
});
afterAll(() => avopay.stop());
const create = async (body: object = BODY) => (await avopay.call('POST', '/api/v1/payments', { body })).body;
const createLink = async () => (await avopay.call('POST', '/api/v1/payment-links', { body: { title: 'Tip', currency: 'EUR' } })).body;

describe('addresses', () => {
  test('B-1: one process serves the API, the pages and the SDK, each naming the host that the operator set for it', async () => {
    const payment = await create();
    expect(payment.checkout_url).toBe(`${PUBLIC_URL}/pay/${payment.payment_id}`);
    expect((await createLink()).url).toMatch(new RegExp(`^${PUBLIC_URL}/pay/lnk_`));
    expect((await avopay.call('GET', '/api/v1/openapi.json')).body.servers).toEqual([{ url: API_URL }]);
    const served = await Promise.all([`/pay/${payment.payment_id}`, '/js/avopay.js', '/docs', '/'].map((path) => fetch(avopay.url + path)));
    expect(served.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await (await fetch(`${avopay.url}/js/avopay.js`)).text()).toContain(API_URL);
  });
});

describe('values', () => {
  test('B-4: every time in an answer is ISO 8601 in UTC with milliseconds', async () => {
    const { payment_id } = await create();
    const read = (await avopay.call('GET', `/api/v1/payments/${payment_id}`)).body;
    for (const time of [read.created_at, read.expires_at, (await createLink()).created_at]) {
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(new Date(time).toISOString()).toBe(time);
    }
  });

  test('B-5: ids have their prefix and 26 characters of 5 random bits, in no sequence', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 8; i++) ids.push((await createLink()).id);
    for (const id of [...ids, (await create()).payment_id]) expect(id).toMatch(/^(?:lnk|pmt)_[0-9a-hjkmnp-tv-z]{26}$/);
    expect(ids).not.toEqual(ids.toSorted());
    expect(new Set(ids.flatMap((id) => [...id.slice(4)])).size).toBeGreaterThan(20);
  });

  test('B-6: amounts are JSON numbers in their shortest form', async () => {
    const { payment_id } = await create({ amount: 5.0, currency: 'EUR' });
    const { text } = await avopay.call('GET', `/api/v1/payments/${payment_id}`);
    expect(text).toMatch(/"amount_fiat":5,"currency":"EUR","amount_sats":\d+,/);
  });

  test('B-7: REST says snake_case and GraphQL camelCase of the same payment', async () => {
    const { payment_id } = await create();
    const { body } = await avopay.call('GET', `/api/v1/payments/${payment_id}`);
    const { payment } = await graphql(avopay, `{ payment(id: "${payment_id}") { amountFiat amountSats createdAt checkoutUrl } }`);
    expect(payment).toEqual({
      ...{ amountFiat: body.amount_fiat.toFixed(2), amountSats: String(body.amount_sats) },
      ...{ createdAt: body.created_at, checkoutUrl: body.checkout_url },
    });
    for (const name of Object.keys(body)) expect(name).toMatch(/^[a-z]+(?:_[a-z]+)*$/);
  });
});

describe('keys', () => {
  test('A-2 A-3: keys start with what they may do', () => {
    expect(avopay.demo.secret_key).toMatch(/^ak_live_[0-9A-Za-z]{33}$/);
    expect(avopay.demo.publishable_key).toMatch(/^ak_pub_[0-9A-Za-z]{33}$/);
  });

  test.each(['Bearer', 'bearer', 'BEARER'])('A-1: the scheme %s is taken in any case', async (scheme) => {
    const headers = { authorization: `${scheme} ${avopay.demo.secret_key}` };
    expect((await avopay.call('GET', '/api/v1/payment-links', { key: null, headers })).status).toBe(200);
  });

  test('A-9: a key in the address opens nothing, and no key is ever logged', async () => {
    const key = avopay.demo.secret_key;
    for (const name of ['key', 'api_key', 'access_token', 'authorization']) {
      expect((await avopay.call('GET', `/api/v1/payment-links?${name}=${key}`, { key: null })).status).toBe(401);
    }
    expect((await avopay.call('GET', '/api/v1/payment-links', { key: `${key}x` })).status).toBe(401);
    expect(inspect(lines, { depth: 9 })).not.toContain(key.slice(8));
  });
});

describe('limits that have no test of their own', () => {
  test('L-2 X-2: the thirty-first link of a minute with one key is answered 429, and another key goes on', async () => {
    const { secret_key: key } = (await avopay.call('POST', '/sandbox/accounts', { body: {}, key: null })).body;
    const make = (who: string) => avopay.call('POST', '/api/v1/payment-links', { body: { title: 'x', currency: 'EUR' }, key: who });
    const statuses: number[] = [];
    for (let i = 0; i < 31; i++) statuses.push((await make(key)).status);
    expect(statuses).toEqual([...Array<number>(30).fill(201), 429]);
    expect((await make(avopay.demo.secret_key)).status).toBe(201);
  });

  test('W-17 X-2: calls of providers are limited to 120 a minute from one address', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 121 }, async () => (await fetch(`${avopay.url}/api/v1/webhooks/boltz/none`, { method: 'POST' })).status),
    );
    expect([statuses.filter((status) => status === 200).length, statuses.filter((status) => status === 429).length]).toEqual([120, 1]);
  });
});

test('X-7: the page returns to the shop although the webhook of the payment fails', async () => {
  const inbox = (await avopay.call('POST', '/sandbox/inbox', { key: null })).body;
  await avopay.call('PUT', `/sandbox/inbox/${inbox.id}`, { key: null, body: { status: 500 } });
  await avopay.call('POST', '/sandbox/webhook', { key: null, body: { url: inbox.url } });
  const { payment_id } = await create({ amount: 5, currency: 'EUR', redirect_url: 'https://yoursite.com/done' });
  const { lightning_invoice: invoice } = (await avopay.call('GET', `/api/v1/payments/${payment_id}`)).body;
  await avopay.call('POST', '/sandbox/pay', { key: null, body: { invoice } });
  const page = await eventually(async () => {
    const { body } = await avopay.call('GET', `/pay/${payment_id}/status`, { key: null });
    return body.status === 'paid' && body;
  });
  expect(page.redirectUrl).toBe(`https://yoursite.com/done?payment_id=${payment_id}&status=paid`);
  const calls = await eventually(async () => (await avopay.call('GET', `/sandbox/inbox/${inbox.id}`, { key: null })).body.length);
  expect(calls).toBe(1);
});
