import type { Avopay } from '../support/avopay.ts';
import { afterEach, expect, test } from 'vitest';
import { startAvopay } from '../support/avopay.ts';
import { directPayments } from '../support/direct.ts';

let avopay: Avopay | undefined;
afterEach(async () => {
  await avopay?.stop();
  avopay = undefined;
});

const BODY = { amount: 5, currency: 'EUR' };
const UNAVAILABLE = 'Payment provider unavailable — please retry';
const NOBODY_THERE = { SWAP_PROVIDERS: 'dead=http://127.0.0.1:9/v2' };

test('C-6 D-8 P-20: a server without a provider takes L-BTC alone, says so, and refuses the sixteenth open payment in the documented words', async () => {
  avopay = await startAvopay({ SWAP_PROVIDERS: ',', EXPLORER_URL: 'https://explorer.example/' });
  const direct = directPayments(avopay);
  const paid = await direct.create();
  expect(paid.body.lightning_invoice).toBeUndefined();
  expect(await direct.field(paid.id, 'lightningState')).toBe('NOT_CONFIGURED');
  const page = await avopay.call('GET', `/pay/${paid.id}`, { key: null });
  expect(page.text).toContain('This shop takes Liquid (L-BTC) payments only.');
  const open = await direct.create();
  for (let count = 0; count < 13; count++) await direct.create();
  const refused = await avopay.call('POST', '/api/v1/payments', { body: BODY });
  expect(refused).toMatchObject({ status: 503, body: { error: UNAVAILABLE, code: 'no_address_free' } });
  expect(await direct.query('SELECT count(*)::int AS payments FROM "Payment"', [])).toEqual([{ payments: 15 }]);

  await direct.send(paid.address, paid.sats);
  await direct.until(paid.id, 'paid');
  const txid = await direct.field(paid.id, 'txid');
  expect(await direct.field(paid.id, 'transactionUrl')).toBe(`https://explorer.example/tx/${txid}`);
  expect((await direct.create()).address).toBeDefined();
  await direct.advance(700);
  expect(await direct.until(open.id, 'expired')).toMatchObject({ status: 'expired' });
});

test('P-20: with the provider down a payment is refused by default, and made for L-BTC alone where the account says so', async () => {
  avopay = await startAvopay(NOBODY_THERE);
  const direct = directPayments(avopay);
  expect(await avopay.call('POST', '/api/v1/payments', { body: BODY })).toMatchObject({ status: 503, body: { error: UNAVAILABLE } });
  await direct.settings({ whenLightningIsDown: 'liquid_only' });
  const made = await direct.create();
  expect(made.body.lightning_invoice).toBeUndefined();
  expect(await direct.field(made.id, 'lightningState')).toBe('PROVIDER_DOWN');
  await direct.send(made.address, made.sats);
  await direct.until(made.id, 'paid');
});

test('D-8 P-15: an amount that no provider carries is refused by default, and made for L-BTC alone where the account says so; when the pool is empty Lightning is offered alone', async () => {
  avopay = await startAvopay();
  const direct = directPayments(avopay);
  const large = { ...BODY, amount: 900_000 };
  expect(await avopay.call('POST', '/api/v1/payments', { body: large })).toMatchObject({ status: 400, body: { code: 'amount_too_large' } });
  await direct.settings({ whenLightningIsDown: 'liquid_only' });
  const made = await direct.create(large);
  expect(await direct.field(made.id, 'lightningState')).toBe('OUT_OF_LIMITS');
  for (let count = 0; count < 14; count++) await direct.create();
  const late = await direct.create();
  expect(late.address).toBeUndefined();
  expect(late.body.lightning_invoice).toMatch(/^lnbcrt/);
  expect(await direct.field(late.id, 'liquidState')).toBe('NO_ADDRESS_FREE');
  expect((await avopay.call('GET', `/pay/${late.id}`, { key: null })).text).toContain('Liquid (L-BTC) is not available for this payment.');
  expect(await avopay.call('POST', '/api/v1/payments', { body: large })).toMatchObject({ status: 400, body: { code: 'amount_too_large' } });
});
