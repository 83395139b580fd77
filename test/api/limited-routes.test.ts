import type { LimitedRoutes } from '../support/limited-routes.ts';
import type { Route } from '../../rest-adapter/route.ts';
import type { RollingWindow } from '../../src/limits/decision.ts';
import type { LimitName } from '../../src/limits/limits.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeLog } from '../../src/lib/log.ts';
import { Secret } from '../../src/lib/secret.ts';
import { addMs } from '../../src/lib/time.ts';
import { makeLimiter } from '../../src/limits/limiter.ts';
import { redisWindow } from '../../src/limits/redis-window-client.ts';
import { LocalWindow } from '../../src/limits/rolling-window.ts';
import { serveLimitedRoutes } from '../support/limited-routes.ts';
import { redisMissing, startRedis } from '../support/redis.ts';

/** Both tables of the documentation, restated: route, requests, seconds, counted by. */
const DOCUMENTED: readonly (readonly [Route['method'], string, LimitName, number, number, 'address' | 'key'])[] = [
  ['POST', '/api/v1/payments', 'payment_creation', 30, 60, 'address'],
  ['POST', '/api/v1/webhooks/sandbox/token', 'webhooks', 120, 60, 'address'],
  ['POST', '/api/v1/auth/login', 'auth_login', 10, 900, 'address'],
  ['POST', '/api/v1/auth/signup', 'account_signup', 5, 3_600, 'address'],
  ['POST', '/api/v1/account/register', 'account_signup', 5, 3_600, 'address'],
  ['GET', '/api/v1/account/register/status/1', 'register_status', 30, 60, 'address'],
  ['POST', '/api/v1/account/register/boltz-webhook', 'boltz_webhook', 120, 60, 'address'],
  ['POST', '/api/v1/connect/descriptor', 'connect_descriptor', 30, 60, 'address'],
  ['POST', '/api/v1/payment-links', 'payment_links', 30, 60, 'key'],
];
const ROWS = DOCUMENTED.map(([method, path, limit]) => [method, path, limit] as const);

let now = new Date('2026-11-22T12:00:00.000Z');
const wind = (seconds: number) => {
  now = addMs(now, seconds * 1_000);
};
const limiterOn = (shared: RollingWindow, local: RollingWindow = shared) =>
  makeLimiter({ now: () => now, log: makeLog('silent'), shared, local });

describe('the documented limits', () => {
  let routes: LimitedRoutes;
  beforeAll(async () => {
    routes = await serveLimitedRoutes(limiterOn(new LocalWindow()), ROWS);
  });
  afterAll(() => routes.close());

  test.each(DOCUMENTED)('%s %s spends %s: %i requests in any %i seconds for one %s', async (method, path, limit, uses, seconds, per) => {
    const from = { address: `first ${path}`, key: 'shop/one' };
    const other = per === 'key' ? { ...from, key: 'shop/two' } : { ...from, address: `other ${path}` };
    const call = (who = from) => routes.call(method, path, who);
    for (let used = 1; used <= uses; used++) {
      const reply = await call();
      expect([reply.status, reply.headers.get('ratelimit')]).toEqual([
        200,
        `"${limit}";r=${uses - used};t=${seconds - (used > 1 ? 7 : 0)}`,
      ]);
      if (used === 1) wind(7);
    }
    const refused = await call();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, `${seconds - 7}`]);
    expect(await refused.json()).toEqual({
      error: `Too many requests — retry in ${seconds - 7} seconds`,
      code: 'rate_limited',
      request_id: 'req_1',
    });
    expect(refused.headers.get('ratelimit-policy')).toBe(`"${limit}";q=${uses};w=${seconds}`);
    expect(refused.headers.get('ratelimit')).toBe(`"${limit}";r=0;t=${seconds - 7}`);
    expect((await call(other)).status).toBe(200);
    wind(seconds - 8);
    expect((await call()).status).toBe(429);
    wind(1);
    expect((await call()).status).toBe(200);
    const next = await call();
    expect([next.status, next.headers.get('retry-after')]).toEqual([429, '7']);
  });

  test('R-16: both ways to an account share one window', async () => {
    const from = { address: 'somebody new' };
    for (let i = 0; i < 5; i++) {
      const path = i % 2 === 0 ? '/api/v1/auth/signup' : '/api/v1/account/register';
      expect((await routes.call('POST', path, from)).status).toBe(200);
    }
    expect((await routes.call('POST', '/api/v1/auth/signup', from)).status).toBe(429);
    expect((await routes.call('POST', '/api/v1/account/register', from)).status).toBe(429);
  });

  test('keys that do not hold are counted by their address, and told so only within the limit', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 31; i++) {
      statuses.push((await routes.call('POST', '/api/v1/payment-links', { address: 'guesser', key: `no key ${i}` })).status);
    }
    expect(statuses).toEqual([...Array.from({ length: 30 }, () => 401), 429]);
    expect((await routes.call('POST', '/api/v1/payment-links', { address: 'guesser', key: 'shop/three' })).status).toBe(200);
  });

  test('R-17: one e-mail address is counted however it is written', async () => {
    const limiter = limiterOn(new LocalWindow());
    for (let i = 0; i < 10; i++) expect((await limiter.take('auth_login_email', 'Ada@Example.com'))?.refusal).toBeNull();
    expect((await limiter.take('auth_login_email', ' ada@example.COM '))?.refusal).toMatchObject({ code: 'rate_limited' });
    expect((await limiter.take('auth_login_email', 'bob@example.com'))?.refusal).toBeNull();
  });
});

describe.skipIf(redisMissing() !== null)('several processes on one Redis', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let windows: RollingWindow[];
  let processes: LimitedRoutes[];
  beforeAll(async () => {
    redis = await startRedis();
    windows = await Promise.all([1, 2].map(() => redisWindow(new Secret(redis.url), makeLog('silent'))));
    processes = await Promise.all(windows.map((shared) => serveLimitedRoutes(limiterOn(shared, new LocalWindow()), ROWS)));
  });
  afterAll(async () => {
    await Promise.all([...processes, ...windows].map((part) => part.close()));
    await redis.stop();
  });
  const statuses = async (count: number, method: string, path: string, from: { address: string }) => {
    const replies = Array.from({ length: count }, (_, i) => processes[i % 2]?.call(method, path, from));
    return (await Promise.all(replies)).map((reply) => reply?.status);
  };
  const among = (list: readonly (number | undefined)[], status: number) => list.filter((one) => one === status).length;

  test('count together', async () => {
    const answered = await statuses(80, 'POST', '/api/v1/payments', { address: '203.0.113.1' });
    expect([among(answered, 200), among(answered, 429)]).toEqual([30, 50]);
  });

  test('X-3: when Redis is away payments go on with each process counting for itself, and nobody signs in or up', async () => {
    await redis.stop();
    const answered = await statuses(80, 'POST', '/api/v1/payments', { address: '203.0.113.2' });
    expect([among(answered, 200), among(answered, 429)]).toEqual([60, 20]);
    for (const path of ['/api/v1/auth/login', '/api/v1/auth/signup', '/api/v1/account/register']) {
      const reply = await processes[0]?.call('POST', path, { address: '203.0.113.3' });
      expect([reply?.status, reply?.headers.get('retry-after')]).toEqual([503, '5']);
      expect(await reply?.json()).toMatchObject({ code: 'limits_unavailable' });
    }
  });
});
