import type { Avopay } from '../support/avopay.ts';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, startAvopay } from '../support/avopay.ts';
import { booksOf } from '../support/books.ts';
import { follow } from '../support/live.ts';

let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay();
});
afterAll(() => avopay.stop());

const CHECKOUT = 'subscription ($id: ID!) { checkout(paymentId: $id) { status redirectUrl lightning { invoice } } }';

test('C-5 G-4 P-23 W-1 W-5 W-9: a Lightning payment travels from the API call to the merchant’s wallet, with socket and webhook following it', async () => {
  const inbox = (await avopay.call('POST', '/sandbox/inbox', { key: null })).body;
  const { secret } = (await avopay.call('POST', '/sandbox/webhook', { body: { url: inbox.url }, key: null })).body;

  const created = await avopay.call('POST', '/api/v1/payments', {
    body: { amount: 49.99, currency: 'EUR', redirect_url: 'https://shop.example/done?order=7', metadata: { order_id: '1234' } },
  });
  expect(created.status).toBe(201);
  expect(Object.keys(created.body)).toEqual(['payment_id', 'checkout_url', 'expires_at']);
  const { payment_id: id } = created.body;

  const live = follow(avopay.url, CHECKOUT, { id });
  const first = await live.until((state) => state.status === 'PENDING');
  const paid = avopay.call('POST', '/sandbox/pay', { body: { invoice: first.lightning.invoice }, key: null });
  const receipt = await live.until((state) => state.status === 'PAID');
  expect(receipt.redirectUrl).toBe(`https://shop.example/done?order=7&payment_id=${id}&status=paid`);
  expect((await paid).body).toMatchObject({ status: expect.stringMatching(/held|settled/) });
  await live.close();

  const read = await avopay.call('GET', `/api/v1/payments/${id}`);
  expect(read.body).toMatchObject({
    payment_id: id,
    status: 'paid',
    amount_fiat: 49.99,
    currency: 'EUR',
    method: 'lightning',
    metadata: { order_id: '1234' },
  });

  const [call] = await eventually(async () => {
    const calls = (await avopay.call('GET', `/sandbox/inbox/${inbox.id}`, { key: null })).body;
    return calls.length > 0 && calls;
  });
  expect(signatureIsValid(secret, call)).toBe(true);
  expect(JSON.parse(call.body)).toEqual({
    event: 'payment.confirmed',
    payment_id: id,
    link_id: null,
    amount_fiat: 49.99,
    currency: 'EUR',
    amount_sats: read.body.amount_sats,
    metadata: { order_id: '1234' },
    settled_at: read.body.paid_at,
  });
  expect(await booksOf(avopay)).toMatchObject({ balanced: true, invisibleSats: 0 });
});

/** The receiver's side of the documentation, in its own words. */
function signatureIsValid(secret: string, call: { headers: Record<string, string>; body: string }): boolean {
  const signature = Buffer.from(call.headers['x-avopay-signature'] ?? '');
  const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(Buffer.from(call.body)).digest('hex')}`);
  return signature.length === expected.length && timingSafeEqual(signature, expected);
}
