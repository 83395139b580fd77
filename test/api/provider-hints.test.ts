import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { request } from 'undici';
import { eventually, startAvopay } from '../support/avopay.ts';
import { booksOf } from '../support/books.ts';
import { countingProxy } from '../support/counting-proxy.ts';

/** A server without a worker: no socket is listened to, no sweep runs, nothing expires. Only hints can move a payment. */
let avopay: Avopay;
let provider: Awaited<ReturnType<typeof countingProxy>>;

beforeAll(async () => {
  provider = await countingProxy();
  avopay = await startAvopay({ ROLE: 'api', SWAP_PROVIDERS: `sandbox=${provider.url}/v2` });
  const world: Json = (await avopay.call('GET', '/sandbox', { key: null })).body;
  provider.leadTo(world.provider_url.replace(/\/v2$/, ''));
});
afterAll(async () => {
  await avopay.stop();
  await provider.close();
});

const rowOf = async (paymentId: string): Promise<Json> =>
  (await avopay.db.query('SELECT * FROM "Swap" WHERE "subjectId" = $1 ORDER BY attempt DESC', [paymentId])).rows[0];
const creations = () => provider.passed.filter(({ method, path }) => method === 'POST' && path === '/v2/swap/reverse');

async function createPayment(): Promise<{ id: string; hintUrl: string; swap: Json }> {
  const { body } = await avopay.call('POST', '/api/v1/payments', { body: { amount: 20, currency: 'EUR' } });
  const asked: Json = JSON.parse(creations().at(-1)?.body ?? '{}');
  return { id: body.payment_id, hintUrl: asked.webhook.url, swap: await rowOf(body.payment_id) };
}

test('a payment is paid by the provider’s hint alone, without socket and sweep', async () => {
  const { id, swap } = await createPayment();
  await avopay.call('POST', '/sandbox/pay', { body: { invoice: swap.invoice }, key: null });
  await eventually(async () => (await avopay.call('GET', `/api/v1/payments/${id}`)).body.status === 'paid');
  const books = await booksOf(avopay);
  expect(books.faults).toEqual([]);
  expect(books.paidPayments).toBe(1);
});

test('each swap has an address of its own, which rests nowhere', async () => {
  const [one, other] = [await createPayment(), await createPayment()];
  expect(one.hintUrl).toMatch(/^http:\/\/localhost:\d+\/api\/v1\/webhooks\/sandbox\/[0-9A-Za-z_-]{32}$/);
  expect(one.hintUrl.length).toBeLessThanOrEqual(250);
  expect(one.hintUrl).not.toBe(other.hintUrl);
  const token = one.hintUrl.split('/').at(-1) ?? '';
  const { rows } = await avopay.db.query(`SELECT s::text AS text FROM "Swap" s UNION ALL SELECT e::text FROM "Event" e`);
  expect(rows.length).toBeGreaterThan(2);
  for (const { text } of rows) expect(text).not.toContain(token);
  expect((await rowOf(one.id)).hintTokenHash).toHaveLength(32);
});

const forged = (token: string, n: number) => {
  const statuses = ['invoice.settled', 'transaction.confirmed', 'invoice.expired', 'transaction.refunded', 'swap.expired', '__proto__'];
  const bodies = [
    JSON.stringify({ event: 'swap.update', data: { id: `${n}`, status: statuses[n % statuses.length] } }),
    'not json',
    '',
    '['.repeat(500),
    JSON.stringify({ paid: true, preimage: '00'.repeat(32) }),
  ];
  return request(token, { method: 'POST', body: bodies[n % bodies.length] ?? '', headers: { 'content-type': 'application/json' } });
};

test('R-9: a thousand forged hints change nothing, and cost one look per swap in two seconds at most', async () => {
  const { id, hintUrl, swap } = await createPayment();
  provider.passed.length = 0;
  const startedMs = performance.now();
  for (let from = 0; from < 1_000; from += 50) {
    const replies = await Promise.all(Array.from({ length: 50 }, (_, i) => forged(hintUrl, from + i)));
    for (const reply of replies) {
      expect(reply.statusCode).toBe(200);
      expect(await reply.body.text()).toBe('{}');
    }
  }
  await eventually(async () => provider.passed.some(({ path }) => path === `/v2/swap/${swap.providerSwapId}`));
  await new Promise((resolve) => setTimeout(resolve, 300));
  const looks = Math.floor((performance.now() - startedMs) / 2_000) + 1;
  const reads = provider.passed.filter(({ path }) => path === `/v2/swap/${swap.providerSwapId}`).length;
  expect(reads).toBeGreaterThan(0);
  expect(reads).toBeLessThanOrEqual(looks);
  expect(provider.passed).toHaveLength(reads);
  expect((await avopay.call('GET', `/api/v1/payments/${id}`)).body.status).toBe('pending');
  const { fence: _fence, nextLookAt: _next, leaseUntil: _lease, ...before } = swap;
  expect(await rowOf(id)).toMatchObject(before);
});

test('a bad token, a bad provider and a good token are answered alike', async () => {
  const { hintUrl } = await createPayment();
  const base = hintUrl.slice(0, hintUrl.lastIndexOf('/'));
  const addresses = [
    hintUrl,
    `${base}/${'A'.repeat(32)}`,
    `${base}/x`,
    `${base}/${'%00'.repeat(4)}`,
    `${base}/${'a'.repeat(2_000)}`,
    hintUrl.replace('/sandbox/', '/other/'),
  ];
  const answers = await Promise.all(
    addresses.map(async (address) => {
      const reply = await request(address, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
      const { date: _date, 'x-request-id': _id, ...headers } = reply.headers;
      return { status: reply.statusCode, headers, text: await reply.body.text() };
    }),
  );
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  expect(answers[0]?.status).toBe(200);
  expect((await request(hintUrl)).statusCode).toBe(405);
});

test('a body that does not end is not taken in', async () => {
  const { hintUrl } = await createPayment();
  let sent = 0;
  async function* endless() {
    for (;;) {
      sent += 64 * 1024;
      yield Buffer.alloc(64 * 1024, 'x');
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  const outcome = await request(hintUrl, { method: 'POST', body: endless() as never, bodyTimeout: 5_000 }).then(
    async (reply) => [reply.statusCode, await reply.body.text().catch(() => 'cut')],
    (error: { code?: string }) => error.code,
  );
  expect(
    outcome === 'UND_ERR_SOCKET' || outcome === 'ECONNRESET' || outcome === 'EPIPE' || (Array.isArray(outcome) && outcome[0] === 200),
  ).toBe(true);
  expect(sent).toBeLessThan(64 * 1024 * 1024);
  expect((await avopay.call('GET', '/livez', { key: null })).text).toBe('ok');
});
