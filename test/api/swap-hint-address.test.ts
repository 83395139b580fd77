import type { HttpCall } from '../../src/lib/http-client.ts';
import type { AddressInfo } from 'node:net';
import type { SwapWorld } from '../support/swap-world.ts';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { httpCall } from '../../src/lib/http-client.ts';
import { Death, keepShown, openSwapWorld } from '../support/swap-world.ts';

let world: SwapWorld;
beforeAll(async () => {
  world = await openSwapWorld();
  await world.backend().prepare();
});
afterAll(() => world.close());

const HINTS = 'http://127.0.0.1:9'; // the discard port: calls are lost, as on a bad day
const isCreate = ({ method, url }: Parameters<HttpCall>[0]) => method === 'POST' && url.endsWith('/swap/reverse');
const addressIn = (json: unknown) => (json as { webhook?: { url: string } }).webhook?.url;

/** A backend whose creations are kept, and answered by `answer` where that has one. */
function watched(answer: (json: unknown, n: number) => ReturnType<HttpCall> | null, hintsUrl = HINTS) {
  const asked: unknown[] = [];
  const http: HttpCall = (call) => (isCreate(call) && answer(call.json, asked.push(call.json))) || httpCall(call);
  return { asked, backend: world.backend(new Death(), { hintsUrl, http }) };
}
const open = async (backend: ReturnType<SwapWorld['backend']>, request = world.request()) => {
  const result = await backend.open(request, (tx, invoice) => keepShown(tx, invoice, request.subjectId));
  return { request, result };
};

test('a request whose answer was lost is sent again byte for byte, its address included', async () => {
  const { asked, backend } = watched((_json, n) => (n <= 2 ? Promise.resolve({ status: 502, text: '' }) : null));
  const { request, result } = await open(backend);
  expect(result.ok).toBe(false);
  expect((await open(backend, request)).result.ok).toBe(true);
  expect(asked).toHaveLength(3);
  expect(addressIn(asked[0])).toMatch(/^http:\/\/127\.0\.0\.1:9\/api\/v1\/webhooks\/sandbox\/[0-9A-Za-z_-]{32}$/);
  for (const json of asked) expect(JSON.stringify(json)).toBe(JSON.stringify(asked[0]));
});

test('a server that has moved meanwhile still sends the same bytes', async () => {
  const first = watched(() => Promise.resolve({ status: 502, text: '' }));
  const { request } = await open(first.backend);
  const second = watched(() => null, 'http://127.0.0.1:10');
  expect((await open(second.backend, request)).result.ok).toBe(true);
  expect(JSON.stringify(second.asked[0])).toBe(JSON.stringify(first.asked[0]));
});

test.each([
  ['the address', 'could not register webhook'],
  ['the statuses to call for', 'invalid swap status'],
])('a provider that does not take %s is asked without it, and is not offered one for an hour', async (_what, error) => {
  const refuse = (json: unknown) => {
    const url = addressIn(json);
    return url ? Promise.resolve({ status: 400, text: JSON.stringify({ error: `${error}: ${url}` }) }) : null;
  };
  const { asked, backend } = watched(refuse);
  const { request, result } = await open(backend);
  expect(result.ok).toBe(true);
  expect(asked.map((json) => addressIn(json) !== undefined)).toEqual([true, false]);
  const rows = await world.rows(request.subjectId);
  expect(rows.map(({ status }) => status)).toEqual(['rejected', 'verified']);
  expect(rows[1]?.hintTokenHash).toBeNull();
  const token = addressIn(asked[0])?.split('/').at(-1) ?? 'none';
  expect(JSON.stringify([rows.map(({ failure }) => failure), world.logged.map(({ facts }) => facts)])).not.toContain(token);
  expect((await world.database.client.providerHealth.findFirst())?.failures).toBe(0);
  expect((await open(backend)).result.ok).toBe(true);
  expect(asked).toHaveLength(3);
  world.advance(3_601_000);
  expect((await open(backend)).result.ok).toBe(true);
  expect(addressIn(asked[3])).toBeDefined();
});

test('an answer about the address that may come after the act brings no second hash to the provider', async () => {
  const { asked, backend } = watched(() => Promise.resolve({ status: 500, text: '{"error":"webhook storage failed"}' }));
  expect((await open(backend)).result.ok).toBe(false);
  expect(new Set(asked.map((json) => (json as { preimageHash: string }).preimageHash)).size).toBe(1);
});

test('without an address that reaches this server none is given', async () => {
  const long = watched(() => null, `https://${'a'.repeat(200)}.example`);
  const none = world.backend();
  expect((await open(long.backend)).result.ok).toBe(true);
  expect(addressIn(long.asked[0])).toBeUndefined();
  const { request } = await open(none);
  expect((await world.rows(request.subjectId))[0]?.hintTokenHash).toBeNull();
});

test('a payment from its invoice to the claim brings one call: that its money is there', async () => {
  const called: string[] = [];
  const server = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (text) => called.push(JSON.parse(text).data.status));
    request.on('end', () => response.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { backend } = watched(() => null, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const { request, result } = await open(backend);
  if (!result.ok) throw new Error(result.error.code);
  await world.pay(result.value);
  expect(await backend.reconcile(result.value.swapId)).toMatchObject({ swap: { status: 'claim_accepted' } });
  await expect.poll(() => world.shopper.status(result.value.paymentHash)?.status).toBe('settled');
  expect(await world.said(request.subjectId)).toContain('paid');
  await expect.poll(() => called.length).toBeGreaterThan(0);
  const last = watched(() => null, `http://127.0.0.1:${(server.address() as AddressInfo).port}`); // calls are made in their order
  const another = await open(last.backend);
  if (!another.result.ok) throw new Error(another.result.error.code);
  await world.pay(another.result.value);
  await expect.poll(() => called.length).toBe(2);
  expect(called).toEqual(['transaction.mempool', 'transaction.mempool']);
  server.close();
});
