import type { OpenApiCheck } from '../support/openapi.ts';
import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { Spectral } from '@stoplight/spectral-core';
import { oas } from '@stoplight/spectral-rulesets';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DESCRIPTIONS } from '../../rest-adapter/openapi/descriptions.ts';
import { nameOf } from '../../rest-adapter/openapi/document.ts';
import { ERRORS } from '../../rest-adapter/openapi/errors.ts';
import { RAW_ROUTES, ROUTES, STATIC_ROUTES } from '../../rest-adapter/routes.ts';
import { eventually, startAvopay } from '../support/avopay.ts';
import { escapePointer, openApiCheck } from '../support/openapi.ts';

const ROWS = [...ROUTES, ...RAW_ROUTES, ...STATIC_ROUTES].filter(({ path }) => path.startsWith('/api/v1/'));

let avopay: Avopay;
let check: OpenApiCheck;
beforeAll(async () => {
  avopay = await startAvopay();
  check = await openApiCheck(avopay.url);
});
afterAll(() => avopay.stop());
const operations = (): [string, string, Json][] =>
  Object.entries<Json>(check.document.paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, operation]): [string, string, Json] => [method.toUpperCase(), path, operation]),
  );

describe('the document and the routes', () => {
  test.each(ROWS.map((row) => [nameOf(row)]))('X-6: %s is described', (name) => {
    expect(DESCRIPTIONS[name], 'rest-adapter/openapi/description.ts says how to describe a route').toBeDefined();
  });

  test('X-6: nothing is described that is not there', () => {
    const rows = ROWS.map(nameOf);
    expect(Object.keys(DESCRIPTIONS).filter((name) => !rows.includes(name))).toEqual([]);
  });

  test('X-6: the document lists every route of the server, and each route in it answers there', async () => {
    const documented = operations().map(([method, path]) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`);
    expect(documented.toSorted()).toEqual(ROWS.map(nameOf).toSorted());
    for (const [method, path] of operations()) {
      const reply = await avopay.call(method, path.replace(/\{\w+\}/g, 'x'), { key: null, ...(method === 'GET' ? {} : { body: {} }) });
      expect([reply.body.code, reply.status], `${method} ${path}`).not.toContain(reply.status === 404 ? 'route_not_found' : 405);
    }
  });

  test('X-6: the document is public, cacheable, and open to the pages of any site', async () => {
    const reply = await avopay.call('GET', '/api/v1/openapi.json', { key: null, headers: { origin: 'https://shop.example' } });
    expect([reply.status, reply.body.openapi, reply.body.servers[0].url]).toEqual([
      200,
      '3.1.0',
      avopay.url.replace('127.0.0.1', 'localhost'),
    ]);
    expect(Object.fromEntries(reply.headers)).toMatchObject({ 'access-control-allow-origin': '*', 'cache-control': 'public, max-age=300' });
    const headers = { 'if-none-match': reply.headers.get('etag') ?? '', 'cache-control': 'max-age=0' };
    expect((await avopay.call('GET', '/api/v1/openapi.json', { key: null, headers })).status).toBe(304);
  });

  test('B-9: routes that need no key say so, and all others name the keys that they take', () => {
    for (const [method, path, { security }] of operations()) {
      const row = ROUTES.find((route) => nameOf(route) === `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`);
      const audience = row?.audience ?? 'public';
      expect(security.length === 0, `${method} ${path}`).toBe(audience === 'public');
      expect(JSON.stringify(security).includes('publishableKey'), `${method} ${path}`).toBe(audience === 'pub');
    }
  });

  test('X-6: a tool made of it has a name of its own, a title, a reason to be called, and no error unsaid', () => {
    const ids = operations().map(([, , { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [method, path, operation] of operations()) {
      expect(operation.operationId, path).toMatch(/^[a-z][A-Za-z0-9]{2,40}$/);
      expect(operation.description.length, path).toBeGreaterThan(operation.summary.length);
      expect(Object.keys(operation.responses), `${method} ${path}`).toContain('429');
    }
  });

  test('every code that a row answers for nothing found is in the table of errors', () => {
    for (const { notFound, path } of ROUTES) if (notFound) expect(Object.keys(ERRORS), path).toContain(notFound.code);
  });
});

test('X-6: Spectral finds nothing to say about it', async () => {
  const spectral = new Spectral();
  spectral.setRuleset({ extends: [oas] } as Json); // the two packages carry different copies of one type
  const said = await spectral.run(check.document);
  expect(said.map(({ code, path, message }) => `${code} ${path.join('.')}: ${message}`)).toEqual([]);
});

test('X-6: every example fits its schema', () => {
  let examples = 0;
  for (const [method, path, operation] of operations()) {
    const base = `/paths/${escapePointer(path)}/${method.toLowerCase()}`;
    const media: [string, Json][] = [
      ...Object.entries<Json>(operation.requestBody?.content ?? {}).map(([type, value]): [string, Json] => [
        `/requestBody/content/${escapePointer(type)}`,
        value,
      ]),
      ...Object.entries<Json>(operation.responses).flatMap(([status, { content }]) =>
        Object.entries<Json>(content).map(([type, value]): [string, Json] => [
          `/responses/${status}/content/${escapePointer(type)}`,
          value,
        ]),
      ),
    ];
    for (const [pointer, value] of media) {
      expect(Object.keys(value.examples).length, base + pointer).toBeGreaterThan(0);
      for (const [name, example] of Object.entries<Json>(value.examples)) {
        if (value.schema.type === 'string') continue;
        expect(check.misfit(`${base}${pointer}/schema`, example.value), `${base}${pointer} ${name}`).toBeNull();
        examples += 1;
      }
    }
    operation.parameters.forEach((parameter: Json, index: number) => {
      if (parameter.example !== undefined) expect(check.misfit(`${base}/parameters/${index}/schema`, parameter.example)).toBeNull();
    });
  }
  expect(examples).toBeGreaterThan(40);
});

test('X-6: what a live server answers over a merchant’s day is as documented, field by field', async () => {
  const seen = new Set<string>();
  const call = async (method: string, path: string, options: Json = {}) => {
    const reply = await avopay.call(method, path, options);
    check.expectMatchesOpenApi(method, path, reply);
    seen.add(`${method} ${reply.status}`);
    return reply.body;
  };
  const links = '/api/v1/payment-links';
  const payment = await call('POST', '/api/v1/payments', { body: { amount: 5, currency: 'EUR', metadata: { a: [1] } } });
  const path = `/api/v1/payments/${payment.payment_id}`;
  const { lightning_invoice: invoice } = await call('GET', path);
  await avopay.call('POST', '/sandbox/pay', { body: { invoice }, key: null });
  await eventually(async () => (await call('GET', path)).status === 'paid');
  const link = await call('POST', links, { body: { title: 'Tip', currency: 'EUR' } });
  await call('GET', `/api/v1/checkout/link/${link.id}`, { key: null });
  await call('POST', `/api/v1/checkout/link/${link.id}/pay`, { key: null, body: {} });
  await call('POST', `/api/v1/checkout/link/${link.id}/pay`, { key: null, body: { amount_fiat: 3 } });
  await call('PATCH', `${links}/${link.id}`, { body: { description: 'Thank you' } });
  await call('DELETE', `${links}/${link.id}`);
  await call('POST', `/api/v1/checkout/link/${link.id}/pay`, { key: null, body: { amount_fiat: 3 } });
  await call('GET', `${links}?limit=1`);
  await call('GET', `${links}?cursor=nothing`);
  for (const [body, key] of [
    [{}, undefined],
    [{}, null],
    [{ amount: 5, currency: 'EUR', metadata: 1 }, undefined],
  ] as const)
    await call('POST', '/api/v1/payments', { body, ...(key === undefined ? {} : { key }) });
  await call('GET', path, { key: avopay.demo.publishable_key });
  await call('GET', '/api/v1/payments/pmt_1');
  expect((await call('GET', '/api/v1/account/audit?cursor=nothing')).code).toBe('invalid_cursor');
  for (const list of ['account/audit', 'account/keys', 'payments?status=paid', 'events?types=payment.confirmed', 'webhook-endpoints'])
    await call('GET', `/api/v1/${list}`);
  for (const list of ['payments?mode=none', 'events?after=x', 'webhook-endpoints/whk_1']) await call('GET', `/api/v1/${list}`);
  await call('GET', '/api/v1/payments.csv');
  await call('POST', '/api/v1/webhooks/boltz/nothing', { key: null });
  await call('GET', '/api/v1/openapi.json', { key: null });
  expect([...seen].toSorted()).toEqual([
    ...['DELETE 200', 'GET 200', 'GET 400', 'GET 403', 'GET 404', 'PATCH 200', 'POST 200', 'POST 201', 'POST 400', 'POST 401', 'POST 410'],
  ]);
});
