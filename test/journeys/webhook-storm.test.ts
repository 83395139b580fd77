import type { TestDatabase } from '../support/database.ts';
import type { Answer, WebhookWorld } from '../support/webhook-world.ts';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { deliverDue, IN_FLIGHT_PER_ENDPOINT_MAX, makeDeliverer } from '../../src/webhooks/deliver-due.ts';
import { nextDueAt } from '../../src/webhooks/delivery-lease-store.ts';
import { Dice } from '../sim/dice.ts';
import { eventually } from '../support/avopay.ts';
import { eachWebhookWorld, listeningMerchants, spawnDeliveryWorker, webhookWorld } from '../support/webhook-world.ts';

/** `EVENTS=5000 KILLS=20 QUEUED=10000 HEALTHY=50 npm test test/journeys/webhook-storm.test.ts` is the published figure; the suite plays a slice of it. */
const EVENTS = Number(process.env['EVENTS'] ?? 60);
const KILLS = Number(process.env['KILLS'] ?? 1);
const QUEUED = Number(process.env['QUEUED'] ?? 100);
const HEALTHY = Number(process.env['HEALTHY'] ?? 5);
const MERCHANTS = Math.ceil(EVENTS / 50);
/** Shorter than the product's, so that receivers that hang do not hold up the test. */
const HANG_MS = 400;
/** The documented waits before each attempt, restated. */
const WAITS_MS = [0, 60_000, 300_000, 900_000];
/** The clock goes on by this where something is due: many deliveries a round. */
const STEP_MS = 30_000;

let db: TestDatabase;
let world: WebhookWorld;
eachWebhookWorld((_opened, database) => {
  db = database;
  world = webhookWorld(db, { timeoutMs: HANG_MS });
});
const merchant = listeningMerchants(() => world);

async function relayAll(): Promise<void> {
  while ((await world.relay()).length > 0);
}

const ANSWERS: readonly Answer[] = [
  { status: 500 },
  'never',
  'reset',
  { status: 302, headers: { location: 'http://127.0.0.1:9/' } },
  { status: 410 },
  { status: 429, headers: { 'retry-after': '1' } },
];

test(`W-8: of ${EVENTS} events to receivers that answer at random, over workers of which ${KILLS} are killed, each is attempted, none early, none beyond the schedule`, {
  timeout: 1_800_000,
}, async () => {
  const dice = new Dice(5, 'receivers');
  const answer = () => (dice.hits(0.5) ? { status: 200 } : dice.oneOf(ANSWERS));
  const merchants: Awaited<ReturnType<typeof merchant>>[] = [];
  for (let i = 0; i < MERCHANTS; i++) merchants.push(await merchant(answer));
  const events = new Set<string>();
  for (let i = 0; i < EVENTS; i++) events.add((await world.event(merchants[i % MERCHANTS]?.accountId ?? '')).id);
  await relayAll();
  const received = () => merchants.flatMap(({ server }) => server.received);

  let kills = 0;
  for (let due = await nextDueAt(db.database); due; due = await nextDueAt(db.database)) {
    world.advance(Math.max(0, due.getTime() - world.now().getTime()) + (kills > 0 ? STEP_MS : 0));
    if (kills < KILLS) {
      const before = received().length;
      const worker = spawnDeliveryWorker(db, world.now());
      const ended = once(worker, 'exit');
      await Promise.race([eventually(async () => received().length > before + dice.whole(0, 3)), ended]);
      if (worker.kill('SIGKILL')) kills++;
      await ended;
    }
    await deliverDue(world.deps);
  }

  const rows = await db.database.client.delivery.findMany({
    where: { eventId: { in: [...events] } },
    include: { attemptRows: { orderBy: { number: 'asc' } } },
  });
  expect(kills).toBe(KILLS);
  expect(rows).toHaveLength(EVENTS);
  const wrong: string[] = [];
  for (const { eventId, status, attempts, attemptRows } of rows) {
    const isOver = status === 'delivered' || (status === 'exhausted' && attempts === WAITS_MS.length);
    if (!isOver || attempts < 1 || attempts > WAITS_MS.length) wrong.push(`${eventId} ${status} after ${attempts}`);
    for (const [i, { number, startedAt, httpStatus }] of attemptRows.entries()) {
      const earlier = attemptRows[i - 1];
      const waitedMs = earlier ? startedAt.getTime() - earlier.startedAt.getTime() - (earlier.durationMs ?? 0) : 0;
      if (number !== i + 1 || waitedMs < (WAITS_MS[i] ?? Number.POSITIVE_INFINITY)) wrong.push(`${eventId} early by attempt ${number}`);
      if (httpStatus === 200 && i < attemptRows.length - 1) wrong.push(`${eventId} sent again`);
    }
  }
  expect(wrong).toEqual([]);
  const seen = received().map(({ headers }) => `${headers['webhook-id']} ${headers['x-avopay-attempt']}`);
  expect(new Set(seen).size).toBe(seen.length); // no attempt was made twice
  expect(seen.length).toBeLessThanOrEqual(rows.reduce((sum, { attempts }) => sum + attempts, 0));
});

test(`a dead endpoint with ${QUEUED} events queued keeps to its slots while ${HEALTHY} healthy ones get theirs, each once and in order`, {
  timeout: 1_800_000,
}, async () => {
  const dead = await merchant('never');
  const healthy: { of: Awaited<ReturnType<typeof merchant>>; committedMs: number[] }[] = [];
  for (let i = 0; i < HEALTHY; i++) healthy.push({ of: await merchant({ status: 200 }), committedMs: [] });
  for (let i = 0; i < QUEUED; i++) await world.event(dead.accountId);
  await relayAll();
  const stop = new AbortController();
  const deliverer = makeDeliverer({ ...world.deps, stop: stop.signal }, () => {});
  const worker = (async () => {
    while (!stop.signal.aborted) {
      await relayAll();
      if ((await deliverer.round()) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  await eventually(async () => dead.server.received.length > 0);
  const EACH = 4;
  for (let n = 0; n < EACH; n++) {
    for (const { of, committedMs } of healthy) {
      await world.event(of.accountId);
      committedMs.push(performance.now());
    }
    await eventually(async () => healthy.every(({ of }) => of.server.received.length > n));
  }
  const triedDead = dead.server.received.length;
  stop.abort();
  await worker;
  await deliverer.idle();

  expect(triedDead).toBeLessThan(QUEUED);
  expect(dead.server.mostAtOnce()).toBeLessThanOrEqual(IN_FLIGHT_PER_ENDPOINT_MAX);
  for (const { of } of healthy) {
    expect(of.server.received.map(({ headers }) => headers['x-avopay-sequence'])).toEqual(
      Array.from({ length: EACH }, (_, n) => String(n + 1)),
    );
  }
  const took = healthy.flatMap(({ of, committedMs }) => of.server.received.map(({ atMs }, n) => atMs - (committedMs[n] ?? 0)));
  const p99 = took.sort((a, b) => a - b)[Math.ceil(took.length * 0.99) - 1];
  if (process.env['QUEUED']) console.log(JSON.stringify({ queued: QUEUED, healthy: HEALTHY, deliveries: took.length, p99Ms: p99 }));
});
