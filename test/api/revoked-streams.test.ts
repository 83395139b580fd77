import type { Avopay } from '../support/avopay.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, startAvopay } from '../support/avopay.ts';
import { keyAdmin } from '../support/key-admin.ts';
import { redisMissing, startRedis } from '../support/redis.ts';
import { SHARED_KEYS, startBeside } from '../support/second-server.ts';
import { WATCH_PAYMENT, watchPayment } from '../support/watched-payment.ts';

const missing = redisMissing();

let redis: Awaited<ReturnType<typeof startRedis>> | undefined;
let first: Avopay;
let second: Pick<Avopay, 'url' | 'call' | 'stop'>;
beforeAll(async () => {
  redis = missing ? undefined : await startRedis();
  const shared = { ...SHARED_KEYS, ...(redis ? { REDIS_URL: redis.url } : {}) };
  first = await startAvopay(shared);
  // It serves and does nothing else: what it hears of the other one comes over the bus.
  second = redis ? await startBeside(first, { ...shared, ROLE: 'api' }) : first;
});
afterAll(async () => {
  if (second !== first) await second.stop();
  await first.stop();
  await redis?.stop();
});

const newPayment = async (key: string): Promise<string> =>
  (await first.call('POST', '/api/v1/payments', { body: { amount: 20, currency: 'EUR' }, key })).body.payment_id;

const watch = (url: string, key: string, id: string) => watchPayment(url, { authorization: `Bearer ${key}` }, id);

describe('A-6: an open stream ends with its key', () => {
  test.skipIf(missing)('at another process, as soon as it is revoked there; streams of other keys go on', async () => {
    const admin = keyAdmin(first);
    const [lost, kept] = [await admin.make({ kind: 'secret' }), await admin.make({ kind: 'secret' })];
    const id = await newPayment(kept.api_key);
    const [ending, going] = [await watch(second.url, lost.api_key, id), await watch(second.url, kept.api_key, id)];
    await admin.call('DELETE', `/keys/${lost.id}`);
    expect(await ending.closed).toBe(4401);
    expect((await second.call('GET', '/api/v1/account', { key: lost.api_key })).status).toBe(401);
    await first.call('POST', '/sandbox/clock', { body: { advance_s: 700 }, key: null });
    await eventually(async () => going.states.some(({ paymentUpdated }) => paymentUpdated.status === 'EXPIRED'));
    expect(ending.states).toEqual([{ paymentUpdated: { status: 'PENDING' } }]);
    await Promise.all([ending.close(), going.close()]);
  });

  test('when it is rotated without an overlap, and not when it has one', async () => {
    const admin = keyAdmin(first);
    const [now, later] = [await admin.make({ kind: 'secret' }), await admin.make({ kind: 'secret' })];
    const id = await newPayment(now.api_key);
    const [ending, going] = [await watch(first.url, now.api_key, id), await watch(first.url, later.api_key, id)];
    await admin.call('POST', `/keys/${later.id}/rotate`, { overlap_hours: 1 });
    await admin.call('POST', `/keys/${now.id}/rotate`, { overlap_hours: 0 });
    expect(await ending.closed).toBe(4401);
    expect(going.isDone()).toBe(false);
    await Promise.all([ending.close(), going.close()]);
  });

  test('that expires in silence: nothing that happens afterwards is said', async () => {
    const { body: other } = await first.call('POST', '/api/v1/payments', { body: { amount: 20, currency: 'EUR' } });
    const soon = new Date(Date.parse(other.expires_at) - 60_000).toISOString(); // nine minutes of the server's own clock from now
    const key = await keyAdmin(first).make({ kind: 'secret', expires_at: soon });
    const id = await newPayment(key.api_key);
    const watched = await watch(first.url, key.api_key, id);
    await first.call('POST', '/sandbox/clock', { body: { advance_s: 700 }, key: null });
    expect(await watched.closed).toBe(4401);
    expect(watched.states).toEqual([{ paymentUpdated: { status: 'PENDING' } }]);
    await watched.close();
  });

  test('over server-sent events too', async () => {
    const admin = keyAdmin(first);
    const key = await admin.make({ kind: 'secret' });
    const id = await newPayment(key.api_key);
    const reply = await fetch(`${first.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${key.api_key}` },
      body: JSON.stringify({ query: WATCH_PAYMENT, variables: { id } }),
    });
    const reader = reply.body?.pipeThrough(new TextDecoderStream()).getReader();
    let heard = '';
    while (!heard.includes('PENDING')) heard += (await reader?.read())?.value ?? '';
    await admin.call('DELETE', `/keys/${key.id}`);
    for (;;) {
      const piece = await reader?.read();
      if (piece?.done !== false) break;
      heard += piece.value;
    }
    expect(heard.trimEnd()).toMatch(/event: complete\s*(?:data:\s*)?$/); // how often the state was said before is the relay's affair
  });

  test('when its account is closed, which needs the password and leaves open payments alone', async () => {
    const shop = (await first.call('POST', '/sandbox/accounts', { body: {}, key: null })).body;
    const admin = keyAdmin(first, shop);
    const id = await newPayment(shop.secret_key);
    const watched = await watch(first.url, shop.secret_key, id);
    for (const password of ['', 'wrong', undefined, 7]) {
      expect(await admin.call('POST', '/close', { password })).toMatchObject({ status: 403, body: { code: 'wrong_password' } });
    }
    expect(await admin.call('POST', '/close', { password: shop.password })).toMatchObject({ status: 200, body: { closed: true } });
    expect(await watched.closed).toBe(4401);
    for (const key of [shop.secret_key, shop.publishable_key]) {
      expect((await first.call('POST', '/api/v1/payments', { body: { amount: 20, currency: 'EUR' }, key })).status).toBe(401);
    }
    const query = `{ checkout(paymentId: "${id}") { status } }`;
    const page = await first.call('POST', '/graphql', { body: { query }, key: null });
    expect(page.body.data.checkout.status).toBe('PENDING');
    await watched.close();
  });
});
