import type { TestDatabase } from '../support/database.ts';
import type { WebhookWorld } from '../support/webhook-world.ts';
import { expect, test, vi } from 'vitest';
import { inTx } from '../../src/lib/database.ts';
import { endAttempts, startAttempt, startAttempts } from '../../src/webhooks/attempt-store.ts';
import { leaseDueDeliveries } from '../../src/webhooks/delivery-lease-store.ts';
import { finishAttempt } from '../../src/webhooks/delivery-store.ts';
import { eachWebhookWorld } from '../support/webhook-world.ts';

let db: TestDatabase;
let world: WebhookWorld;
eachWebhookWorld((opened, database) => {
  world = opened;
  db = database;
});

const LEASE_MS = 30_000;
const GOOD = { durationMs: 7, httpStatus: 200, errorCode: null, responseHead: 'é"\\ok' };
let attempts = 0;

async function queue(events: number): Promise<{ accountId: string; endpointId: string }> {
  const accountId = await world.account();
  const { endpointId } = await world.endpoint(accountId, 'http://127.0.0.1:8080/hook');
  for (let i = 0; i < events; i++) await world.event(accountId);
  while ((await world.relay()).length > 0);
  return { accountId, endpointId };
}

const lease = (limit: number) => {
  const at = world.now();
  return leaseDueDeliveries(db.database, { at, until: new Date(at.getTime() + LEASE_MS), limit, perEndpoint: 4 });
};
type Leased = Awaited<ReturnType<typeof lease>>;
const begun = (leased: Leased) =>
  leased.map((one) => ({
    ...{ leased: one, id: String(++attempts).padStart(32, '0'), number: one.attempts + 1, startedAt: world.now() },
    ...{ requestHeaders: { 'webhook-id': one.eventId }, nextIfLost: new Date(world.now().getTime() + LEASE_MS) },
  }));
const ended = (started: ReturnType<typeof begun>) =>
  started.map(({ leased, id }) => ({ leased, id, result: GOOD, outcome: { status: 'delivered' } as const }));
const statusOf = async (id: string) => (await db.database.client.delivery.findUniqueOrThrow({ where: { id } })).status;
const waitingForLocks = async () => {
  const rows = await db.database.client.$queryRaw<unknown[]>`
    SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  return rows.length;
};
const attemptOf = (id: string) => db.database.client.attempt.findUnique({ where: { id } });

test('endpoints take turns: the first delivery of each comes before the second of any, and none gets more than its slots', async () => {
  const [long, short] = [await queue(6), await queue(2)];
  const first = (await lease(3)).map(({ endpointId }) => endpointId);
  const rest = (await lease(10)).map(({ endpointId }) => endpointId);
  const of = (endpointId: string, taken: readonly string[]) => taken.filter((one) => one === endpointId).length;
  expect([of(long.endpointId, first), of(short.endpointId, first)].sort()).toEqual([1, 2]);
  expect([...first, ...rest].length).toBe(6);
  expect(of(long.endpointId, [...first, ...rest])).toBe(4);
  expect(await lease(10)).toEqual([]);
});

test('a lease brings what is to be sent and where', async () => {
  const { accountId, endpointId } = await queue(1);
  const [leased] = await lease(1);
  const event = await db.database.client.event.findFirstOrThrow({ where: { accountId } });
  expect(leased?.subject).toMatchObject({
    endpoint: { id: endpointId, url: 'http://127.0.0.1:8080/hook', secretSealed: expect.any(Uint8Array), oldSecretUntil: null },
    event: { id: event.id, type: event.type, sequence: 1n, createdAt: world.now(), body: event.webhookBody },
  });
});

test('of attempts that are started together only those count whose delivery is still the worker’s', async () => {
  await queue(4);
  const started = begun(await lease(4));
  const [mine, calledOff, takenOver, counted] = started.map(({ leased }) => leased.id);
  const set = (id: string | undefined, data: object) => db.database.client.delivery.update({ where: { id: id ?? '' }, data });
  await set(calledOff, { status: 'cancelled' });
  await set(takenOver, { fence: 2n });
  await set(counted, { attempts: 1 });
  expect(await startAttempts(db.database, started)).toEqual([true, false, false, false]);
  expect(
    await db.database.client.attempt.findMany({ where: { deliveryId: { in: started.map(({ leased }) => leased.id) } } }),
  ).toMatchObject([{ deliveryId: mine, number: 1, startedAt: world.now(), durationMs: null, requestHeaders: started[0]?.requestHeaders }]);
});

test('a start that another transaction holds is not waited for by the others of its batch, and is recorded alone after it', async () => {
  await queue(2);
  const [held, plain] = begun(await lease(2));
  if (!held || !plain) throw new Error('two were leased');
  const alone = await db.database.transact(async (tx) => {
    await inTx(tx).delivery.update({ where: { id: held.leased.id }, data: { createdAt: world.now() } });
    expect(await startAttempts(db.database, [held, plain])).toEqual([false, true]);
    const recorded = startAttempt(db.database, held);
    await vi.waitFor(async () => expect(await waitingForLocks()).toBe(1), { timeout: 60_000, interval: 20 });
    return { recorded };
  });
  expect(await alone.recorded).toBe(true);
  expect([await attemptOf(held.id), await attemptOf(plain.id)]).toMatchObject([{ number: 1 }, { number: 1 }]);
  expect(await startAttempt(db.database, held)).toBe(false); // counted already
});

test('ends are stored together; one that another transaction holds is not waited for, and is stored alone after it', async () => {
  const { endpointId } = await queue(3);
  const started = begun(await lease(3));
  await startAttempts(db.database, started);
  const [held, off, plain] = ended(started);
  if (!held || !off || !plain) throw new Error('three were leased');
  await db.database.client.delivery.update({ where: { id: off.leased.id }, data: { status: 'cancelled' } });
  await db.database.client.webhookEndpoint.update({ where: { id: endpointId }, data: { failingSince: world.now() } });
  const stored = await db.database.transact(async (tx) => {
    await inTx(tx).delivery.update({ where: { id: held.leased.id }, data: { createdAt: world.now() } });
    return endAttempts(db.database, [held, off, plain]);
  });
  expect(stored).toEqual([null, { isFailing: true }, { isFailing: true }]);
  expect([await statusOf(held.leased.id), await statusOf(off.leased.id), await statusOf(plain.leased.id)]).toEqual([
    'pending',
    'delivered',
    'delivered',
  ]);
  expect([await attemptOf(held.id), await attemptOf(plain.id)]).toMatchObject([{ httpStatus: null }, GOOD]);
  expect(await finishAttempt(db.database, held.leased, { attempt: held, outcome: held.outcome })).toBe(true);
  expect([await statusOf(held.leased.id), (await attemptOf(held.id))?.responseHead]).toEqual(['delivered', GOOD.responseHead]);
});

test('an end that comes after another worker took over stores nothing of any kind', async () => {
  await queue(1);
  const started = begun(await lease(1));
  await startAttempts(db.database, started);
  world.advance(LEASE_MS + 1);
  const [again] = await lease(1);
  const [late] = ended(started);
  if (!again || !late) throw new Error('one was leased, twice');
  expect(again.fence).toBe(2n);
  expect(await endAttempts(db.database, [late])).toEqual([null]);
  expect(await finishAttempt(db.database, late.leased, { attempt: late, outcome: late.outcome })).toBe(false);
  expect([await statusOf(late.leased.id), (await attemptOf(late.id))?.httpStatus]).toEqual(['pending', null]);
});
