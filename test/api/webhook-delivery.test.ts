import type { TestDatabase } from '../support/database.ts';
import type { WebhookWorld } from '../support/webhook-world.ts';
import { once } from 'node:events';
import { Webhook } from 'standardwebhooks';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Secret } from '../../src/lib/secret.ts';
import { openDatabase } from '../../src/open-database.ts';
import { deliverDue, IN_FLIGHT_PER_ENDPOINT_MAX } from '../../src/webhooks/deliver-due.ts';
import { nextDueAt } from '../../src/webhooks/delivery-lease-store.ts';
import { avopaySignature } from '../../src/webhooks/signature.ts';
import { freshDatabase } from '../support/database.ts';
import { eachWebhookWorld, listeningMerchants, receiver, spawnDeliveryWorker, webhookWorld } from '../support/webhook-world.ts';

const MINUTE_MS = 60_000;
const TENTH = 1.1;
let db: TestDatabase;
let world: WebhookWorld;

eachWebhookWorld((opened, database) => {
  world = opened;
  db = database;
});

const merchant = listeningMerchants(() => world);

const deliveryOf = (eventId: string) =>
  db.database.client.delivery.findFirstOrThrow({ where: { eventId }, include: { attemptRows: { orderBy: { number: 'asc' } } } });

test('a confirmed payment reaches its merchant once, signed, with the stored bytes, and the log shows how it went', async () => {
  const { server, accountId, secret } = await merchant({ status: 200, body: 'thank\0you' });
  const event = await world.event(accountId);
  await world.relay();
  expect(await deliverDue(world.deps)).toBe(1);
  expect(await deliverDue(world.deps)).toBe(0);

  const [request] = server.received;
  expect(server.received).toHaveLength(1);
  expect(request?.body.toString()).toBe(event.webhookBody);
  expect(request?.headers).toMatchObject({
    'content-type': 'application/json',
    'user-agent': 'AvoPay-Webhooks/1',
    'x-avopay-event-id': event.id,
    'x-avopay-attempt': '1',
    'x-avopay-sequence': '1',
    'x-avopay-created-at': world.now().toISOString(),
    'x-avopay-timestamp': String(world.now().getTime() / 1000),
    'x-avopay-signature': avopaySignature(new Secret(secret ?? ''), request?.body ?? Buffer.alloc(0)),
    'webhook-id': event.id,
  });
  const signed = new Webhook(secret ?? '').sign(event.id, world.now(), request?.body.toString() ?? '');
  expect(request?.headers['webhook-signature']).toBe(signed);

  const delivery = await deliveryOf(event.id);
  expect(delivery).toMatchObject({ accountId, status: 'delivered', attempts: 1, nextAttemptAt: null, leaseUntil: null });
  expect(delivery.attemptRows).toMatchObject([
    { accountId, number: 1, httpStatus: 200, errorCode: null, responseHead: 'thank\ufffdyou', durationMs: expect.any(Number) },
  ]);
  expect(delivery.attemptRows[0]?.id).toBe(request?.headers['x-avopay-delivery-id']);
  expect(delivery.attemptRows[0]?.id).toMatch(/^[0-9a-f]{32}$/);
  expect(JSON.stringify(delivery.attemptRows)).not.toContain(secret);
});

test.each([200, 201, 202, 204, 299])('W-7: an answer of %i is success', async (status) => {
  const { accountId } = await merchant({ status });
  const event = await world.event(accountId);
  await world.relay();
  await deliverDue(world.deps);
  expect(await deliveryOf(event.id)).toMatchObject({ status: 'delivered', attempts: 1 });
});

test.each([300, 301, 302, 307, 400, 401, 404, 410, 429, 500, 503])(
  'an answer of %i is a failure that is tried again, and no redirect is followed',
  async (status) => {
    const elsewhere = await receiver({ status: 200 });
    onTestFinished(elsewhere.close);
    const { accountId } = await merchant({ status, headers: { location: elsewhere.url } });
    const event = await world.event(accountId);
    await world.relay();
    await deliverDue(world.deps);
    expect(await deliveryOf(event.id)).toMatchObject({ status: 'pending', attempts: 1, attemptRows: [{ httpStatus: status }] });
    expect(elsewhere.received).toHaveLength(0);
  },
);

test('W-8: a failing endpoint is tried four times, after 0 s, 60 s, 5 min and 15 min, never early, then no more; the bytes never change', async () => {
  const { server, accountId } = await merchant({ status: 500 });
  const event = await world.event(accountId);
  await world.relay();
  await deliverDue(world.deps);
  const counts = [server.received.length];
  for (const waitMs of [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS]) {
    const due = await nextDueAt(db.database);
    const untilMs = (due?.getTime() ?? 0) - world.now().getTime();
    expect(untilMs).toBeGreaterThanOrEqual(waitMs);
    const postMs = Math.max(...(await deliveryOf(event.id)).attemptRows.map(({ durationMs }) => durationMs ?? 0));
    expect(untilMs).toBeLessThanOrEqual(waitMs * TENTH + postMs); // counted from the end of the POST, which took a moment of real time
    world.advance(waitMs - 1);
    await deliverDue(world.deps);
    counts.push(server.received.length);
    world.advance(untilMs - waitMs + 1);
    await deliverDue(world.deps);
    counts.push(server.received.length);
  }
  world.advance(7 * 24 * 60 * MINUTE_MS);
  await deliverDue(world.deps);
  expect([...counts, server.received.length]).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
  expect(await nextDueAt(db.database)).toBeNull();

  const delivery = await deliveryOf(event.id);
  expect(delivery).toMatchObject({ status: 'exhausted', attempts: 4, nextAttemptAt: null });
  expect(server.received.every(({ body }) => body.toString() === event.webhookBody)).toBe(true);
  expect(server.received.map(({ headers }) => headers['x-avopay-attempt'])).toEqual(['1', '2', '3', '4']);
  expect(new Set(server.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(new Set(server.received.map(({ headers }) => headers['x-avopay-delivery-id'])).size).toBe(4);
});

test('an endpoint that recovers gets the event at the next attempt, and is no longer marked as failing', async () => {
  const { server, accountId, endpointId } = await merchant({ status: 503 }, { status: 204 });
  const event = await world.event(accountId);
  await world.relay();
  await deliverDue(world.deps);
  const failing = await db.database.client.webhookEndpoint.findUniqueOrThrow({ where: { id: endpointId } });
  world.advance(2 * MINUTE_MS);
  await deliverDue(world.deps);
  const healthy = await db.database.client.webhookEndpoint.findUniqueOrThrow({ where: { id: endpointId } });
  expect(server.received).toHaveLength(2);
  expect(await deliveryOf(event.id)).toMatchObject({ status: 'delivered', attempts: 2 });
  expect([failing.failingSince !== null, healthy.failingSince]).toEqual([true, null]);
});

test('W-6 W-8 W-9: a worker that is killed after its POST has used up the attempt; another makes the next one, with the same event id and a new delivery id', async () => {
  const { server, accountId } = await merchant('never', { status: 200 });
  const event = await world.event(accountId);
  await world.relay();
  const worker = spawnDeliveryWorker(db, world.now());
  await vi.waitFor(() => expect(server.received).toHaveLength(1), { timeout: 60_000, interval: 50 });
  worker.kill('SIGKILL');
  await once(worker, 'exit');

  expect(await deliveryOf(event.id)).toMatchObject({
    status: 'pending',
    attempts: 1,
    attemptRows: [{ number: 1, durationMs: null, httpStatus: null }],
  });
  world.advance(MINUTE_MS);
  expect(await deliverDue(world.deps)).toBe(0);
  world.advance(0.1 * MINUTE_MS + 10_001);
  expect(await deliverDue(world.deps)).toBe(1);
  expect(await deliveryOf(event.id)).toMatchObject({ status: 'delivered', attempts: 2 });
  const [first, second] = server.received;
  expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  expect(second?.headers['x-avopay-delivery-id']).not.toBe(first?.headers['x-avopay-delivery-id']);
  expect(second?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
});

test('a fourth attempt whose worker died is not followed by a fifth', async () => {
  const { server, accountId } = await merchant({ status: 200 });
  const event = await world.event(accountId);
  await world.relay();
  await db.database.client.delivery.updateMany({ where: { eventId: event.id }, data: { attempts: 4, leaseUntil: world.now(), fence: 4n } });
  world.advance(MINUTE_MS);
  await deliverDue(world.deps);
  expect(server.received).toHaveLength(0);
  expect(await deliveryOf(event.id)).toMatchObject({ status: 'exhausted', attempts: 4 });
});

test('a worker that wakes up after its lease changes nothing that another has decided meanwhile', async () => {
  const { server, accountId } = await merchant('never', { status: 500 });
  const event = await world.event(accountId);
  await world.relay();
  const paused = deliverDue(world.deps);
  await vi.waitFor(() => expect(server.received).toHaveLength(1), { timeout: 60_000, interval: 20 });
  world.advance(2 * MINUTE_MS);
  // The second worker takes over. The paused one looks for due work too, so it is told to stop doing that.
  const other = webhookWorld(db);
  other.advance(2 * MINUTE_MS);
  await deliverDue(other.deps);
  server.release(200);
  await paused;
  const delivery = await deliveryOf(event.id);
  expect(delivery).toMatchObject({ status: 'pending', attempts: 2, fence: 2n });
  expect(delivery.attemptRows.map((attempt) => attempt.httpStatus)).toEqual([null, 500]);
});

test('four workers over 100 events make 100 POSTs', async () => {
  const { server, accountId } = await merchant({ status: 200 });
  for (let i = 0; i < 100; i++) await world.event(accountId);
  while ((await world.relay()).length > 0);
  const taken = await Promise.all([1, 2, 3, 4].map(() => deliverDue(world.deps)));
  expect(taken.reduce((sum, n) => sum + n, 0)).toBe(100);
  expect(server.received).toHaveLength(100);
  expect(new Set(server.received.map(({ headers }) => headers['webhook-id'])).size).toBe(100);
  expect(await db.database.client.delivery.count({ where: { accountId, status: 'delivered', attempts: 1 } })).toBe(100);
});

test('a dead endpoint with a long queue holds four slots and delays no healthy one', async () => {
  world = webhookWorld(db, { timeoutMs: 900 });
  const dead = await merchant('never');
  for (let i = 0; i < 60; i++) await world.event(dead.accountId);
  await world.relay();
  const stop = new AbortController();
  const worker = (async () => {
    while (!stop.signal.aborted) await deliverDue({ ...world.deps, stop: stop.signal }); // round after round, as the worker does
  })();
  await vi.waitFor(() => expect(dead.server.received.length).toBeGreaterThan(0), { timeout: 60_000, interval: 20 });

  const healthy: Awaited<ReturnType<typeof merchant>>[] = [];
  for (let i = 0; i < 20; i++) healthy.push(await merchant({ status: 200 }));
  for (const { accountId } of healthy) await world.event(accountId);
  await world.relay();
  await vi.waitFor(() => expect(healthy.every(({ server }) => server.received.length === 1)).toBe(true), { timeout: 60_000, interval: 20 });
  const triedDead = dead.server.received.length;
  stop.abort();
  await worker;
  expect(triedDead).toBeLessThan(60); // the healthy ones did not wait for the end of its queue
  expect(dead.server.mostAtOnce()).toBe(IN_FLIGHT_PER_ENDPOINT_MAX);
});

test('W-14: a destination that the rules no longer allow is not connected to, and the attempt says so', async () => {
  const { server, accountId } = await merchant({ status: 200 });
  const event = await world.event(accountId);
  await world.relay();
  await deliverDue({ ...world.deps, policy: { allowHttp: false, allowLoopback: false } });
  expect(server.received).toHaveLength(0);
  expect(await deliveryOf(event.id)).toMatchObject({
    status: 'pending',
    attempts: 1,
    attemptRows: [{ errorCode: 'address_refused', httpStatus: null }],
  });
});

test('moving the clock while a POST runs does not move the next attempt', async () => {
  const { server, accountId } = await merchant('never');
  const event = await world.event(accountId);
  await world.relay();
  const before = world.now().getTime();
  const worker = deliverDue(world.deps);
  await vi.waitFor(() => expect(server.received).toHaveLength(1), { timeout: 60_000, interval: 20 });
  world.advance(MINUTE_MS * 0.5);
  server.release(500);
  await worker;
  const next = (await deliveryOf(event.id)).nextAttemptAt?.getTime() ?? 0;
  expect(next - before).toBeGreaterThanOrEqual(MINUTE_MS);
  expect(next - before).toBeLessThan(MINUTE_MS * 1.5); // half a minute more if it had been moved
});

test('what is due does not depend on the time zone that the database is set to', async () => {
  const elsewhere = await freshDatabase();
  await elsewhere.database.client.$executeRawUnsafe(
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = %L', current_database(), 'Pacific/Kiritimati'); END $$`,
  );
  const { prisma: client, database, close } = openDatabase({ connectionString: elsewhere.connectionString });
  world = webhookWorld({ ...elsewhere, database });
  const { server, accountId } = await merchant({ status: 500 });
  await world.event(accountId);
  await world.relay();
  const zone = await client.$queryRaw<{ TimeZone: string }[]>`SHOW timezone`;
  const firstDue = await nextDueAt(database);
  const taken = [await deliverDue(world.deps)];
  world.advance(MINUTE_MS - 1);
  taken.push(await deliverDue(world.deps));
  world.advance(MINUTE_MS * 0.1 + 1001);
  taken.push(await deliverDue(world.deps));
  await close();
  await elsewhere.close();
  expect(zone[0]?.TimeZone).toBe('Pacific/Kiritimati');
  expect(firstDue).toEqual(new Date('2026-05-15T14:00:00.000Z'));
  expect([...taken, server.received.length]).toEqual([1, 0, 1, 2]);
});
