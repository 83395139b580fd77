import type { Avopay } from '../support/avopay.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, startAvopay } from '../support/avopay.ts';

let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay();
});
afterAll(() => avopay.stop());

const BODY = { amount: 49.99, currency: 'EUR' };
const create = (body: unknown = BODY, options: { key?: string | null; headers?: Record<string, string> } = {}) =>
  avopay.call('POST', '/api/v1/payments', { body, ...options });
const makeAccount = async (body: object) => (await avopay.call('POST', '/sandbox/accounts', { body, key: null })).body;

describe('POST /api/v1/payments', () => {
  test('P-12 P-13: answers 201 with the documented three fields, for 600 seconds', async () => {
    const { status, body, headers, text } = await create();
    expect(status).toBe(201);
    expect(text).toMatch(
      /^\{"payment_id":"pmt_[0-9a-z]{26}","checkout_url":"http:\/\/localhost:\d+\/pay\/pmt_[0-9a-z]{26}","expires_at":"[^"]+Z"\}$/,
    );
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    const read = (await avopay.call('GET', `/api/v1/payments/${body.payment_id}`)).body;
    expect(Date.parse(body.expires_at) - Date.parse(read.created_at)).toBe(600_000);
  });

  test('A-3 A-4 P-1: a publishable key may create, and nothing else', async () => {
    const key = avopay.demo.publishable_key;
    const created = await create(BODY, { key });
    expect(created.status).toBe(201);
    const read = await avopay.call('GET', `/api/v1/payments/${created.body.payment_id}`, { key });
    expect(read).toMatchObject({ status: 403, body: { error: 'Secret key required for this endpoint' } });
  });

  test.each([
    ['no key', null, {}],
    ['a key that never was', 'ak_live_0000000000000000000000000000000000', {}],
    ['no bearer', null, { authorization: 'Basic abc' }],
    ['an empty bearer', null, { authorization: 'Bearer ' }],
  ])('A-1: %s is answered 401 before the body is judged', async (_name, key, headers) => {
    const reply = await create({}, { key, headers });
    expect(reply).toMatchObject({ status: 401, body: { error: 'Invalid or missing API key', code: 'invalid_api_key' } });
    expect(reply.headers.get('www-authenticate')).toContain('Bearer');
    expect(reply.body.request_id).toMatch(/^req_/);
  });

  test.each([
    [{}, 'amount and currency are required'],
    [{ amount: 5 }, 'amount and currency are required'],
    [{ currency: 'EUR' }, 'amount and currency are required'],
    [{ ...BODY, amount: 0 }, 'amount must be a positive number'],
    [{ ...BODY, amount: -5 }, 'amount must be a positive number'],
    [{ ...BODY, amount: 'five' }, 'amount must be a positive number'],
    [{ ...BODY, amount: [49.99] }, 'amount must be a positive number'],
    [{ ...BODY, amount: 49.999 }, 'too many decimal places for EUR'],
    [{ amount: 0.5, currency: 'JPY' }, 'too many decimal places for JPY'],
    [{ ...BODY, currency: 'SEK' }, 'currency must be one of EUR, USD, GBP, CAD, AUD, JPY, CHF, DKK, BRL'],
    [{ ...BODY, currency: 978 }, 'currency must be one of EUR, USD, GBP, CAD, AUD, JPY, CHF, DKK, BRL'],
    [{ ...BODY, amount: 0.01 }, 'Amount too small — minimum is 1000 sats equivalent'],
    [{ ...BODY, metadata: { note: 'x'.repeat(2_048) } }, 'metadata must be 2KB or less'],
    [{ ...BODY, metadata: [1] }, 'metadata must be an object'],
    [{ ...BODY, metadata: 'text' }, 'metadata must be an object'],
  ])('P-2 P-3 P-4 P-7 P-8 P-11 P-14: %j is refused in the documented words', async (body, error) => {
    expect(await create(body)).toMatchObject({ status: 400, body: { error } });
  });

  test('P-15: what the provider cannot carry is refused with its limit', async () => {
    const reply = await create({ amount: 900_000, currency: 'EUR' });
    expect(reply.status).toBe(400);
    expect(reply.body.error).toMatch(/^Amount too large — maximum is \d+ sats equivalent$/);
  });

  test.each(['not json', '{"amount":', '[]', '"text"', 'null'])('B-2: the body %s is answered 400 in JSON', async (body) => {
    expect(await create(body, { headers: { 'content-type': 'application/json' } })).toMatchObject({
      status: 400,
      body: { error: 'The request body must be a JSON object', code: 'invalid_json' },
    });
  });

  test('B-2 B-3: a body of another type is answered 415, one that is too large 413', async () => {
    expect(await create('amount=5', { headers: { 'content-type': 'application/x-www-form-urlencoded' } })).toMatchObject({ status: 415 });
    expect(await create({ ...BODY, filler: 'x'.repeat(70_000) })).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  });

  test('P-5 P-7 P-25: a clean decimal string, lower case and unknown fields are accepted', async () => {
    const created = await create({ amount: '49.99', currency: 'eur', unknown: true, metadata: null });
    expect(created.status).toBe(201);
  });

  test('P-11: metadata comes back with every digit and odd key', async () => {
    const created = await create(
      '{"amount":5,"currency":"EUR","metadata":{"n":12345678901234567890,"__proto__":{"a":1},"deep":{"x":[1,2]}}}',
      {
        headers: { 'content-type': 'application/json' },
      },
    );
    const read = await avopay.call('GET', `/api/v1/payments/${created.body.payment_id}`);
    expect(read.text).toContain('"metadata":{"n":12345678901234567890,"__proto__":{"a":1},"deep":{"x":[1,2]}}');
  });

  test('P-16: without a wallet the merchant is told to connect it', async () => {
    const { secret_key: key } = await makeAccount({ wallet: 'none' });
    expect(await create(BODY, { key })).toMatchObject({
      status: 400,
      body: { error: 'Wallet not connected — connect your AQUA wallet first' },
    });
  });

  test('B-10 P-17: a used up trial is answered 402, before the wallet is looked at', async () => {
    const { secret_key: key } = await makeAccount({ plan: 'trial', trial_used: 5, wallet: 'none' });
    expect(await create(BODY, { key })).toMatchObject({ status: 402, body: { error: 'trial_limit_reached: subscribe at avopay.dev' } });
  });
});

describe('Idempotency-Key', () => {
  const once = (key: string, body: unknown = BODY) => create(body, { headers: { 'idempotency-key': key } });

  test('P-24: the same key and body answer the same payment; the repeat says so', async () => {
    const first = await once('order-1');
    const again = await once('order-1');
    expect(again.text).toBe(first.text);
    expect([first.headers.get('idempotent-replayed'), again.headers.get('idempotent-replayed')]).toEqual([null, 'true']);
  });

  test('P-24: the same key with another body is a conflict', async () => {
    await once('order-2');
    expect(await once('order-2', { ...BODY, amount: 50 })).toMatchObject({ status: 409, body: { code: 'idempotency_key_reused' } });
  });

  test('P-24: twenty requests at once with one key make one payment', async () => {
    const replies = await Promise.all(Array.from({ length: 20 }, () => once('order-3')));
    const made = new Set(replies.filter((reply) => reply.status === 201).map((reply) => reply.body.payment_id));
    expect(made.size).toBe(1);
    for (const reply of replies) expect([201, 409]).toContain(reply.status);
    expect((await once('order-3')).body.payment_id).toBe([...made][0]);
  });

  test('a refused request gives its key back', async () => {
    expect((await once('order-4', { ...BODY, amount: 0.01 })).status).toBe(400);
    expect((await once('order-4')).status).toBe(201);
  });

  test('keys of two accounts never meet', async () => {
    const { secret_key: key } = await makeAccount({});
    const mine = await once('order-5');
    const theirs = await create(BODY, { key, headers: { 'idempotency-key': 'order-5' } });
    expect(theirs.body.payment_id).not.toBe(mine.body.payment_id);
  });
});

describe('GET /api/v1/payments/:payment_id', () => {
  test('G-1 G-11: answers the documented fields first, in their order', async () => {
    const { body: session } = await create();
    const { status, body, headers } = await avopay.call('GET', `/api/v1/payments/${session.payment_id}`);
    expect(status).toBe(200);
    expect(Object.keys(body).slice(0, 7)).toEqual([
      'payment_id',
      'status',
      'amount_fiat',
      'currency',
      'amount_sats',
      'created_at',
      'checkout_url',
    ]);
    expect(body).toMatchObject({
      status: 'pending',
      amount_fiat: 49.99,
      currency: 'EUR',
      checkout_url: session.checkout_url,
      expires_at: session.expires_at,
    });
    expect(body.lightning_invoice).toMatch(/^lnbcrt/);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test('G-2: unknown, malformed and foreign ids look the same', async () => {
    const { secret_key: key } = await makeAccount({});
    const { body: foreign } = await create(BODY, { key });
    for (const id of ['pmt_00000000000000000000000000', 'pmt_1', 'lnk_1', '%00', foreign.payment_id]) {
      const { status, body } = await avopay.call('GET', `/api/v1/payments/${id}`);
      expect([status, body.error]).toEqual([404, 'Payment not found']);
    }
  });
});

test('C-3 G-3 P-13: after ten minutes an unpaid payment is expired, with its event, and its page holds no invoice', async () => {
  const { body: session } = await create();
  await avopay.call('POST', '/sandbox/clock', { body: { advance_s: 660 }, key: null });
  const read = await eventually(async () => {
    const { body } = await avopay.call('GET', `/api/v1/payments/${session.payment_id}`);
    return body.status === 'expired' && body;
  });
  expect(read).not.toHaveProperty('lightning_invoice');
});

describe('the edges of the API', () => {
  test('B-3: unknown routes and wrong methods are answered in JSON', async () => {
    expect(await avopay.call('GET', '/api/v1/nothing')).toMatchObject({ status: 404, body: { code: 'route_not_found' } });
    const wrong = await avopay.call('PUT', '/api/v1/payments', { body: {} });
    expect(wrong).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } });
    expect(wrong.headers.get('allow')).toBe('POST, GET, HEAD');
  });

  test('B-8: browsers of any site may create a payment, and only that', async () => {
    const headers = {
      origin: 'https://shop.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    };
    const preflight = await avopay.call('OPTIONS', '/api/v1/payments', { key: null, headers });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Idempotency-Key');
    expect((await create(BODY, { headers: { origin: 'https://shop.example' } })).headers.get('access-control-allow-origin')).toBe('*');
    const read = await avopay.call('GET', '/api/v1/payments/pmt_1', { headers: { origin: 'https://shop.example' } });
    expect(read.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('an address that does not decode is a bad request, not a fault', async () => {
    expect((await avopay.call('GET', '/api/v1/payments/%E0%A4%A')).status).toBe(400);
  });
});
