import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { eventually, startAvopay } from '../support/avopay.ts';
import { keyAdmin } from '../support/key-admin.ts';
import { ensureWebBuilt } from '../support/web-build.ts';

let avopay: Avopay;
let shop: Json;
let secret: string;
let publishable: string;
beforeAll(async () => {
  await ensureWebBuilt();
  avopay = await startAvopay({ EXPLORER_URL: 'https://explorer.example' });
  // No wallet, and a trial that is over: neither is asked for.
  shop = (await avopay.call('POST', '/sandbox/accounts', { body: { wallet: 'none', plan: 'trial', trial_used: 5 }, key: null })).body;
  const admin = keyAdmin(avopay, shop);
  secret = (await admin.make({ kind: 'secret', mode: 'test' })).api_key;
  publishable = (await admin.make({ kind: 'publishable', mode: 'test' })).api_key;
}, 60_000);
afterAll(() => avopay.stop());

const BODY = { amount: 49.99, currency: 'EUR', metadata: { order: 7 } };
const create = (key = secret, body: object = BODY) => avopay.call('POST', '/api/v1/payments', { body, key });
const newId = async (key = secret): Promise<string> => (await create(key)).body.payment_id;
const read = async (id: string, key = secret): Promise<Json> => (await avopay.call('GET', `/api/v1/payments/${id}`, { key })).body;
const simulate = (id: string, outcome: unknown, key = secret) =>
  avopay.call('POST', `/api/v1/payments/${id}/simulate`, { body: { outcome }, key });
const press = (id: string, outcome: string, headers: Record<string, string> = {}) =>
  fetch(`${avopay.url}/pay/${id}/simulate`, { method: 'POST', body: new URLSearchParams({ outcome }), headers, redirect: 'manual' });

describe('A-10: a test payment', () => {
  test('is made without plan, wallet, swap or address, by keys that say so, with the documented answer', async () => {
    expect(secret).toMatch(/^ak_test_[0-9A-Za-z]{33}$/);
    expect(publishable).toMatch(/^ak_pub_test_[0-9A-Za-z]{33}$/);
    const before = (await avopay.db.query(`SELECT count(*)::int AS n FROM "Swap"`)).rows[0].n;
    for (const key of [secret, publishable]) {
      const { status, body } = await create(key);
      expect(status).toBe(201);
      expect(Object.keys(body)).toEqual(['payment_id', 'checkout_url', 'expires_at']);
      const payment = await read(body.payment_id);
      expect(payment).toMatchObject({ status: 'pending', mode: 'test', amount_fiat: 49.99, metadata: { order: 7 } });
      expect(payment.amount_sats).toBeGreaterThan(1000);
      expect(payment).not.toHaveProperty('lightning_invoice');
      expect(payment).not.toHaveProperty('liquid_address');
    }
    expect((await avopay.db.query(`SELECT count(*)::int AS n FROM "Swap"`)).rows[0].n).toBe(before);
    expect((await create(shop.secret_key)).status).toBe(402);
  });

  test('is judged like any other', async () => {
    expect((await create(secret, { amount: 0.01, currency: 'EUR' })).body.error).toBe('Amount too small — minimum is 1000 sats equivalent');
    expect((await create(secret, {})).body.error).toBe('amount and currency are required');
  });

  test('is paid by a call, once, and never counts for the trial', async () => {
    const id = await newId();
    const replies = await Promise.all(Array.from({ length: 10 }, () => simulate(id, 'paid')));
    expect(replies.map(({ status }) => status)).toEqual(Array<number>(10).fill(200));
    expect(replies[0]?.body).toMatchObject({ payment_id: id, status: 'paid', settlement: 'confirmed', late: false });
    const { rows } = await avopay.db.query(`SELECT type FROM "Event" WHERE "subjectId" = $1 ORDER BY sequence`, [id]);
    expect(rows.map(({ type }) => type)).toEqual(['payment.created', 'payment.confirmed', 'payment.settled']);
    expect(await simulate(id, 'expired')).toMatchObject({ status: 409, body: { code: 'payment_ended' } });
    const account = await avopay.db.query(`SELECT "trialUsed" FROM "Account" WHERE id = $1`, [shop.account_id]);
    expect(account.rows[0].trialUsed).toBe(5);
    const query = 'query ($id: ID!) { payment(id: $id) { txid transactionUrl } }';
    const shown = await avopay.call('POST', '/graphql', { body: { query, variables: { id } }, key: secret });
    expect(shown.body.data.payment).toEqual({ txid: `test_${id}`, transactionUrl: null });
  });

  test('expires by a call, and by itself after its ten minutes', async () => {
    const [told, left] = [await newId(), await newId()];
    expect((await simulate(told, 'expired')).body).toMatchObject({ status: 'expired' });
    for (const outcome of ['refunded', '', null, 7]) expect((await simulate(left, outcome)).body.code).toBe('invalid_outcome');
    await avopay.call('POST', '/sandbox/clock', { body: { advance_s: 660 }, key: null });
    await eventually(async () => (await read(left)).status === 'expired');
  });

  test('is announced to the test endpoint alone, in the documented shape', async () => {
    const inbox = (await avopay.call('POST', '/sandbox/inbox', { body: {}, key: null })).body;
    await avopay.call('POST', '/sandbox/webhook', { body: { account_id: shop.account_id, url: inbox.url }, key: null });
    const unheard = await newId();
    await simulate(unheard, 'paid');
    await eventually(async () => (await avopay.db.query('SELECT 1 FROM "Outbox"')).rowCount === 0);
    expect((await avopay.db.query(`SELECT 1 FROM "Delivery" WHERE "accountId" = $1`, [shop.account_id])).rowCount).toBe(0);
    await avopay.db.query(`UPDATE "WebhookEndpoint" SET mode = 'test' WHERE "accountId" = $1`, [shop.account_id]);
    const id = await newId();
    await simulate(id, 'paid');
    const body = await eventually(async () => {
      const { rows } = await avopay.db.query(
        `SELECT e."webhookBody" AS body FROM "Delivery" d JOIN "Event" e ON e.id = d."eventId" WHERE d."accountId" = $1 AND d.status = 'delivered'`,
        [shop.account_id],
      );
      return rows[0] && JSON.parse(rows[0].body);
    });
    expect(Object.keys(body)).toEqual([
      ...['event', 'payment_id', 'link_id', 'amount_fiat', 'currency', 'amount_sats', 'metadata', 'settled_at'],
    ]);
    expect(body).toMatchObject({ event: 'payment.confirmed', payment_id: id, metadata: { order: 7 } });
  });
});

describe('A-10: the page of a test payment', () => {
  test('says so, and holds two buttons that work without scripts', async () => {
    const [paid, expired] = [await newId(publishable), await newId(publishable)];
    const page = await fetch(`${avopay.url}/pay/${paid}`);
    const text = await page.text();
    expect(text).toContain('Test payment: no real money');
    for (const outcome of ['paid', 'expired']) {
      expect(text).toMatch(
        new RegExp(`<form method="post" action="/pay/${paid}/simulate".*<button [^>]*name="outcome" value="${outcome}"`),
      );
    }
    expect(page.headers.get('content-security-policy')).toContain("form-action 'self'");
    const pressed = await press(paid, 'paid');
    expect([pressed.status, pressed.headers.get('location')]).toEqual([303, `/pay/${paid}`]);
    await press(expired, 'expired');
    expect([(await read(paid)).status, (await read(expired)).status]).toEqual(['paid', 'expired']);
  });

  test('does nothing for another website, nor for a payment of real money', async () => {
    const id = await newId();
    expect((await press(id, 'paid', { 'sec-fetch-site': 'cross-site' })).status).toBe(303);
    expect((await read(id)).status).toBe('pending');
    const live: string = (await create(avopay.demo.secret_key)).body.payment_id;
    expect((await press(live, 'paid')).status).toBe(303);
    expect((await press('pmt_1', 'paid')).status).toBe(303);
    expect((await read(live, avopay.demo.secret_key)).status).toBe('pending');
    const text = await (await fetch(`${avopay.url}/pay/${live}`)).text();
    expect(text).not.toContain('/simulate');
  });
});

/** A stream of a key; `ids` is what it told of. Resolves when the server has taken it up. */
async function listen(key: string, field: string) {
  const ids: string[] = [];
  const client = createClient({
    ...{ url: `${avopay.url.replace(/^http/, 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 },
    connectionParams: { authorization: `Bearer ${key}` },
  });
  const next = ({ data }: Json) => ids.push(...Object.values<Json>(data).map(({ id }) => id));
  client.subscribe<Json>({ query: `subscription { ${field} }` }, { next, error: () => ids.push('refused'), complete: () => {} });
  // Answered after the subscription, which was sent first on the same socket and asks the database less.
  for (let n = 0; n < 3; n++) for await (const _ of client.iterate({ query: '{ account { name keys { id } } }' }));
  return { ids, close: () => client.dispose() };
}

describe('A-10: the test side and the live side', () => {
  test('never mix in lists, and to a test key the live side does not exist', async () => {
    const demo = keyAdmin(avopay);
    const key = (await demo.make({ kind: 'secret', mode: 'test' })).api_key;
    const [live, probe] = [await newId(avopay.demo.secret_key), await newId(key)];
    const list = async (bearer: string, mode = '') => {
      const query = `{ payments(first: 100${mode}) { edges { node { id mode } } } }`;
      const { body } = await avopay.call('POST', '/graphql', { body: { query }, key: bearer });
      return body.data.payments.edges.map(({ node }: Json) => node.id) as string[];
    };
    expect(await list(key)).toEqual([probe]);
    expect(await list(key, ', filter: { mode: LIVE }')).toEqual([probe]);
    expect(await list(avopay.demo.secret_key)).toContain(live);
    expect(await list(avopay.demo.secret_key)).not.toContain(probe);
    expect(await list(avopay.demo.secret_key, ', filter: { mode: TEST }')).toEqual([probe]);
    expect((await avopay.call('GET', `/api/v1/payments/${live}`, { key })).status).toBe(404);
    expect(await simulate(live, 'paid', avopay.demo.secret_key)).toMatchObject({ status: 409, body: { code: 'not_a_test_payment' } });
    expect((await simulate(probe, 'paid')).status).toBe(404); // another account's
  });

  test('have links of their own, and a test link starts test payments', async () => {
    const body = { title: 'Tea', amount_fiat: 20, currency: 'EUR' };
    const link = (await avopay.call('POST', '/api/v1/payment-links', { body, key: secret })).body;
    expect(link.mode).toBe('test');
    const started = await avopay.call('POST', `/api/v1/checkout/link/${link.id}/pay`, { body: {}, key: null });
    expect(await read(started.body.payment_id)).toMatchObject({ mode: 'test', link_id: link.id });
    const live = (await avopay.call('POST', '/api/v1/payment-links', { body, key: shop.secret_key })).body;
    const ids = (await avopay.call('GET', '/api/v1/payment-links', { key: secret })).body.data.map(({ id }: Json) => id);
    expect(ids).toEqual([link.id]);
    for (const [method, more] of [
      ['GET', {}],
      ['PATCH', { body: { status: 'inactive' } }],
      ['DELETE', {}],
    ] as const) {
      expect((await avopay.call(method, `/api/v1/payment-links/${live.id}`, { key: secret, ...more })).status).toBe(404);
    }
  });

  test('lists, file, figures, log and webhook endpoints show a test key the test side alone', async () => {
    const { body: both } = await avopay.call('POST', '/sandbox/accounts', { body: {}, key: null });
    const { api_key: key } = await keyAdmin(avopay, both).make({ kind: 'secret', mode: 'test' });
    const as = (bearer: string, method: string, path: string, body?: object) =>
      avopay.call(method, `/api/v1${path}`, { key: bearer, ...(body ? { body } : {}) });
    const [live, probe] = [await newId(both.secret_key), await newId(key)];
    const link = { title: 'Tea', amount_fiat: 20, currency: 'EUR' };
    const [liveLink, testLink] = [
      (await as(both.secret_key, 'POST', '/payment-links', link)).body.id,
      (await as(key, 'POST', '/payment-links', link)).body.id,
    ];
    const [liveHook, testHook] = [
      (await as(both.secret_key, 'POST', '/webhook-endpoints', { url: 'https://shop.example/live' })).body.id,
      (await as(key, 'POST', '/webhook-endpoints', { url: 'https://shop.example/test', mode: 'live' })).body.id,
    ];
    for (const query of ['', '?mode=live', '?mode=test']) {
      expect((await as(key, 'GET', `/payments${query}`)).body.data.map((row: Json) => row.payment_id)).toEqual([probe]);
      const { text } = await as(key, 'GET', `/payments.csv${query}`);
      expect([text.includes(probe), text.includes(live)]).toEqual([true, false]);
    }
    const log: Json[] = (await as(key, 'GET', '/events?first=100')).body.data;
    expect([...new Set(log.map((event) => event.subject_id))].sort()).toEqual([testHook, testLink, probe].sort());
    const whole: Json[] = (await as(both.secret_key, 'GET', '/events?first=100')).body.data;
    expect(whole.map((event) => event.subject_id)).toEqual(expect.arrayContaining([live, liveLink, liveHook]));
    const { data: hooks } = (await as(key, 'GET', '/webhook-endpoints')).body;
    expect(hooks).toEqual([expect.objectContaining({ id: testHook, mode: 'test' })]);
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/test'],
      ['POST', '/rotate-secret'],
      ['GET', '/deliveries'],
    ] as const) {
      const body = method === 'GET' ? undefined : {};
      expect([path, (await as(key, method, `/webhook-endpoints/${liveHook}${path}`, body)).status]).toEqual([path, 404]);
    }
    const { body: figures } = await avopay.call('POST', '/graphql', { body: { query: '{ paymentStats(days: 1) { started } }' }, key });
    expect(figures.data.paymentStats).toEqual([{ started: 1 }]);
  });

  test('streams tell a test key of the test side alone', async () => {
    const { body: both } = await avopay.call('POST', '/sandbox/accounts', { body: {}, key: null });
    const { api_key: key } = await keyAdmin(avopay, both).make({ kind: 'secret', mode: 'test' });
    const heard = await Promise.all(
      ['paymentsUpdated { id }', 'paymentLinksUpdated { id }', 'eventAdded(afterSequence: "0") { id: subjectId }'].map((field) =>
        listen(key, field),
      ),
    );
    const link = { body: { title: 'Tea', amount_fiat: 20, currency: 'EUR' } };
    await newId(both.secret_key);
    await avopay.call('POST', '/api/v1/payment-links', { ...link, key: both.secret_key });
    const probe = await newId(key);
    const { id } = (await avopay.call('POST', '/api/v1/payment-links', { ...link, key })).body;
    await eventually(async () => heard[0]?.ids.includes(probe) && heard[1]?.ids.includes(id) && heard[2]?.ids.includes(id));
    expect(heard.map(({ ids }) => [...new Set(ids)])).toEqual([[probe], [id], [probe, id]]);
    await Promise.all(heard.map(({ close }) => close()));
  });

  test('a test key opens nothing that live money depends on, and touches no key but itself', async () => {
    const admin = keyAdmin(avopay, shop);
    const [own, other] = [await admin.make({ kind: 'secret', mode: 'test' }), await admin.make({ kind: 'secret', mode: 'test' })];
    const refused = async (method: string, path: string, body?: object) => {
      const reply = await avopay.call(method, `/api/v1/account${path}`, { key: own.api_key, ...(body ? { body } : {}) });
      return [reply.status, reply.body.code];
    };
    expect(await refused('POST', '/keys', { kind: 'secret' })).toEqual([403, 'session_required']);
    expect(await refused('PATCH', '', { redirect_hosts: [] })).toEqual([403, 'live_key_required']);
    expect(await refused('POST', '/close', { password: shop.password })).toEqual([403, 'session_required']);
    expect(await refused('DELETE', `/keys/${other.id}`)).toEqual([403, 'key_not_own']);
    expect(await refused('POST', `/keys/${other.id}/rotate`, {})).toEqual([403, 'key_not_own']);
    const next = await avopay.call('POST', `/api/v1/account/keys/${own.id}/rotate`, { key: own.api_key, body: { overlap_hours: 0 } });
    expect(next.body).toMatchObject({ mode: 'test', kind: 'secret' });
    expect(await refused('DELETE', `/keys/${next.body.id}`)).toEqual([401, 'invalid_api_key']);
  });
});
