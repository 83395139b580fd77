import type { TestDatabase } from '../support/database.ts';
import type { Answer, WebhookWorld } from '../support/webhook-world.ts';
import { expect, test, vi } from 'vitest';
import { newId } from '../../src/lib/ids.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { BREAKER_EVENTS, breakerOpenUntil } from '../../src/webhooks/breaker.ts';
import { deliverDue, IN_FLIGHT_PER_ENDPOINT_MAX, makeDeliverer } from '../../src/webhooks/deliver-due.ts';
import { nextDueAt } from '../../src/webhooks/delivery-lease-store.ts';
import { eachWebhookWorld, listeningMerchants } from '../support/webhook-world.ts';

const MINUTE_MS = 60_000;
let db: TestDatabase;
let world: WebhookWorld;
eachWebhookWorld((opened, database) => {
  world = opened;
  db = database;
});

const listening = listeningMerchants(() => world);
async function merchant(...answers: Answer[]) {
  const { server, accountId, endpointId } = await listening(...answers);
  const events = async (count: number) => {
    for (let i = 0; i < count; i++) await world.event(accountId);
    await world.relay();
  };
  const endpoint = () => db.database.client.webhookEndpoint.findUniqueOrThrow({ where: { id: endpointId } });
  const tried = async () =>
    (await db.database.client.delivery.findMany({ where: { endpointId }, select: { attempts: true } })).map((row) => row.attempts);
  return { server, accountId, endpointId, events, endpoint, tried };
}

test('W-8: an endpoint that fails for fewer events than open the breaker keeps the documented schedule for each of them', async () => {
  const { server, events, endpoint } = await merchant({ status: 500 });
  await events(BREAKER_EVENTS - 1);
  for (const waitMs of [0, MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS]) {
    world.advance(waitMs * 1.1 + 1000);
    await deliverDue(world.deps);
  }
  expect(server.received).toHaveLength(4 * (BREAKER_EVENTS - 1));
  expect((await endpoint()).breakerOpenUntil).toBeNull();
});

test('a broken endpoint with a long queue uses up no attempts while it rests, is probed one delivery at a time, and gets all when it is back', async () => {
  const { server, events, endpoint, tried } = await merchant({ status: 503 });
  await events(30);
  await deliverDue(world.deps);
  const opened = await endpoint();
  const first = server.received.length;
  expect(opened.breakerOpenUntil?.getTime()).toBeGreaterThanOrEqual(world.now().getTime() + MINUTE_MS);
  // Four at once; the fifth failure closes the door, and while it does each of the four places may be taken once more.
  expect(first).toBeLessThan(BREAKER_EVENTS + 2 * IN_FLIGHT_PER_ENDPOINT_MAX);
  expect((await nextDueAt(db.database))?.getTime()).toBeGreaterThanOrEqual(opened.breakerOpenUntil?.getTime() ?? 0);
  world.advance(MINUTE_MS - 5_000);
  await deliverDue(world.deps);
  expect(server.received).toHaveLength(first);
  world.advance(6_000 + 1_000);
  await deliverDue(world.deps);
  expect(server.received).toHaveLength(first + 1);
  expect((await endpoint()).breakerOpenUntil?.getTime()).toBeGreaterThan(world.now().getTime());
  server.answer({ status: 200 });
  for (let i = 0; i < 40 && (await nextDueAt(db.database)); i++) {
    world.advance(MINUTE_MS);
    await deliverDue(world.deps);
  }
  expect(await endpoint()).toMatchObject({ breakerOpenUntil: null, failingSince: null });
  expect(await db.database.client.delivery.count({ where: { status: 'delivered', endpointId: (await endpoint()).id } })).toBe(30);
  expect(Math.max(...(await tried()))).toBeLessThanOrEqual(4);
});

test('the rest grows with the outage, from one minute to fifteen', () => {
  const since = new Date('2026-05-15T14:00:00.000Z');
  const restMs = (failingMs: number) => {
    const at = new Date(since.getTime() + failingMs);
    return breakerOpenUntil(since, at).getTime() - at.getTime();
  };
  expect([0, 4 * MINUTE_MS, 20 * MINUTE_MS, 60 * MINUTE_MS, 24 * 60 * MINUTE_MS].map(restMs)).toEqual([
    MINUTE_MS,
    MINUTE_MS,
    5 * MINUTE_MS,
    15 * MINUTE_MS,
    15 * MINUTE_MS,
  ]);
});

test('a receiver that hangs does not hold the round: it answers, and what comes meanwhile is delivered', async () => {
  const hanging = await merchant('never');
  await hanging.events(4);
  const woken = vi.fn();
  const deliverer = makeDeliverer(world.deps, woken);
  const startedMs = performance.now();
  expect(await deliverer.round()).toBe(4);
  const tookMs = performance.now() - startedMs;
  expect(hanging.server.received).toHaveLength(4); // still unanswered
  const healthy = await merchant({ status: 200 });
  await healthy.events(1);
  expect(await deliverer.round()).toBe(1);
  expect(healthy.server.received).toHaveLength(1);
  expect(await deliverer.round()).toBe(0);
  woken.mockClear();
  hanging.server.release(200);
  await deliverer.idle();
  expect(woken).toHaveBeenCalled();
  expect(await db.database.client.delivery.count({ where: { endpointId: hanging.endpointId, status: 'delivered' } })).toBe(4);
  expect(tookMs).toBeLessThan(9_000); // the POSTs themselves may take ten seconds
});

test('W-15: when an event is given up its owner gets one mail a day for the endpoint, in the same commit, and it names no secret address', async () => {
  const { accountId, endpointId, events, server } = await merchant({ status: 500 });
  await db.database.client.user.create({
    data: {
      id: newId(systemRandom, 'user'),
      accountId,
      email: 'owner@shop.example',
      passwordHash: 'x',
      role: 'owner',
      createdAt: world.now(),
    },
  });
  const giveUp = async () => {
    await events(2);
    for (let i = 0; i < 4; i++) {
      await deliverDue(world.deps);
      world.advance(20 * MINUTE_MS);
    }
  };
  const mails = () => db.database.client.mailOutbox.findMany({ where: { accountId }, orderBy: { nextAttemptAt: 'asc' } });
  await giveUp();
  await giveUp();
  expect(await db.database.client.delivery.count({ where: { endpointId, status: 'exhausted' } })).toBe(4);
  expect(await mails()).toMatchObject([
    {
      recipient: 'owner@shop.example',
      template: 'webhook_failed',
      dedupeKey: `webhook-failed:${endpointId}:2026-05-15`,
      facts: { endpointId, host: new URL(server.url).host },
      sentAt: null,
    },
  ]);
  expect(JSON.stringify(await mails())).not.toContain('/hook');
  world.advance(24 * 60 * MINUTE_MS);
  await giveUp();
  expect(await mails()).toHaveLength(2);
});

test('a delivery that is called off while its POST runs is told as delivered when the endpoint took it, and is not tried again when not', async () => {
  for (const [status, told] of [
    [200, 'delivered'],
    [500, 'cancelled'],
  ] as const) {
    const { server, events, endpointId } = await merchant('never');
    await events(1);
    const worker = deliverDue(world.deps);
    await vi.waitFor(() => expect(server.received).toHaveLength(1), { interval: 20, timeout: 10_000 });
    await db.database.client.delivery.updateMany({
      where: { endpointId },
      data: { status: 'cancelled', nextAttemptAt: null, leaseUntil: null },
    });
    server.release(status);
    await worker;
    const [delivery] = await db.database.client.delivery.findMany({ where: { endpointId }, include: { attemptRows: true } });
    expect(delivery).toMatchObject({ status: told, nextAttemptAt: null, attemptRows: [{ httpStatus: status }] });
  }
});
