import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, startAvopay } from '../support/avopay.ts';

let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay({ RATE_LIMITS: 'on' });
});
afterAll(() => avopay.stop());

/** All that the agent has: a host, and the key that it is handed on its way. @throws Error unless the answer has the documented status. */
const ask = async (status: number, method: string, path: string, body?: object, key: string | null = null): Promise<Json> => {
  const reply = await avopay.call(method, path, { key, ...(body === undefined ? {} : { body }) });
  if (reply.status !== status) throw new Error(`${method} ${path} answered ${reply.status} ${reply.text}`);
  return reply.body;
};
/** The world around the agent: its wallet, its receiver of webhooks, and whoever pays. */
const world = async (method: string, path: string, body?: object): Promise<Json> =>
  (await avopay.call(method, `/sandbox${path}`, { key: null, ...(body === undefined ? {} : { body }) })).body;

/** The documented receiver, word for word in what it compares. */
function isSigned(body: string, signature: string, secret: string): boolean {
  const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

test('R-1 R-9 R-15 A-6 L-18 W-5: an agent with nothing but HTTP registers, pays, connects, sells through a link, verifies the webhook and rotates its key; its wallet holds the money to the satoshi', async () => {
  const registration = await ask(201, 'POST', '/api/v1/account/register', {
    ...{ email: 'agent@life.example', password: 'YourSecurePass123', plan: 'monthly', terms_accepted: true },
  });
  await world('POST', '/pay', { invoice: registration.invoice });
  const active = await eventually(async () => {
    const state = await ask(200, 'GET', `/api/v1/account/register/status/${registration.registration_id}`);
    return state.status === 'active' && state;
  });
  const key: string = active.api_key;

  const wallet = await world('POST', '/accounts', { wallet: 'none' }); // its wallet alone: that account never connects it
  const descriptors = { lbtc_descriptor: wallet.descriptor, btcln_descriptor: wallet.descriptor };
  const connected = await ask(200, 'POST', '/api/v1/connect/descriptor', descriptors, key);
  expect(connected).toMatchObject({ connected: true, first_address: expect.any(String) });

  const inbox = await world('POST', '/inbox');
  const endpoint = await ask(201, 'POST', '/api/v1/webhook-endpoints', { url: inbox.url }, key);
  const link = await ask(201, 'POST', '/api/v1/payment-links', { title: 'Half an hour', amount_fiat: 15, currency: 'USD' }, key);
  const [first, second] = [await sell(link.id), await sell(link.id)];
  const { lightning_invoice: invoice } = await ask(200, 'GET', `/api/v1/payments/${first}`, undefined, key);
  await world('POST', '/pay', { invoice });
  const { liquid_address: address, amount_sats } = await ask(200, 'GET', `/api/v1/payments/${second}`, undefined, key);
  await world('POST', '/send', { address, amount_sats });

  const calls: Json[] = await eventually(async () => {
    const all = await world('GET', `/inbox/${inbox.id}`);
    return all.length >= 2 && all;
  });
  for (const { body, headers } of calls) {
    expect(isSigned(body, headers['x-avopay-signature'], endpoint.secret)).toBe(true);
    expect(isSigned(body.replace('15', '16'), headers['x-avopay-signature'], endpoint.secret)).toBe(false);
    expect(JSON.parse(body)).toMatchObject({ event: 'payment.confirmed', link_id: link.id, amount_fiat: 15, currency: 'USD' });
  }
  expect(calls.map(({ body }) => JSON.parse(body).payment_id).toSorted()).toEqual([first, second].toSorted());

  const paid: Json[] = await Promise.all([first, second].map((id) => ask(200, 'GET', `/api/v1/payments/${id}`, undefined, key)));
  expect(paid.map(({ status, method }) => [status, method])).toEqual([
    ['paid', 'lightning'],
    ['paid', 'liquid'],
  ]);
  const query = `{ first: payment(id: "${first}") { netSats } second: payment(id: "${second}") { netSats } }`;
  const net = (await ask(200, 'POST', '/graphql', { query }, key)).data;
  expect(net.second.netSats).toBe(String(amount_sats));
  expect(Number(net.first.netSats)).toBeLessThan(amount_sats); // less the fees of the swap
  await world('POST', '/blocks', { count: 2 });
  const { balance_sats, invisible_sats } = await world('GET', `/wallet?account_id=${wallet.account_id}`);
  expect([balance_sats, invisible_sats]).toEqual([Number(net.first.netSats) + amount_sats, 0]);

  const account = await ask(200, 'GET', '/api/v1/account', undefined, key);
  expect(account).toMatchObject({
    wallet: { connected: true },
    plan: 'lightning_monthly',
    publishable_key: expect.stringMatching(/^ak_pub_/),
  });
  const mine = account.keys.find(({ kind }: Json) => kind === 'secret');
  expect(key.endsWith(mine.hint.slice(-4))).toBe(true);
  const { api_key: successor } = await ask(201, 'POST', `/api/v1/account/keys/${mine.id}/rotate`, { overlap_hours: 0 }, key);
  expect((await ask(401, 'GET', '/api/v1/account', undefined, key)).error).toBe('Invalid or missing API key');
  expect((await ask(200, 'GET', '/api/v1/account', undefined, successor)).account_id).toBe(account.account_id);
});

/** A customer at the link's public routes. */
const sell = async (link: string): Promise<string> => (await ask(201, 'POST', `/api/v1/checkout/link/${link}/pay`, {})).payment_id;
