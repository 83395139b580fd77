import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Secret } from '../../src/lib/secret.ts';
import { avopaySignature } from '../../src/webhooks/signature.ts';
import { eventually, startAvopay } from '../support/avopay.ts';
import { receiver } from '../support/webhook-world.ts';

let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay();
});
afterAll(() => avopay.stop());
const servers: Awaited<ReturnType<typeof receiver>>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const ENDPOINTS = '/api/v1/webhook-endpoints';
const UNKNOWN = 'whk_00000000000000000000000000';
const call = (method: string, path: string, key: string | null, body?: unknown) =>
  avopay.call(method, path, { key, ...(body === undefined ? {} : { body }) });

async function receiving(...answers: Parameters<typeof receiver>) {
  const server = await receiver(...answers);
  servers.push(server);
  return server;
}
async function shop() {
  const { secret_key: key, account_id: accountId, publishable_key: publishable } = (await call('POST', '/sandbox/accounts', null, {})).body;
  return { key: String(key), accountId: String(accountId), publishable: String(publishable) };
}
const add = async (key: string, body: object): Promise<Json> => (await call('POST', ENDPOINTS, key, body)).body;
/** A payment that has ended unpaid, with its event. */
async function expired(key: string): Promise<string> {
  const { body } = await call('POST', '/api/v1/payments', key, { amount: 20, currency: 'EUR', metadata: { order: 'A-1' } });
  await call('POST', '/sandbox/clock', null, { advance_s: 640 });
  await eventually(async () => (await call('GET', `/api/v1/payments/${body.payment_id}`, key)).body.status === 'expired');
  return body.payment_id;
}
const deliveries = async (key: string, id: string, query = ''): Promise<Json[]> =>
  (await call('GET', `${ENDPOINTS}/${id}/deliveries${query}`, key)).body.data;
const settled = (key: string, id: string) =>
  eventually(async () => {
    const rows = await deliveries(key, id);
    return rows.length > 0 && rows.every(({ status }) => status !== 'pending') ? rows : null;
  });

describe('endpoints', () => {
  test('W-16: the first endpoint is the default one, others come beside it with filters of their own, and each secret is shown once', async () => {
    const { key } = await shop();
    const first = await call('POST', ENDPOINTS, key, { url: 'https://shop.example/hooks' });
    expect(first).toMatchObject({
      status: 201,
      body: { url: 'https://shop.example/hooks', events: [], status: 'enabled', is_default: true, mode: 'live', has_secret: true },
    });
    expect(first.body.secret).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/);
    const second = await add(key, { url: 'https://shop.example/expired', events: ['payment.expired'] });
    expect(second).toMatchObject({ is_default: false, events: ['payment.expired'] });
    const { body: list, text } = await call('GET', ENDPOINTS, key);
    expect(list.data.map(({ id }: Json) => id)).toEqual([first.body.id, second.id]);
    expect(text).not.toContain('whsec_');
    const one = await call('GET', `${ENDPOINTS}/${second.id}`, key);
    expect([one.body.events, one.text.includes('whsec_')]).toEqual([['payment.expired'], false]);
    const moved = await call('PATCH', `${ENDPOINTS}/${second.id}`, key, { url: 'https://shop.example/new', events: [] });
    expect(moved.body).toMatchObject({ url: 'https://shop.example/new', events: [], status: 'enabled' });
    expect('secret' in moved.body).toBe(false);
  });

  test.each([
    [{}, 'url is required'],
    [{ url: 'ftp://shop.example/' }, 'url must be a whole https:// address of at most 2048 characters'],
    [{ url: 'https://user:pw@shop.example/' }, 'url must not contain a user name or password'],
    [{ url: 'https://10.0.0.1/' }, 'url must lead to a public internet address; for a local server use a tunnel'],
    [{ url: 'https://shop.example/', events: ['payment.paid'] }, 'events must be payment.confirmed, payment.expired or payment.test'],
    [
      { url: 'https://shop.example/', events: 'payment.expired' },
      'events must be a list of payment.confirmed, payment.expired or payment.test',
    ],
    [{ url: 'https://shop.example/', status: 'disabled' }, 'status must be enabled or paused'],
    [{ url: 'https://shop.example/', mode: 'prod' }, 'mode must be live or test'],
  ])('%j is refused in words', async (body, error) => {
    expect(await call('POST', ENDPOINTS, avopay.demo.secret_key, body)).toMatchObject({ status: 400, body: { error } });
  });

  test('every route of endpoints refuses no key with 401 and a publishable one with 403, before anything is judged', async () => {
    const { publishable } = await shop();
    const routes = [
      ['GET', ENDPOINTS],
      ['POST', ENDPOINTS],
      ['GET', `${ENDPOINTS}/x`],
      ['PATCH', `${ENDPOINTS}/x`],
      ['DELETE', `${ENDPOINTS}/x`],
      ['POST', `${ENDPOINTS}/x/test`],
      ['POST', `${ENDPOINTS}/x/rotate-secret`],
      ['GET', `${ENDPOINTS}/x/deliveries`],
      ['POST', `${ENDPOINTS}/x/replay`],
      ['POST', '/api/v1/deliveries/x/redeliver'],
      ['GET', '/api/v1/events?after=x'],
      ['GET', '/api/v1/payments?status=x'],
      ['GET', '/api/v1/payments.csv?status=x'],
    ] as const;
    for (const [method, path] of routes) {
      const body = method === 'POST' || method === 'PATCH' ? { events: 7 } : undefined;
      expect((await call(method, path, null, body)).body.error, path).toBe('Invalid or missing API key');
      expect((await call(method, path, publishable, body)).body.error, path).toBe('Secret key required for this endpoint');
    }
  });

  test('a foreign, a malformed and an unknown endpoint look the same', async () => {
    const [mine, theirs] = [await shop(), await shop()];
    const { id } = await add(theirs.key, { url: 'https://shop.example/' });
    for (const one of [id, 'whk_1', '%00', UNKNOWN]) {
      for (const [method, rest, body] of [
        ['GET', ''],
        ['PATCH', '', { status: 'paused' }],
        ['DELETE', ''],
        ['POST', '/test', {}],
        ['POST', '/rotate-secret', {}],
        ['GET', '/deliveries'],
        ['POST', '/replay', { after: 0 }],
      ] as const) {
        const reply = await call(method, `${ENDPOINTS}/${one}${rest}`, mine.key, body);
        expect([reply.status, reply.body.error], `${method} ${one}${rest}`).toEqual([404, 'Webhook endpoint not found']);
      }
    }
    expect((await call('GET', `${ENDPOINTS}/${id}`, theirs.key)).body.status).toBe('enabled');
  });

  test('an account has ten endpoints of a mode and no more, however many are added at once', async () => {
    const { key } = await shop();
    const made = await Promise.all(
      Array.from({ length: 16 }, (_, i) => call('POST', ENDPOINTS, key, { url: `https://shop.example/${i}` })),
    );
    expect(made.filter(({ status }) => status === 201)).toHaveLength(10);
    expect(made.filter(({ body }) => body.is_default)).toHaveLength(1);
    const { status, body } = await call('POST', ENDPOINTS, key, { url: 'https://shop.example/' });
    expect([status, body.code]).toEqual([409, 'too_many_webhook_endpoints']);
    await call('DELETE', `${ENDPOINTS}/${made.find((one) => one.body.is_default)?.body.id}`, key);
    expect(await add(key, { url: 'https://shop.example/again' })).toMatchObject({ is_default: true });
  });
});

describe('tests and redeliveries', () => {
  test('W-13 W-4: a test event is sent once, signed, with "test": true, and its answer is told at once', async () => {
    const { key } = await shop();
    const server = await receiving({ status: 418, body: 'teapot' });
    const { id, secret } = await add(key, { url: server.url });
    const { status, body } = await call('POST', `${ENDPOINTS}/${id}/test`, key);
    expect([status, body]).toMatchObject([200, { delivered: false, response_status: 418, error: null, delivery: { status: 'failed' } }]);
    const [request] = server.received;
    const sent = JSON.parse(request?.body.toString() ?? '');
    expect(Object.keys(sent)).toEqual([
      ...['event', 'payment_id', 'link_id', 'amount_fiat', 'currency', 'amount_sats', 'metadata', 'settled_at', 'test'],
    ]);
    expect(sent).toMatchObject({ event: 'payment.test', test: true, link_id: null, currency: 'EUR' });
    expect(request?.headers['x-avopay-signature']).toBe(avopaySignature(new Secret(secret), request?.body ?? Buffer.alloc(0)));
    expect(body.delivery.attempts).toMatchObject([
      { number: 1, response_status: 418, response_body: 'teapot', request_body: request?.body.toString() },
    ]);
    await call('POST', '/sandbox/clock', null, { advance_s: 3600 });
    expect(server.received).toHaveLength(1);
    expect((await deliveries(key, id)).map((row) => row.status)).toEqual(['failed']);
  });

  test('W-13: a test event works without a secret, on a paused endpoint, and reaches no other endpoint', async () => {
    const { key } = await shop();
    const [tested, other] = [await receiving({ status: 204 }), await receiving({ status: 204 })];
    await add(key, { url: other.url });
    const { id } = await add(key, { url: tested.url, status: 'paused' });
    expect((await call('POST', `${ENDPOINTS}/${id}/rotate-secret`, key, { remove: true })).body).toMatchObject({ has_secret: false });
    expect((await call('POST', `${ENDPOINTS}/${id}/test`, key)).body).toMatchObject({ delivered: true, response_status: 204 });
    expect(Object.keys(tested.received[0]?.headers ?? {}).filter((name) => name.includes('signature'))).toEqual([]);
    await call('POST', '/sandbox/clock', null, { advance_s: 60 });
    expect([tested.received.length, other.received.length]).toEqual([1, 0]);
  });

  test('W-13: an endpoint that does not answer at all is told as that', async () => {
    const { key } = await shop();
    const server = await receiver();
    server.close();
    const { id } = await add(key, { url: server.url });
    expect((await call('POST', `${ENDPOINTS}/${id}/test`, key)).body).toMatchObject({
      delivered: false,
      response_status: null,
      error: 'unreachable',
    });
  });

  test('W-15 W-18: an event is sent again by hand, as a delivery of its own with the same bytes; asked twice it is sent once', async () => {
    const { key } = await shop();
    const server = await receiving({ status: 200 }, 'never', { status: 200 });
    const { id } = await add(key, { url: server.url });
    const paymentId = await expired(key);
    const [first] = await settled(key, id);
    expect(first).toMatchObject({ status: 'delivered', event: 'payment.expired', payment_id: paymentId, redelivery: false });
    const again = await call('POST', `/api/v1/deliveries/${first?.id}/redeliver`, key);
    expect([again.status, again.body.redelivery, again.body.id === first?.id]).toEqual([201, true, false]);
    const twice = await call('POST', `/api/v1/deliveries/${first?.id}/redeliver`, key);
    expect(twice.body.id).toBe(again.body.id);
    await eventually(async () => server.received.length === 2);
    server.release(200);
    expect((await settled(key, id)).map((row) => [row.status, row.redelivery])).toEqual([
      ['delivered', true],
      ['delivered', false],
    ]);
    const [one, two] = server.received;
    expect(two?.body.equals(one?.body ?? Buffer.alloc(0))).toBe(true);
    expect([one?.headers['x-avopay-redelivery'], two?.headers['x-avopay-redelivery']]).toEqual([undefined, 'true']);
    expect(two?.headers['x-avopay-event-id']).toBe(one?.headers['x-avopay-event-id']);
    expect(two?.headers['x-avopay-delivery-id']).not.toBe(one?.headers['x-avopay-delivery-id']);
    expect(two?.headers['x-avopay-sequence']).toBe(first?.sequence);
    expect(Date.parse(String(two?.headers['x-avopay-created-at']))).toBe(Date.parse(String(one?.headers['x-avopay-created-at'])));
    for (const foreign of [first?.id, 'dlv_1', 'dlv_00000000000000000000000000'])
      expect((await call('POST', `/api/v1/deliveries/${foreign}/redeliver`, (await shop()).key)).body.code).toBe('delivery_not_found');
  });

  test('pausing calls off what is on its way and says how much; what was missed is replayed once it is enabled', async () => {
    const { key, accountId } = await shop();
    const server = await receiving({ status: 500 }, { status: 200 });
    const { id } = await add(key, { url: server.url });
    const one = await expired(key);
    await eventually(async () => (await deliveries(key, id))[0]?.attempts.at(0)?.response_status === 500);
    expect((await call('PATCH', `${ENDPOINTS}/${id}`, key, { status: 'paused' })).body).toMatchObject({
      status: 'paused',
      cancelled_deliveries: 1,
    });
    expect(await deliveries(key, id)).toMatchObject([{ status: 'cancelled', next_attempt_at: null }]);
    const two = await expired(key);
    expect(await deliveries(key, id)).toHaveLength(1);
    expect(await call('POST', `${ENDPOINTS}/${id}/replay`, key, { after: '0' })).toMatchObject({
      status: 409,
      body: { code: 'webhook_endpoint_paused' },
    });
    await call('PATCH', `${ENDPOINTS}/${id}`, key, { status: 'enabled' });
    expect(await call('POST', `${ENDPOINTS}/${id}/replay`, key, { after: 'x' })).toMatchObject({
      status: 400,
      body: { code: 'invalid_sequence' },
    });
    expect(await call('POST', `${ENDPOINTS}/${id}/replay`, key, { after: 0 })).toMatchObject({ status: 200, body: { ok: true } });
    await eventually(async () => server.received.length === 3);
    const replayed = server.received.slice(1).map(({ body }) => JSON.parse(body.toString()).payment_id);
    expect(new Set(replayed)).toEqual(new Set([one, two]));
    const { rows } = await avopay.db.query(
      `SELECT facts FROM "Event" WHERE "accountId" = $1 AND type = 'endpoint.updated' ORDER BY sequence`,
      [accountId],
    );
    expect(rows[0]?.facts).toMatchObject({ status: 'paused', cancelledDeliveries: 1, host: new URL(server.url).host });
  });

  test('a deleted endpoint is sent nothing more, keeps no secret, and is not found; its deliveries stay readable by GraphQL', async () => {
    const { key } = await shop();
    const server = await receiving({ status: 500 });
    const { id } = await add(key, { url: server.url });
    const paymentId = await expired(key);
    await eventually(async () => (await deliveries(key, id))[0]?.attempts.at(0)?.response_status === 500);
    expect(await call('DELETE', `${ENDPOINTS}/${id}`, key)).toMatchObject({ status: 200, body: { deleted: true } });
    expect((await call('DELETE', `${ENDPOINTS}/${id}`, key)).status).toBe(404);
    const before = server.received.length;
    await call('POST', '/sandbox/clock', null, { advance_s: 3600 });
    expect(server.received).toHaveLength(before);
    const query = `{ payment(id: "${paymentId}") { deliveries { edges { node { id status endpoint { id status hasSecret } } } } } }`;
    const { body } = await call('POST', '/graphql', key, { query });
    const [edge] = body.data.payment.deliveries.edges;
    expect(edge.node).toMatchObject({ status: 'CANCELLED', endpoint: { id, status: 'DISABLED', hasSecret: false } });
    expect((await call('POST', `/api/v1/deliveries/${edge.node.id}/redeliver`, key)).body.code).toBe('webhook_endpoint_deleted');
  });

  test('W-16: after a rotation the first header signs with the new secret, the second with both, for 24 hours', async () => {
    const { key } = await shop();
    const server = await receiving({ status: 200 });
    const { id, secret: before } = await add(key, { url: server.url });
    const { secret: after } = (await call('POST', `${ENDPOINTS}/${id}/rotate-secret`, key)).body;
    const signers = async () => {
      await call('POST', `${ENDPOINTS}/${id}/test`, key);
      const request = server.received.at(-1);
      const body = request?.body ?? Buffer.alloc(0);
      const at = new Date(Number(request?.headers['webhook-timestamp']) * 1000);
      const listed = String(request?.headers['webhook-signature']).split(' ');
      const signs = (secret: string) =>
        listed.includes(new Webhook(secret).sign(String(request?.headers['webhook-id']), at, body.toString()));
      const header = request?.headers['x-avopay-signature'];
      return { newest: header === avopaySignature(new Secret(after), body), listed: [signs(before), signs(after)] };
    };
    expect(after).not.toBe(before);
    expect(await signers()).toEqual({ newest: true, listed: [true, true] });
    await call('POST', '/sandbox/clock', null, { advance_s: 86_401 });
    expect(await signers()).toEqual({ newest: true, listed: [false, true] });
  });
});
