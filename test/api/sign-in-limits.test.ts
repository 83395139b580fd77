import type { Avopay } from '../support/avopay.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAvopay } from '../support/avopay.ts';
import { redisMissing, startRedis } from '../support/redis.ts';
import { ourPage, pass, stranger } from '../support/person.ts';

const QUARTER = 15 * 60;

let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay({ RATE_LIMITS: 'on', TRUSTED_PROXIES: '1' });
});
afterAll(() => avopay.stop());

let hosts = 0;
/** Each call from an address of its own. */
const elsewhere = () => ({ ...ourPage(avopay), 'x-forwarded-for': `198.51.100.${++hosts}` });
const login = (email: string, password: string, headers = elsewhere()) =>
  stranger(avopay).call('POST', '/api/v1/auth/login', { email, password }, headers);

test('R-17: ten attempts for one address in fifteen minutes, wherever they come from, whether or not somebody has it', async () => {
  const { email, password } = avopay.demo;
  for (const address of [email, 'nobody@shop.example']) {
    for (let n = 0; n < 10; n++) expect((await login(n % 2 ? address : address.toUpperCase(), 'wrong password')).status).toBe(401);
    const refused = await login(address, password);
    expect([refused.status, refused.body.code]).toEqual([429, 'rate_limited']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(QUARTER - 120);
  }
  await pass(avopay, QUARTER);
  expect((await login(email, password)).status).toBe(200);
});

test('R-17: ten attempts from one host in fifteen minutes, whomever they are for', async () => {
  const headers = elsewhere();
  for (let n = 0; n < 10; n++) expect((await login(`nobody-${n}@shop.example`, 'wrong password', headers)).status).toBe(401);
  expect((await login('nobody-10@shop.example', 'wrong password', headers)).status).toBe(429);
});

test('R-16: five sign-ups an hour from one host', async () => {
  const headers = elsewhere();
  const signUp = async () => {
    const { email, password, call } = stranger(avopay);
    return (await call('POST', '/api/v1/auth/signup', { email, password, terms_accepted: true }, headers)).status;
  };
  const statuses = [];
  for (let n = 0; n < 6; n++) statuses.push(await signUp());
  expect(statuses).toEqual([201, 201, 201, 201, 201, 429]);
});

test('three mails an hour to one address, whether or not somebody has it', async () => {
  for (const email of [avopay.demo.email, 'nobody@shop.example']) {
    const statuses = [];
    for (let n = 0; n < 4; n++)
      statuses.push((await stranger(avopay).call('POST', '/api/v1/auth/password/reset', { email }, elsewhere())).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
  }
});

test('two hundred who sign in at once wait in line, and payments are made beside them', async () => {
  const { password } = avopay.demo;
  const flood = Array.from({ length: 200 }, (_, n) => login(`flood-${n}@shop.example`, password));
  const made = await avopay.call('POST', '/api/v1/payments', { body: { amount: 5, currency: 'EUR' }, headers: elsewhere() });
  expect(made.status).toBe(201);
  const replies = await Promise.all(flood);
  const statuses = new Set(replies.map(({ status }) => status));
  expect([...statuses].sort()).toEqual([401, 503]);
  const busy = replies.find(({ status }) => status === 503);
  expect([busy?.body.code, busy?.headers.get('retry-after')]).toEqual(['sign_in_busy', '5']);
}, 60_000);

test.skipIf(redisMissing() !== null)(
  'X-3: while Redis is away nobody signs in or up, and reading goes on',
  async () => {
    const redis = await startRedis();
    const other = await startAvopay({ RATE_LIMITS: 'on', REDIS_URL: redis.url });
    try {
      const { email, password } = other.demo;
      const signIn = () => stranger(other).call('POST', '/api/v1/auth/login', { email, password });
      expect((await signIn()).status).toBe(200);
      await redis.stop();
      for (const reply of [await signIn(), await stranger(other).call('POST', '/api/v1/auth/signup', {})]) {
        expect([reply.status, reply.body.code]).toEqual([503, 'limits_unavailable']);
      }
      expect((await other.call('GET', '/api/v1/payments/pmt_x')).status).toBe(404);
    } finally {
      await other.stop();
      await redis.stop();
    }
  },
  60_000,
);
