import type { Avopay } from '../support/avopay.ts';
import { readFileSync } from 'node:fs';
import bolt11 from 'bolt11';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ERRORS, errorRows } from '../../rest-adapter/openapi/errors.ts';
import { startAvopay } from '../support/avopay.ts';

const BODY = { amount: 49.99, currency: 'EUR' };
const DOCUMENTED: readonly [number, string][] = JSON.parse(
  readFileSync(`${import.meta.dirname}/../vectors/spec-snippets/errors.json`, 'utf8'),
);
/** Longer than the last good rate is used. */
const RATE_FORGOTTEN_S = 301;

let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay();
});
afterAll(() => avopay.stop());
afterEach(() => avopay.call('DELETE', '/sandbox/faults', { key: null }));
type Options = { key?: string | null };
const create = (body: object = BODY, options: Options = {}) => avopay.call('POST', '/api/v1/payments', { body, ...options });
const makeKey = async (body: object): Promise<string> =>
  (await avopay.call('POST', '/sandbox/accounts', { body, key: null })).body.secret_key;
const fault = (body: object) => avopay.call('POST', '/sandbox/faults', { body, key: null });
const forgetRates = () => avopay.call('POST', '/sandbox/clock', { body: { advance_s: RATE_FORGOTTEN_S }, key: null });

describe('what is taken', () => {
  test.each([
    [49.989999999999995, 49.99],
    [0.1 + 0.2 + 20, 20.3],
    ['20.30', 20.3],
  ])('P-6: %s is taken for %s', async (amount, meant) => {
    const { payment_id } = (await create({ amount, currency: 'EUR' })).body;
    expect((await avopay.call('GET', `/api/v1/payments/${payment_id}`)).body.amount_fiat).toBe(meant);
  });

  test.each([49.991, '49.999', 20.305])('P-6: %s is finer than a cent and refused', async (amount) => {
    expect((await create({ amount, currency: 'EUR' })).body.error).toBe('too many decimal places for EUR');
  });

  test.each([
    'javascript:alert(1)',
    'ftp://shop.example/x',
    '/order/complete',
    'https://user:secret@shop.example/',
    `https://shop.example/${'x'.repeat(2_040)}`,
  ])('P-9: the return address %s is refused', async (redirect_url) => {
    expect((await create({ ...BODY, redirect_url })).body.code).toBe('invalid_redirect_url');
  });

  test('P-26: the invoice names the merchant and a short id, and nothing of the metadata', async () => {
    const { payment_id } = (await create({ ...BODY, metadata: { private: 'Jane Doe' } })).body;
    const { lightning_invoice: invoice } = (await avopay.call('GET', `/api/v1/payments/${payment_id}`)).body;
    const network = { bech32: 'bcrt', pubKeyHash: 111, scriptHash: 196, validWitnessVersions: [0, 1] };
    const description = String(bolt11.decode(invoice, network).tagsObject.description);
    expect(description).not.toContain('Jane');
    expect(description).toContain(payment_id.slice(4, 12));
    expect(Buffer.byteLength(description)).toBeLessThanOrEqual(639);
  });
});

describe('X-5: the ten documented errors', () => {
  const ways: { readonly [error: string]: () => Promise<Awaited<ReturnType<typeof create>>> } = {
    'amount and currency are required': () => create({ amount: 5 }),
    'Amount too small — minimum is 1000 sats equivalent': () => create({ ...BODY, amount: 0.01 }),
    'Wallet not connected — connect your AQUA wallet first': async () => create(BODY, { key: await makeKey({ wallet: 'none' }) }),
    'metadata must be 2KB or less': () => create({ ...BODY, metadata: { note: 'x'.repeat(2_048) } }),
    'Invalid or missing API key': () => create(BODY, { key: null }),
    'trial_limit_reached: subscribe at avopay.dev': async () => create(BODY, { key: await makeKey({ plan: 'trial', trial_used: 5 }) }),
    'Secret key required for this endpoint': () => avopay.call('GET', '/api/v1/payments/pmt_1', { key: avopay.demo.publishable_key }),
    'Payment not found': () => avopay.call('GET', '/api/v1/payments/pmt_1'),
    'Failed to fetch exchange rate — please retry': async () => {
      await fault({ rates: 'all_down' });
      await forgetRates();
      return create();
    },
    'Payment provider unavailable — please retry': async () => {
      await fault({ provider: 'refuse_create' });
      return create();
    },
  };

  test.each(DOCUMENTED)('X-5: %i "%s", to the byte', async (status, error) => {
    const reply = await ways[error]?.();
    expect([reply?.status, reply?.body.error]).toEqual([status, error]);
    expect(reply?.text.startsWith(`{"error":${JSON.stringify(error)},"code":"`)).toBe(true);
    expect(ERRORS[reply?.body.code as keyof typeof ERRORS]).toMatchObject({ status, error, documented: true });
  });

  test('X-5: the table of errors marks these ten as documented, and no other', () => {
    const marked = errorRows().filter(({ documented }) => documented);
    expect(marked.map(({ status, error }) => [status, error])).toEqual(DOCUMENTED);
  });
});

test('B-10: of everything that is wrong with a request the first in the documented order is said', async () => {
  const broke = await makeKey({ plan: 'trial', trial_used: 5, wallet: 'none' });
  const poor = await makeKey({ wallet: 'none' });
  await fault({ rates: 'all_down', provider: 'http_500' });
  await forgetRates();
  const said = [
    await create({}, { key: 'ak_live_none' }),
    await avopay.call('POST', '/api/v1/payment-links', { body: {}, key: avopay.demo.publishable_key }),
    await create({ ...BODY, amount: 'x' }, { key: broke }),
    await create(BODY, { key: broke }),
    await create(BODY, { key: poor }),
    await create(),
  ];
  await avopay.call('POST', '/sandbox/faults', { body: { rates: 'up' }, key: null });
  said.push(await create());
  expect(said.map(({ status, body }) => `${status} ${body.code}`)).toEqual([
    ...['401 invalid_api_key', '403 secret_key_required', '400 amount_not_positive', '402 trial_limit_reached'],
    ...['400 wallet_not_connected', '503 rate_unavailable', '503 provider_unavailable'],
  ]);
});
