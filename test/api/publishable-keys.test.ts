import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAvopay } from '../support/avopay.ts';
import { keyAdmin } from '../support/key-admin.ts';

const SHOP = 'https://shop.example';
let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay({ RATE_LIMITS: 'on', TRUSTED_PROXIES: '1' });
});
afterAll(() => avopay.stop());

/** Each request comes from an address of its own, so that what is counted by address never stands in the way. */
let visitors = 0;
const elsewhere = () => ({ 'x-forwarded-for': `10.1.${(visitors >> 8) & 255}.${visitors++ & 255}` });
const from: Pick<Avopay, 'call' | 'demo' | 'url'> = {
  get url() {
    return avopay.url;
  },
  get demo() {
    return avopay.demo;
  },
  call: (method, path, options = {}) => avopay.call(method, path, { ...options, headers: { ...elsewhere(), ...options.headers } }),
};
const newShop = async (body: object = {}): Promise<Json> => (await avopay.call('POST', '/sandbox/accounts', { body, key: null })).body;
const pay = (key: string, body: object = { amount: 20, currency: 'EUR' }, headers: Record<string, string> = {}) =>
  from.call('POST', '/api/v1/payments', { body, key, headers });

describe('A-8: a publishable key with a list of origins', () => {
  let shop: Json;
  let key: string;
  beforeAll(async () => {
    shop = await newShop();
    key = (await keyAdmin(from, shop).make({ kind: 'publishable', origins: [SHOP, 'https://www.shop.example:8443'] })).api_key;
  });

  test('works on the pages of the list, over REST and over GraphQL', async () => {
    for (const origin of [SHOP, 'https://www.shop.example:8443']) {
      const reply = await pay(key, undefined, { origin });
      expect([reply.status, reply.headers.get('access-control-allow-origin')]).toEqual([201, '*']);
    }
    expect((await createByGraphql(key, { origin: SHOP })).__typename).toBe('PaymentSession');
  });

  test.each(['https://evil.example', 'http://shop.example', 'https://shop.example.evil', 'null', 'https://www.shop.example'])(
    'is refused on %s in plain words, before the body is judged',
    async (origin) => {
      const reply = await pay(key, {}, { origin });
      expect(reply).toMatchObject({ status: 403, body: { code: 'origin_not_allowed' } });
      expect(reply.body.error).toBe('This publishable key may not be used on this website — its owner can add the address to the key');
      expect(reply.headers.get('access-control-allow-origin')).toBe('*'); // so that the page can read why
      expect(await createByGraphql(key, { origin })).toMatchObject({ __typename: 'Refusal', code: 'origin_not_allowed' });
    },
  );

  test('is refused to programs, which name no origin, and without a list it is not', async () => {
    expect(await pay(key)).toMatchObject({ status: 403, body: { code: 'origin_not_allowed' } });
    expect((await pay(shop.publishable_key)).status).toBe(201);
    expect((await pay(shop.publishable_key, undefined, { origin: 'https://any.example' })).status).toBe(201);
  });

  test('still hears on other routes that a secret key is required', async () => {
    const reply = await from.call('GET', '/api/v1/account', { key, headers: { origin: 'https://evil.example' } });
    expect([reply.status, reply.body.error]).toEqual([403, 'Secret key required for this endpoint']);
  });

  async function createByGraphql(bearer: string, headers: Record<string, string>): Promise<Json> {
    const query = `mutation { createPayment(input: {amount: 20, currency: "EUR"}) { __typename ... on Refusal { code } } }`;
    return (await from.call('POST', '/graphql', { body: { query }, key: bearer, headers })).body.data.createPayment;
  }
});

test('A-8: a maximum holds for each currency, to the cent, and closes the others', async () => {
  const shop = await newShop();
  const { api_key: key } = await keyAdmin(from, shop).make({ kind: 'publishable', max_amount: { EUR: 50, JPY: '9000' } });
  expect((await pay(key, { amount: 50, currency: 'EUR' })).status).toBe(201);
  expect((await pay(key, { amount: 9000, currency: 'JPY' })).status).toBe(201);
  const above = await pay(key, { amount: 50.01, currency: 'EUR' });
  expect([above.status, above.body.error]).toEqual([400, 'Amount too large for this key — its maximum is 50 EUR']);
  const other = await pay(key, { amount: 1, currency: 'USD' });
  expect([other.status, other.body.code]).toEqual([400, 'amount_above_key_maximum']);
});

test('A-8: redirect_url of publishable keys and links leads to the hosts of the account alone, of its server anywhere', async () => {
  const shop = await newShop();
  const admin = keyAdmin(from, shop);
  const redirectTo = (key: string, url: string) => pay(key, { amount: 20, currency: 'EUR', redirect_url: url });
  const link = (url: string) =>
    from.call('POST', '/api/v1/payment-links', {
      key: shop.secret_key,
      body: { title: 'Tea', amount_fiat: 20, currency: 'EUR', redirect_url: url },
    });
  expect((await redirectTo(shop.publishable_key, 'https://evil.example/')).status).toBe(201);
  expect((await admin.settings({ redirect_hosts: ['Shop.example'] })).status).toBe(200);
  expect((await redirectTo(shop.publishable_key, 'https://shop.example/done?a=1')).status).toBe(201);
  for (const url of ['https://evil.example/', 'https://shop.example.evil/', 'https://pay.shop.example/']) {
    expect(await redirectTo(shop.publishable_key, url)).toMatchObject({ status: 400, body: { code: 'redirect_host_not_allowed' } });
    expect(await link(url)).toMatchObject({ status: 400, body: { code: 'redirect_host_not_allowed' } });
  }
  const made = await link('https://shop.example/booked');
  expect(made.status).toBe(201);
  const moved = await from.call('PATCH', `/api/v1/payment-links/${made.body.id}`, {
    key: shop.secret_key,
    body: { redirect_url: 'https://evil.example/' },
  });
  expect(moved.body.code).toBe('redirect_host_not_allowed');
  expect((await redirectTo(shop.secret_key, 'https://elsewhere.example/')).status).toBe(201);
});

test('A-8: strangers with a publishable key use up neither the addresses nor the room of the shop’s server: of sixty in one moment fifty are let in', {
  timeout: 120_000,
}, async () => {
  const shop = await newShop();
  const replies = await Promise.all(Array.from({ length: 60 }, () => pay(shop.publishable_key)));
  const made = replies.filter(({ status }) => status === 201).length;
  expect(replies.every(({ status }) => [201, 429].includes(status))).toBe(true);
  const full = await pay(shop.publishable_key);
  expect(full).toMatchObject({ status: 429, body: { code: 'publishable_open_limit' } });
  expect(Number(full.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(made).toBe(50);
  const mine = await pay(shop.secret_key);
  expect(mine.status).toBe(201);
  const { body } = await from.call('GET', `/api/v1/payments/${mine.body.payment_id}`, { key: shop.secret_key });
  expect(body.liquid_address).toBeTypeOf('string');
  const { rows } = await avopay.db.query(
    `SELECT count(*)::int AS n FROM "AddressLease" l JOIN "Payment" p ON p.id = l."paymentId" WHERE p."accountId" = $1 AND p.source = 'publishable'`,
    [shop.account_id],
  );
  expect(rows[0].n).toBe(8);
});

test('A-8 P-18: strangers with a publishable key use up neither the trial nor the open payments that its server may have', async () => {
  const shop = await newShop({ plan: 'trial' });
  for (let n = 0; n < 20; n++) expect((await pay(shop.publishable_key)).status).toBe(201);
  expect(await pay(shop.publishable_key)).toMatchObject({ status: 429, body: { code: 'trial_open_payments' } });
  expect((await pay(shop.secret_key)).status).toBe(201);
  const account = await avopay.db.query(`SELECT "trialUsed" FROM "Account" WHERE id = $1`, [shop.account_id]);
  expect(account.rows[0].trialUsed).toBe(0);
});

test('A-8 P-27: one publishable key is limited over all addresses together, and the shop’s server is not touched by it', async () => {
  const shop = await newShop();
  const replies = [];
  for (let n = 0; n < 125; n++) replies.push(await pay(shop.publishable_key, {}));
  expect(replies.slice(0, 120).every(({ status }) => status === 400)).toBe(true);
  const refused = replies.at(-1);
  expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
  expect(refused?.headers.get('ratelimit-policy')).toContain('payment_creation_publishable');
  expect((await pay(shop.secret_key)).status).toBe(201);
  const other = await keyAdmin(from, shop).make({ kind: 'publishable' });
  expect((await pay(other.api_key)).status).toBe(201);
});
