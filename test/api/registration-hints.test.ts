import type { Avopay } from '../support/avopay.ts';
import type { Agent } from '../support/registrations.ts';
import type { Json } from '../support/json.ts';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, startAvopay } from '../support/avopay.ts';
import { agentOf, STATUS } from '../support/registrations.ts';

/** A server without a worker, whose provider's own calls are lost: nothing but the documented path can move a registration. */
let avopay: Avopay;
let agent: Agent;
beforeAll(async () => {
  avopay = await startAvopay({ ROLE: 'api', RATE_LIMITS: 'on' });
  agent = agentOf(avopay);
  await avopay.call('POST', '/sandbox/faults', { body: { provider: 'webhook_lost' }, key: null });
});
afterAll(() => avopay.stop());

const HOOK = '/api/v1/account/register/boltz-webhook';
const swapOf = async (invoice: string): Promise<Json> =>
  (await avopay.db.query('SELECT * FROM "Swap" WHERE invoice = $1', [invoice])).rows[0];
const hook = (body: string) => request(`${avopay.url}${HOOK}`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });

test('R-9: forged calls of the documented webhook path are answered 200 and change nothing', async () => {
  const { registration_id: id, invoice } = await agent.register();
  const before = await swapOf(invoice);
  const named = (swapId: string, status: string) => JSON.stringify({ event: 'swap.update', data: { id: swapId, status } });
  const statuses = ['invoice.settled', 'transaction.confirmed', 'invoice.expired', 'swap.expired', 'transaction.refunded'];
  const bodies = [
    ...statuses.map((status) => named(before.providerSwapId, status)),
    ...[
      named('unknown', 'invoice.settled'),
      named('__proto__', ''),
      'null',
      '[]',
      '"x"',
      'not json',
      '',
      '{"data":null}',
      '{"data":{"id":5}}',
    ],
    ...['['.repeat(1_000), named('a'.repeat(3_000), ''), 'x'.repeat(200_000), named("'; DROP TABLE x", '')],
  ];
  for (const body of bodies) {
    const reply = await hook(body);
    expect([reply.statusCode, await reply.body.text()]).toEqual([200, '{}']);
  }
  expect(await agent.poll(id)).toMatchObject({ status: 'pending', invoice });
  const { fence: _fence, nextLookAt: _next, leaseUntil: _lease, ...same } = before;
  expect(await swapOf(invoice)).toMatchObject(same);
});

test('R-9: a hint on the documented path makes us look, and what we then see for ourselves opens the account', async () => {
  const { registration_id: id, invoice } = await agent.register();
  void agent.pay(invoice).catch(() => undefined); // answered when it is settled
  const { providerSwapId } = await swapOf(invoice);
  const { provider_url } = (await avopay.call('GET', '/sandbox', { key: null })).body;
  await eventually(async () => {
    const said = await fetch(`${provider_url}/swap/${providerSwapId}`).then((reply) => reply.json());
    return /^transaction\.(?:mempool|confirmed)$/.test((said as { status: string }).status); // a block may just have come
  });
  expect((await agent.poll(id)).status).toBe('pending');
  await hook(JSON.stringify({ event: 'swap.update', data: { id: providerSwapId, status: 'whatever it says' } }));
  await eventually(async () => (await swapOf(invoice)).status === 'claim_accepted', 20_000);
  const active = await agent.poll(id); // one poll: they are counted
  expect(active.api_key).toMatch(/^ak_live_/);
});

test('R-2: the sixth registration within an hour is refused, before it is judged', async () => {
  const statuses: number[] = [];
  for (let n = 0; n < 4; n++) statuses.push((await agent.post('/api/v1/account/register', {})).status);
  expect(statuses).toEqual([400, 400, 400, 429]);
});

test('W-17 R-9: the 121st call of the documented webhook path within a minute is refused', async () => {
  const statuses = await Promise.all(Array.from({ length: 130 }, async () => (await hook('{}')).statusCode));
  expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(120);
  expect(statuses).toContain(429);
});

test('R-7 R-10: polling every two seconds is let through, the 31st within a minute is refused', async () => {
  await avopay.call('POST', '/sandbox/clock', { body: { advance_s: 61 }, key: null });
  const replies = await Promise.all(Array.from({ length: 31 }, () => avopay.call('GET', `${STATUS}/${'0'.repeat(64)}`, { key: null })));
  const statuses = replies.map(({ status }) => status).sort();
  expect(statuses).toEqual([...Array.from({ length: 30 }, () => 404), 429]);
});
