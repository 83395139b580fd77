import type { Avopay, JsonReply } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { REFUSALS_MAX } from '../../src/limits/limiter.ts';
import { startAvopay } from '../support/avopay.ts';
import { redisMissing, startRedis } from '../support/redis.ts';

const BODY = { amount: 49.99, currency: 'EUR' };
const PAYMENTS = '/api/v1/payments';
const UNKNOWN = `${PAYMENTS}/pmt_00000000000000000000000000`;
/** Spends one payment creation without making a payment. */
const CREATE = `createPayment(input: {}) { __typename ... on Refusal { kind code message retryAfterSeconds } }`;

describe('a server behind one proxy', () => {
  let avopay: Avopay;
  beforeAll(async () => {
    avopay = await startAvopay({ RATE_LIMITS: 'on', TRUSTED_PROXIES: '1' });
  });
  afterAll(() => avopay.stop());
  const at = (address: string) => ({ 'x-forwarded-for': address });
  const create = (address: string, options: { body?: unknown; key?: string | null; headers?: Record<string, string> } = {}) =>
    avopay.call('POST', PAYMENTS, { body: BODY, ...options, headers: { ...at(address), ...options.headers } });
  const graphql = async (address: string, query: string, key: string | null = avopay.demo.secret_key): Promise<Json> =>
    (await avopay.call('POST', '/graphql', { body: { query }, key, headers: at(address) })).body;
  const repeat = async <T>(times: number, ask: (i: number) => Promise<T>): Promise<T[]> => {
    const answers: T[] = [];
    for (let i = 0; i < times; i++) answers.push(await ask(i));
    return answers;
  };
  const statusesOf = (replies: readonly { status: number }[]) => [...new Set(replies.map(({ status }) => status))];

  const raisedShop = async (createPerMinute: number): Promise<Json> => {
    const { body: shop } = await avopay.call('POST', '/sandbox/accounts', { body: {}, key: null });
    await avopay.db.query('UPDATE "Account" SET settings = $2 WHERE id = $1', [shop.account_id, { createPerMinute }]);
    return shop;
  };

  test('P-27 X-1 X-2: the thirty-first payment of a minute is answered 429 and made after Retry-After', async () => {
    const begun = performance.now();
    // Refused ones count too, and are over long before the first of them is a minute old, on any machine.
    const made = [await create('198.51.100.1'), ...(await repeat(29, () => create('198.51.100.1', { body: {} })))];
    expect(statusesOf(made)).toEqual([201, 400]);
    expect(made[0]?.headers.get('ratelimit-policy')).toBe('"payment_creation";q=30;w=60');
    expect(made[29]?.headers.get('ratelimit')).toMatch(/^"payment_creation";r=0;t=\d+$/);
    const refused = await create('198.51.100.1', { headers: { origin: 'https://shop.example' } });
    const passedSeconds = (performance.now() - begun) / 1_000;
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThanOrEqual(Math.ceil(60 - passedSeconds));
    expect(seconds).toBeLessThanOrEqual(60);
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({ error: `Too many requests — retry in ${seconds} seconds`, code: 'rate_limited' });
    expect(refused.headers.get('access-control-allow-origin')).toBe('*');
    expect(refused.headers.get('access-control-expose-headers')).toContain('Retry-After');
    expect((await create('198.51.100.2')).status).toBe(201);
    await avopay.call('POST', '/sandbox/clock', { body: { advance_s: seconds }, key: null });
    expect((await create('198.51.100.1')).status).toBe(201);
  });

  test('G-11: the three hundred and first read of a minute is answered 429', async () => {
    const read = (key: string | null = avopay.demo.secret_key) => avopay.call('GET', UNKNOWN, { key, headers: at('198.51.100.3') });
    expect(statusesOf(await Promise.all(Array.from({ length: 300 }, () => read())))).toEqual([404]);
    const refused = await read(null);
    expect([refused.status, refused.headers.get('ratelimit-policy')]).toEqual([429, '"read";q=300;w=60']);
    await avopay.call('POST', '/sandbox/clock', { body: { advance_s: Number(refused.headers.get('retry-after')) }, key: null });
    expect((await read()).status).toBe(404);
  });

  test('B-8 B-10: 429 comes before everything else that could be wrong; preflights are never counted', async () => {
    const from = '198.51.100.4';
    const preflights = await repeat(100, () => avopay.call('OPTIONS', PAYMENTS, { key: null, headers: at(from) }));
    expect(statusesOf(preflights)).toEqual([204]);
    expect(statusesOf(await repeat(30, () => create(from, { key: null })))).toEqual([401]);
    const wrong = await Promise.all([
      create(from, { key: null }),
      create(from, { body: {} }),
      create(from, { body: 'amount=5', headers: { 'content-type': 'text/plain' } }),
      create(from, { body: { filler: 'x'.repeat(70_000) } }),
    ]);
    expect(statusesOf(wrong)).toEqual([429]);
    expect((await avopay.call('OPTIONS', PAYMENTS, { key: null, headers: at(from) })).status).toBe(204);
  });

  test('X-3: a thousand spoofed X-Forwarded-For gain nothing', async () => {
    const replies = await Promise.all(
      Array.from({ length: 1_000 }, (_, i) => create(`10.1.${i >> 8}.${i % 256}, 203.0.113.${i % 256}, 198.51.100.5`, { key: null })),
    );
    expect(replies.filter(({ status }) => status !== 429)).toHaveLength(30);
  });

  test('X-4: thirty creates under aliases consume thirty, and the window is the one of REST', async () => {
    const aliased = `mutation { ${Array.from({ length: 10 }, (_, i) => `a${i}: ${CREATE}`).join(' ')} }`;
    const spent = (await repeat(3, () => graphql('198.51.100.6', aliased))).flatMap(({ data }) => Object.values<Json>(data));
    expect(spent.map(({ kind }) => kind)).toEqual(Array.from({ length: 30 }, () => 'INVALID'));
    const { data, errors } = await graphql('198.51.100.6', `mutation { ${CREATE} }`);
    expect(errors).toBeUndefined();
    const { retryAfterSeconds } = data.createPayment;
    expect(data.createPayment).toEqual({
      ...{ __typename: 'Refusal', kind: 'RATE_LIMITED', code: 'rate_limited', retryAfterSeconds },
      message: `Too many requests — retry in ${retryAfterSeconds} seconds`,
    });
    expect((await create('198.51.100.6')).status).toBe(429);
    expect((await graphql('198.51.100.6', `mutation { ${CREATE} }`, null)).data.createPayment.kind).toBe('RATE_LIMITED');
  });

  test('X-4: queries are counted field by field, and refused with the code and the seconds', async () => {
    const ten = `{ ${Array.from({ length: 10 }, (_, i) => `a${i}: payment(id: "x") { id }`).join(' ')} }`;
    for (const { errors } of await repeat(30, () => graphql('198.51.100.7', ten))) expect(errors).toBeUndefined();
    const { errors } = await graphql('198.51.100.7', '{ payment(id: "x") { id } }', null);
    expect(errors[0]).toMatchObject({ extensions: { code: 'rate_limited', kind: 'rate-limited' } });
    expect(errors[0].message).toBe(`Too many requests — retry in ${errors[0].extensions.retryAfterSeconds} seconds`);
    const read = await avopay.call('GET', UNKNOWN, { headers: at('198.51.100.7') });
    expect(read.status).toBe(429);
  });

  test('X-4: sockets and server-sent events spend from the same windows', async () => {
    const address = '198.51.100.8';
    class FromAddress extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols, { headers: at(address) });
      }
    }
    const client = createClient({ url: `${avopay.url.replace('http', 'ws')}/graphql`, webSocketImpl: FromAddress, lazy: false });
    const firstOf = async (query: string): Promise<Json> => {
      const answers = client.iterate<Json>({ query });
      const { value } = await answers.next();
      await answers.return?.();
      return value;
    };
    const codeOf = (answer: Json) => answer.errors?.[0]?.extensions.code;
    const watch = 'subscription { checkout(paymentId: "pmt_00000000000000000000000000") { status } }';
    const ten = `{ ${Array.from({ length: 10 }, (_, i) => `a${i}: checkout(paymentId: "x") { status }`).join(' ')} }`;
    await repeat(29, () => firstOf(ten));
    expect((await repeat(10, () => firstOf(watch))).map(codeOf)).toEqual(Array.from({ length: 10 }, () => 'payment_not_found'));
    expect(codeOf(await firstOf(watch))).toBe('rate_limited');
    expect(codeOf(await firstOf('{ checkout(paymentId: "x") { status } }'))).toBe('rate_limited');
    await repeat(30, () => firstOf(`mutation { ${CREATE} }`));
    expect((await firstOf(`mutation { ${CREATE} }`)).data.createPayment.kind).toBe('RATE_LIMITED');
    await client.dispose();
    const events = await fetch(`${avopay.url}/graphql?query=${encodeURIComponent(watch)}`, {
      headers: { accept: 'text/event-stream', ...at(address) },
    });
    expect(await events.text()).toContain('rate_limited');
    expect((await create(address)).status).toBe(429);
  });

  test('P-27: an account with a limit of its own spends that wherever it calls from, and strangers with its public key cannot', async () => {
    const shop = await raisedShop(40);
    const ask = (i: number, key: string) => create(`198.51.100.${10 + (i % 2)}`, { body: {}, key });
    const strangers = await repeat(62, (i) => ask(i, shop.publishable_key));
    expect(strangers.filter(({ status }) => status === 429)).toHaveLength(2);
    const own = await repeat(41, (i) => ask(i, shop.secret_key));
    expect(own.map(({ status }) => status)).toEqual([...Array.from({ length: 40 }, () => 400), 429]);
    expect(own[40]?.headers.get('ratelimit-policy')).toBe('"payment_creation_account";q=40;w=60');
    expect((await create('198.51.100.12', { key: shop.secret_key })).status).toBe(429);
    expect((await create('198.51.100.12', { body: {} })).status).toBe(400);
  });

  test('where somebody hammers on in spite of refusals, nothing is looked up any more, not even a limit of its own', async () => {
    const shop = await raisedShop(40);
    const ask = (address: string) => create(address, { body: {}, key: shop.secret_key });
    expect((await ask('198.51.100.20')).headers.get('ratelimit-policy')).toContain('payment_creation_account');
    await Promise.all(Array.from({ length: 30 + REFUSALS_MAX + 1 }, () => create('198.51.100.20', { body: {} })));
    const refused = await ask('198.51.100.20');
    expect([refused.status, refused.headers.get('ratelimit-policy')]).toEqual([429, '"payment_creation";q=30;w=60']);
    expect((await ask('198.51.100.21')).status).toBe(400);
  });

  test('one who floods does not touch a hundred who are polite', { timeout: 180_000 }, async () => {
    let flooding = true;
    let flooded = 0;
    const taken: number[] = []; // in whatever order: a refusal is written sooner than the answer to what was asked before it
    const flood = async () => {
      while (flooding) {
        const { status } = await create('198.51.100.99', { body: {} });
        flooded += 1;
        if (status !== 429) taken.push(status);
      }
    };
    const floods = Promise.all(Array.from({ length: 20 }, flood));
    const statuses: number[] = [];
    const tookMs: number[] = [];
    const polite = async (lane: number) => {
      for (let i = 0; i < 20; i++) {
        const begun = performance.now();
        const { status } = await create(`203.0.113.${lane * 10 + (i % 10)}`, { body: {} });
        tookMs.push(performance.now() - begun);
        statuses.push(status);
      }
    };
    await Promise.all(Array.from({ length: 10 }, (_, lane) => polite(lane)));
    flooding = false;
    await floods;
    tookMs.sort((a, b) => a - b);
    if (process.env['TEST_LOG']) console.info(`flood ${flooded}, polite p50 ${tookMs[100]} ms, p99 ${tookMs[198]} ms`);
    expect([...new Set(statuses)]).toEqual([400]);
    expect(statuses).toHaveLength(200);
    expect(taken).toEqual(Array.from({ length: 30 }, () => 400));
    expect(flooded).toBeGreaterThan(100);
  });
});

describe('a server without a proxy', () => {
  let avopay: Avopay;
  beforeAll(async () => {
    avopay = await startAvopay({ RATE_LIMITS: 'on' });
  });
  afterAll(() => avopay.stop());

  test('does not read X-Forwarded-For at all', async () => {
    const send = (i: number) => avopay.call('POST', PAYMENTS, { body: {}, headers: { 'x-forwarded-for': `10.0.${i >> 8}.${i % 256}` } });
    const replies: JsonReply[] = [];
    for (let i = 0; i < 1_000; i += 100) replies.push(...(await Promise.all(Array.from({ length: 100 }, (_, k) => send(i + k)))));
    expect(replies.filter(({ status }) => status === 400)).toHaveLength(30);
    expect(replies.filter(({ status }) => status === 429)).toHaveLength(970);
  });

  test('lets one address open six hundred sockets a minute, and says when to come back', async () => {
    const open = () =>
      new Promise<{ status: number; retryAfter: string | undefined }>((resolve, reject) => {
        const socket = new WebSocket(`${avopay.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
        socket.on('unexpected-response', (_request, response) => {
          response.resume();
          resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] });
        });
        socket.on('open', () => {
          socket.close();
          resolve({ status: 101, retryAfter: undefined });
        });
        socket.on('error', reject);
      });
    for (let i = 0; i < 12; i++) {
      expect((await Promise.all(Array.from({ length: 50 }, open))).every(({ status }) => status === 101)).toBe(true);
    }
    const refused = await open();
    expect(refused.status).toBe(429);
    expect(Number(refused.retryAfter)).toBeGreaterThan(0);
  });
});

describe.skipIf(redisMissing() !== null)('a server with Redis', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let avopay: Avopay;
  beforeAll(async () => {
    redis = await startRedis();
    avopay = await startAvopay({ RATE_LIMITS: 'on', REDIS_URL: redis.url });
  });
  afterAll(async () => {
    await avopay.stop();
    await redis.stop();
  });

  test('X-3: counts there by the clock of the sandbox, and serves on when Redis is gone', async () => {
    const create = () => avopay.call('POST', PAYMENTS, { body: {} });
    const thirty = await Promise.all(Array.from({ length: 30 }, create));
    expect(thirty.every(({ status }) => status === 400)).toBe(true);
    const refused = await create();
    expect(refused.status).toBe(429);
    await avopay.call('POST', '/sandbox/clock', { body: { advance_s: Number(refused.headers.get('retry-after')) }, key: null });
    expect((await create()).status).toBe(400);
    await redis.stop();
    const after = await Promise.all(Array.from({ length: 40 }, create));
    expect(after.filter(({ status }) => status === 400)).toHaveLength(30);
    expect(after.filter(({ status }) => status === 429)).toHaveLength(10);
    expect((await avopay.call('GET', UNKNOWN)).status).toBe(404);
  });
});
