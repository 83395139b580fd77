import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, startAvopay } from '../support/avopay.ts';
import { keyAdmin } from '../support/key-admin.ts';
import { ensureWebBuilt } from '../support/web-build.ts';

let avopay: Avopay;
beforeAll(async () => {
  await ensureWebBuilt();
  avopay = await startAvopay();
}, 60_000);
afterAll(() => avopay.stop());

const newShop = async (body: object = {}): Promise<Json> => (await avopay.call('POST', '/sandbox/accounts', { body, key: null })).body;
const sandbox = async (path: string, body: object): Promise<Json> =>
  (await avopay.call('POST', `/sandbox/${path}`, { body, key: null })).body;
const read = async (shop: Json, id: string): Promise<Json> =>
  (await avopay.call('GET', `/api/v1/payments/${id}`, { key: shop.secret_key })).body;
const pay = async (shop: Json, amount = 40): Promise<Json> => {
  const made = await avopay.call('POST', '/api/v1/payments', { body: { amount, currency: 'EUR' }, key: shop.secret_key });
  return read(shop, made.body.payment_id);
};

test('R-15: an agent reads from its account all that a dashboard would show it', async () => {
  const shop = await newShop({ plan: 'trial', trial_used: 3 });
  const { status, body, headers } = await avopay.call('GET', '/api/v1/account', { key: shop.secret_key });
  expect(status).toBe(200);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(body).toMatchObject({
    ...{ account_id: shop.account_id, name: 'Sandbox shop', publishable_key: shop.publishable_key },
    ...{ plan: null, plan_state: 'trial', renews_at: null, trial_used: 3, trial_limit: 5, wallet: { connected: true }, warnings: [] },
  });
  expect(body.keys.map(({ kind, hint }: Json) => [kind, hint]).sort()).toEqual([
    ['publishable', `ak_pub_…${shop.publishable_key.slice(-4)}`],
    ['secret', `ak_live_…${shop.secret_key.slice(-4)}`],
  ]);
  const bare = await newShop({ wallet: 'none' });
  const other = (await avopay.call('GET', '/api/v1/account', { key: bare.secret_key })).body;
  expect(other).toMatchObject({ plan_state: 'active', wallet: { connected: false } });
  expect(Date.parse(other.renews_at)).toBeGreaterThan(Date.now());
});

describe('settings', () => {
  test('are read as they were written, and what is not named stays', async () => {
    const admin = keyAdmin(avopay, await newShop());
    const all = {
      ...{ when_lightning_is_down: 'liquid_only', tolerance_sats: 25, min_confirmations: 1, gross_up: true },
      ...{ redirect_hosts: ['shop.example', 'localhost:3000'], frame_origins: ['https://shop.example'] },
    };
    expect((await admin.settings({ ...all, name: ' Alba ', brand_colour: '#E65C00' })).body).toMatchObject({
      ...{ name: 'Alba', brand_colour: '#e65c00', settings: all },
    });
    const { body } = await admin.settings({ gross_up: false, brand_colour: null });
    expect(body).toMatchObject({ name: 'Alba', brand_colour: null, settings: { ...all, gross_up: false } });
  });

  test.each([
    [{ name: '' }, 'name'],
    [{ name: 'a\u202eb' }, 'name'],
    [{ name: 'x'.repeat(81) }, 'name'],
    [{ brand_colour: 'red;}' }, 'brand_colour'],
    [{ when_lightning_is_down: 'pray' }, 'when_lightning_is_down'],
    [{ tolerance_sats: 1001 }, 'tolerance_sats'],
    [{ tolerance_sats: -1 }, 'tolerance_sats'],
    [{ tolerance_sats: 0.5 }, 'tolerance_sats'],
    [{ min_confirmations: 3 }, 'min_confirmations'],
    [{ min_confirmations: {} }, 'min_confirmations'],
    [{ gross_up: 'yes' }, 'gross_up'],
    [{ redirect_hosts: ['https://shop.example'] }, 'redirect_hosts'],
    [{ redirect_hosts: 'shop.example' }, 'redirect_hosts'],
    [{ redirect_hosts: null }, 'redirect_hosts'],
    [{ frame_origins: ['https://a.example; script-src *'] }, 'frame_origins'],
    [{ frame_origins: ['*'] }, 'frame_origins'],
    [{ frame_origins: [7] }, 'frame_origins'],
  ])('%j is refused in words that name the field', async (body, field) => {
    const reply = await keyAdmin(avopay).settings(body);
    expect([reply.status, reply.body.code.startsWith('invalid_')]).toEqual([400, true]);
    expect(reply.body.error).toContain(field);
  });

  test('P-23: where the payer bears the fees, Lightning brings the merchant at least what was asked, and a sat less would not', async () => {
    const plain = await newShop();
    const raised = await newShop();
    await keyAdmin(avopay, raised).settings({ gross_up: true });
    const [asked, paid] = [await pay(plain), await pay(raised)];
    expect(paid.amount_sats).toBeGreaterThan(asked.amount_sats);
    expect(paid.amount_fiat).toBe(asked.amount_fiat);
    await sandbox('pay', { invoice: paid.lightning_invoice });
    await eventually(async () => (await read(raised, paid.payment_id)).status === 'paid');
    const query = `{ payment(id: "${paid.payment_id}") { netSats feesSats amountSats } }`;
    const { payment } = (await avopay.call('POST', '/graphql', { body: { query }, key: raised.secret_key })).body.data;
    expect(Number(payment.netSats)).toBeGreaterThanOrEqual(asked.amount_sats);
    expect(Number(payment.netSats)).toBeLessThanOrEqual(asked.amount_sats + 2); // the claim may cost a little less than was reckoned
  });

  test('G-10: with a block asked for, L-BTC is detected in the mempool and paid under its block', async () => {
    const shop = await newShop();
    await keyAdmin(avopay, shop).settings({ min_confirmations: 1 });
    const payment = await pay(shop);
    const coin = { address: payment.liquid_address, amount_sats: payment.amount_sats };
    const { txid } = await sandbox('send', coin);
    const graph = async (): Promise<Json> => {
      const query = `{ payment(id: "${payment.payment_id}") { status method late receivedSats } }`;
      return (await avopay.call('POST', '/graphql', { body: { query }, key: shop.secret_key })).body.data.payment;
    };
    const until = (status: string) => eventually(async () => (await graph()).status === status);
    await until('DETECTED');
    expect(await read(shop, payment.payment_id)).toMatchObject({ status: 'pending', paid_at: null });
    await sandbox('drop', { txid }); // the payer's wallet takes it back
    await until('PENDING');
    expect((await graph()).receivedSats).toBe('0');
    await sandbox('send', coin);
    await until('DETECTED');
    await sandbox('blocks', { count: 1 });
    await until('PAID');
    expect(await graph()).toMatchObject({ method: 'LIQUID', late: false, receivedSats: String(payment.amount_sats) });
  });

  test('C-8: only the pages that the merchant names may show a checkout page in a frame', async () => {
    const shop = await newShop();
    const before = await fetch(`${avopay.url}/pay/${(await pay(shop)).payment_id}`);
    expect(before.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(before.headers.get('x-frame-options')).toBe('DENY');
    await keyAdmin(avopay, shop).settings({ frame_origins: ['https://shop.example', 'https://www.shop.example/'] });
    const after = await fetch(`${avopay.url}/pay/${(await pay(shop)).payment_id}`);
    expect(after.headers.get('content-security-policy')).toContain('frame-ancestors https://shop.example https://www.shop.example;');
    expect(after.headers.get('content-security-policy')).toContain("form-action 'none'");
    expect(after.headers.get('x-frame-options')).toBeNull();
    expect(await after.text()).not.toContain('https://www.shop.example');
  });
});

test('L-13: a payer of a link hears the documented refusals, and its page says nothing of plan and wallet', async () => {
  for (const [order, status, error] of [
    [{ plan: 'trial', trial_used: 5 }, 402, 'trial_limit_reached: subscribe at avopay.dev'],
    [{ wallet: 'none' }, 400, 'Wallet not connected — connect your AQUA wallet first'],
  ] as const) {
    const shop = await newShop(order);
    const body = { title: 'Tea', amount_fiat: 20, currency: 'EUR' };
    const link = (await avopay.call('POST', '/api/v1/payment-links', { body, key: shop.secret_key })).body;
    const reply = await avopay.call('POST', `/api/v1/checkout/link/${link.id}/pay`, { key: null, body: {} });
    expect([reply.status, reply.body.error]).toEqual([status, error]);
    const page = await fetch(`${avopay.url}/pay/${link.id}`, { method: 'POST', body: new URLSearchParams() });
    expect(page.status).toBe(503);
    expect(await page.text()).not.toMatch(/trial|subscri|wallet not/i);
  }
});
