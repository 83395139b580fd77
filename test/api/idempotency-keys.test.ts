import type { Avopay } from '../support/avopay.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAvopay } from '../support/avopay.ts';

let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay();
});
afterAll(() => avopay.stop());

const BODY = { amount: 12, currency: 'EUR' };
const create = (key: string, apiKey = avopay.demo.secret_key, body: object = BODY) =>
  avopay.call('POST', '/api/v1/payments', { body, key: apiKey, headers: { 'idempotency-key': key } });

test('a key that a visitor’s browser used first is still free for the merchant’s own server', async () => {
  const visitor = await create('order-1001', avopay.demo.publishable_key, { amount: 1, currency: 'USD' });
  const server = await create('order-1001');
  expect([visitor.status, server.status]).toEqual([201, 201]);
  expect(server.headers.get('idempotent-replayed')).toBeNull();
  const copied = await create('order-1001', avopay.demo.publishable_key, BODY);
  expect(copied.status).toBe(409);
  expect(copied.text).not.toContain(server.body.payment_id);
  expect((await create('order-1001')).body.payment_id).toBe(server.body.payment_id);
});

test.each(['é', 'x\ty', '__proto__', "'; DROP TABLE", 'a'.repeat(255)])('%j is a key like any other', async (key) => {
  const [first, again] = [await create(key), await create(key)];
  expect([first.status, again.status]).toEqual([201, 201]);
  expect(again.body).toEqual(first.body);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
});

test.each(['', 'a'.repeat(256)])('a key of a wrong length is refused', async (key) => {
  expect(await create(key)).toMatchObject({ status: 400, body: { code: 'invalid_idempotency_key' } });
});

test('fifty copies at once make one payment, and the rest hear of it or are told to wait', async () => {
  const replies = await Promise.all(Array.from({ length: 50 }, () => create('storm')));
  const made = replies.filter(({ status }) => status === 201);
  expect(new Set(made.map(({ body }) => body.payment_id)).size).toBe(1);
  for (const reply of replies.filter(({ status }) => status !== 201)) {
    expect(reply).toMatchObject({ status: 409, body: { code: 'idempotency_key_in_use' } });
    expect(reply.headers.get('retry-after')).toBe('2');
  }
  expect((await create('storm')).body.payment_id).toBe(made[0]?.body.payment_id);
});
