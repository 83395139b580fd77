import type { Checks } from './check.ts';
import { fits, holds, refusedWith, same } from './check.ts';

const PAYMENTS = '/api/v1/payments';
const LINKS = '/api/v1/payment-links';
const SHOP = { origin: 'https://shop.example' };
const BODY = { amount: 5, currency: 'EUR' };

/** Format, transport, keys. */
export const BASICS: Checks = {
  'B-1': async ({ call, payment }) => {
    const { payment_id, checkout_url } = await payment();
    fits('checkout_url', checkout_url, new RegExp(`/pay/${payment_id}$`));
    for (const path of [`/pay/${payment_id}`, '/js/avopay.js']) same(`GET ${path}`, (await call('GET', path, { key: null })).status, 200);
  },
  'B-2': async ({ call }) => {
    for (const body of ['not json', '[]', '{"amount":'])
      refusedWith(`body ${body}`, await call('POST', PAYMENTS, { body }), 400, 'The request body must be a JSON object');
    const form = { body: 'amount=5', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    same('a form', (await call('POST', PAYMENTS, form)).status, 415);
    fits('content-type', (await call('POST', PAYMENTS, { body: {} })).headers['content-type'], /^application\/json/);
  },
  'B-3': async ({ call }) => {
    for (const [method, path, status] of [
      ['GET', '/api/v1/no-such-route', 404],
      ['PUT', PAYMENTS, 405],
      ['POST', PAYMENTS, 413],
    ] as const) {
      const reply = await call(method, path, status === 413 ? { body: { filler: 'x'.repeat(70_000) } } : {});
      same(`${method} ${path}`, [reply.status, typeof reply.body?.error], [status, 'string']);
      if (status === 405) fits('Allow', reply.headers['allow'], /POST/);
    }
  },
  'B-4': async ({ payment }) => {
    const { created_at, expires_at } = await payment();
    for (const time of [created_at, expires_at]) fits('a time', time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  },
  'B-5': async ({ payment, link }) => {
    fits('payment_id', (await payment()).payment_id, /^pmt_[0-9a-z]{26,}$/);
    fits('link id', (await link()).id, /^lnk_[0-9a-z]{26,}$/);
  },
  'B-6': async ({ payment }) => {
    const { amount_fiat, amount_sats } = await payment({ amount: 5.0, currency: 'EUR' });
    same('amounts', [amount_fiat, Number.isSafeInteger(amount_sats)], [5, true]);
  },
  'B-7': async ({ call, payment }) => {
    const read = await payment();
    for (const name of Object.keys(read)) fits('a field', name, /^[a-z]+(_[a-z]+)*$/);
    const { body } = await call('POST', '/graphql', { body: { query: `{ payment(id: "${read.payment_id}") { amountSats createdAt } }` } });
    same('GraphQL', body?.data?.payment, { amountSats: String(read.amount_sats), createdAt: read.created_at });
  },
  'B-8': async ({ call }) => {
    const preflight = await call('OPTIONS', PAYMENTS, { key: null, headers: { ...SHOP, 'access-control-request-method': 'POST' } });
    same('preflight', [preflight.status, preflight.headers['access-control-allow-origin']], [204, '*']);
    for (const name of ['Authorization', 'Content-Type', 'Idempotency-Key'])
      fits('allowed headers', preflight.headers['access-control-allow-headers'], new RegExp(name, 'i'));
    fits(
      'exposed headers',
      (await call('POST', PAYMENTS, { body: BODY, headers: SHOP })).headers['access-control-expose-headers'],
      /Retry-After/i,
    );
    same('a secret route', (await call('GET', LINKS, { headers: SHOP })).headers['access-control-allow-origin'], undefined);
  },
  'B-9': async ({ call }) => {
    const { body } = await call('GET', '/api/v1/openapi.json', { key: null });
    same('security of the public link route', body?.paths?.['/api/v1/checkout/link/{link_id}']?.get?.security, []);
    holds('creating payments needs a key', body.paths[PAYMENTS].post.security.length > 0);
  },
  'B-10': async ({ call, control }) => {
    const { secret_key: broke } = await control('POST', '/accounts', { plan: 'trial', trial_used: 5, wallet: 'none' });
    const { secret_key: poor } = await control('POST', '/accounts', { wallet: 'none' });
    same('no key before a bad body', (await call('POST', PAYMENTS, { key: null, body: {} })).status, 401);
    same('a bad body before the plan', (await call('POST', PAYMENTS, { key: broke, body: {} })).status, 400);
    same('the plan before the wallet', (await call('POST', PAYMENTS, { key: broke, body: BODY })).status, 402);
    refusedWith(
      'the wallet before the rest',
      await call('POST', PAYMENTS, { key: poor, body: BODY }),
      400,
      'Wallet not connected — connect your AQUA wallet first',
    );
  },
  'A-1': async ({ call, keys }) => {
    for (const headers of [
      {},
      { authorization: 'Bearer ak_live_none' },
      { authorization: `Basic ${keys.secret}` },
      { authorization: 'Bearer' },
    ]) {
      const reply = await call('POST', PAYMENTS, { key: null, body: BODY, headers });
      refusedWith(JSON.stringify(headers).slice(0, 40), reply, 401, 'Invalid or missing API key');
      fits('WWW-Authenticate', reply.headers['www-authenticate'], /Bearer/);
    }
    same(
      'bearer in lower case',
      (await call('GET', LINKS, { key: null, headers: { authorization: `bearer ${keys.secret}` } })).status,
      200,
    );
  },
  'A-2': async ({ keys }) => fits('secret key', keys.secret, /^ak_live_\w{20,}$/),
  'A-3': async ({ call, keys }) => {
    fits('publishable key', keys.publishable, /^ak_pub_\w{20,}$/);
    same('it creates', (await call('POST', PAYMENTS, { key: keys.publishable, body: BODY })).status, 201);
  },
  'A-4': async ({ call, keys, payment }) => {
    const { payment_id } = await payment();
    for (const [method, path] of [
      ['GET', `${PAYMENTS}/${payment_id}`],
      ['GET', LINKS],
      ['POST', LINKS],
    ] as const) {
      const reply = await call(method, path, { key: keys.publishable, ...(method === 'POST' ? { body: {} } : {}) });
      refusedWith(`${method} ${path}`, reply, 403, 'Secret key required for this endpoint');
    }
  },
  'A-9': async ({ call, keys }) => {
    for (const name of ['key', 'api_key', 'access_token'])
      same(`?${name}=`, (await call('GET', `${LINKS}?${name}=${keys.secret}`, { key: null })).status, 401);
  },
};
