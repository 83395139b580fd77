import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { announced, BEHIND_MAX } from '../../subscriptions/announced.ts';
import { localBus } from '../../subscriptions/pubsub.ts';
import { startAvopay } from '../support/avopay.ts';
import { follow } from '../support/live.ts';
import { receiver } from '../support/webhook-world.ts';

let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay();
});
afterAll(() => avopay.stop());

const call = (method: string, path: string, key: string | null, body?: unknown) =>
  avopay.call(method, path, { key, ...(body === undefined ? {} : { body }) });
const shop = async (): Promise<string> => (await call('POST', '/sandbox/accounts', null, {})).body.secret_key;
const pay = async (key: string, amount = 20) => (await call('POST', '/api/v1/payments', key, { amount, currency: 'EUR' })).body.payment_id;

test('X-11: eventAdded resumes from any place without a gap and goes on with what comes, in order, for one account', async () => {
  const [mine, other] = [await shop(), await shop()];
  for (let i = 0; i < 3; i++) await pay(mine);
  const log = (await call('GET', '/api/v1/events', mine)).body.data;
  const query = 'subscription ($after: String) { eventAdded(afterSequence: $after) { sequence type subjectId } }';
  const from = log[0].sequence;
  const live = follow(avopay.url, query, { after: from }, mine);
  await live.until(({ sequence }) => sequence === log.at(-1).sequence);
  await pay(other);
  const late = await pay(mine);
  await live.until(({ subjectId, type }) => subjectId === late && type === 'payment.created');
  const seen = live.states.map(({ sequence }) => Number(sequence));
  await live.close();
  expect(seen).toEqual(Array.from({ length: seen.length }, (_, i) => Number(from) + 1 + i));
  const now = follow(avopay.url, 'subscription { eventAdded { subjectId } }', {}, mine);
  await new Promise((resolve) => setTimeout(resolve, 0));
  await vi.waitFor(async () => {
    const id = await pay(mine);
    await now.until(({ subjectId }) => subjectId === id, 1_000);
  }, 20_000);
  expect(now.states.map(({ subjectId }) => subjectId)).not.toContain(log[0].subjectId);
  await now.close();
});

test('X-11: paymentsUpdated tells of the payments of its filter, as they are then', async () => {
  const key = await shop();
  const id = await pay(key);
  const paid = follow(avopay.url, 'subscription { paymentsUpdated(filter: { status: [PAID] }) { id status } }', {}, key);
  const all = follow(avopay.url, 'subscription { paymentsUpdated { id status } }', {}, key);
  let other = '';
  await vi.waitFor(async () => {
    other = await pay(key);
    await all.until((state) => state.id === other, 1_000);
  }, 20_000); // from here on both listen
  const { lightning_invoice: invoice } = (await call('GET', `/api/v1/payments/${id}`, key)).body;
  await call('POST', '/sandbox/pay', null, { invoice });
  expect(await all.until((state) => state.id === id && state.status === 'PAID', 30_000)).toBeTruthy();
  await paid.until((state) => state.id === id, 30_000);
  expect(paid.states.every((state) => state.status === 'PAID' && state.id === id)).toBe(true);
  await Promise.all([paid.close(), all.close()]);
});

test('X-11: deliveryUpdated tells of every try at the caller’s endpoint, and of no other account’s', async () => {
  const [key, strangers] = [await shop(), await shop()];
  const server = await receiver({ status: 503 });
  const { id } = (await call('POST', '/api/v1/webhook-endpoints', key, { url: server.url })).body;
  const query = 'subscription ($id: ID) { deliveryUpdated(endpointId: $id) { id status endpoint { id } attempts { httpStatus } } }';
  const live = follow(avopay.url, query, { id }, key);
  const stranger = follow(avopay.url, 'subscription { deliveryUpdated { id } }', {}, strangers);
  const refused = follow(avopay.url, query, { id }, strangers);
  expect(await refused.until((state) => state.errors).catch((error: unknown) => ({ errors: error }))).toMatchObject({
    errors: [{ message: 'Webhook endpoint not found' }],
  });
  await vi.waitFor(async () => {
    await call('POST', `/api/v1/webhook-endpoints/${id}/test`, key);
    await live.until((state) => state.status === 'EXHAUSTED', 1_000);
  }, 20_000);
  const ended: Json = live.states.find((state) => state.status === 'EXHAUSTED');
  expect(ended).toMatchObject({ endpoint: { id }, attempts: [{ httpStatus: 503 }] });
  expect(stranger.states).toEqual([]);
  server.close();
  await Promise.all([live.close(), stranger.close(), refused.close()]);
});

test('X-11: a reader that falls too far behind is told so, and leaves no listener', async () => {
  const bus = localBus();
  const slow = announced(bus, 'things', async (id) => id);
  for (let i = 0; i < 3; i++) bus.publish({ topic: 'things', version: 1, id: 'same' });
  expect(await slow.next()).toEqual({ done: false, value: 'same' });
  for (let i = 0; i <= BEHIND_MAX; i++) bus.publish({ topic: 'things', version: 1, id: `thing ${i}` });
  await expect(slow.next()).rejects.toThrow('Too much has changed since you last read');
  expect(await slow.next()).toEqual({ done: true, value: undefined });
});
