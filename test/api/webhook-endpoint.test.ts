import type { TestDatabase } from '../support/database.ts';
import type { WebhookWorld } from '../support/webhook-world.ts';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { deliverDue } from '../../src/webhooks/deliver-due.ts';
import { leaseDueDeliveries, nextDueAt } from '../../src/webhooks/delivery-lease-store.ts';
import { queueDeliveries } from '../../src/webhooks/queue-deliveries.ts';
import { saveDefaultEndpoint } from '../../src/webhooks/save-endpoint.ts';
import { readDeliveryPages } from '../../src/webhooks/delivery-pages-store.ts';
import { listEndpoints } from '../../src/webhooks/managed-endpoint-store.ts';
import { eachWebhookWorld, receiver } from '../support/webhook-world.ts';

let db: TestDatabase;
let world: WebhookWorld;
const URL_A = 'http://127.0.0.1:9999/a';

eachWebhookWorld((opened, database) => {
  world = opened;
  db = database;
});

const stored = (id: string) => db.database.client.webhookEndpoint.findUniqueOrThrow({ where: { id } });

const endpointsOf = (accountId: string) => listEndpoints(db.database, { accountId, modes: ['live', 'test'] });

test('a saved endpoint answers its secret once, keeps it sealed, and lists without it', async () => {
  const accountId = await world.account();
  const { endpointId, secret } = await world.endpoint(accountId, 'http://LOCALHOST:8080/Hook#x');
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/);
  const row = await stored(endpointId);
  expect(row).toMatchObject({
    accountId,
    mode: 'live',
    isDefault: true,
    url: 'http://localhost:8080/Hook',
    status: 'enabled',
    eventTypes: [],
  });
  const bytes = Buffer.from(row.secretSealed ?? []);
  expect(bytes.includes(secret ?? '') || bytes.includes(Buffer.from(secret?.slice(6) ?? '', 'base64'))).toBe(false);
  expect(await endpointsOf(accountId)).toMatchObject([{ id: endpointId, hasSecret: true }]);
  expect(JSON.stringify(await endpointsOf(accountId))).not.toMatch(/sealed|whsec_/i);
});

test('urls and secrets that break the rules are refused with a plain sentence, and nothing is stored', async () => {
  const accountId = await world.account();
  const live = { ...world.deps, policy: { allowHttp: false, allowLoopback: false } };
  const save = (url: string, secret?: string) =>
    saveDefaultEndpoint(live, { accountId, mode: 'live', url, ...(secret === undefined ? {} : { secret }) });
  const refusals = [
    await save('http://shop.com/'),
    await save('https://10.0.0.1/'),
    await save('nonsense'),
    await save('https://shop.com/', 'short'),
    await save('https://shop.com/', 'with a blank in it'),
    await save('https://shop.com/', 'é'.repeat(20)),
  ];
  expect(refusals.map((result) => (result.ok ? 'saved' : `${result.error.kind} ${result.error.code} ${result.error.field}`))).toEqual([
    'invalid webhook_url_refused url',
    'invalid webhook_url_refused url',
    'invalid webhook_url_refused url',
    'invalid webhook_secret_refused secret',
    'invalid webhook_secret_refused secret',
    'invalid webhook_secret_refused secret',
  ]);
  expect(await endpointsOf(accountId)).toEqual([]);
});

test('twenty saves at once leave one default endpoint', async () => {
  const accountId = await world.account();
  // Connections that are open already, so that the saves truly meet.
  await Promise.all(Array.from({ length: 10 }, () => db.database.client.$queryRaw`SELECT 1 AS one FROM pg_sleep(0.1)`));
  const ids = await Promise.all(Array.from({ length: 20 }, (_, i) => world.endpoint(accountId, `${URL_A}${i}`)));
  expect(new Set(ids.map(({ endpointId }) => endpointId)).size).toBe(1);
  expect(await endpointsOf(accountId)).toHaveLength(1);
});

test('live and test endpoints, and those of other accounts, stand apart', async () => {
  const [one, two] = [await world.account(), await world.account()];
  await world.endpoint(one, URL_A);
  await world.endpoint(two, URL_A);
  await saveDefaultEndpoint(world.deps, { accountId: one, mode: 'test', url: URL_A });
  const event = await world.event(one);
  const queue = (mode: 'live' | 'test') =>
    db.database.transact((tx) => queueDeliveries(tx, { ...event, accountId: one, type: 'payment.confirmed', mode }, world.now()));
  expect([await queue('test'), await queue('live'), await queue('live')]).toEqual([1, 1, 0]);
  expect(await db.database.client.delivery.count({ where: { accountId: two } })).toBe(0);
});

test('a replaced secret signs beside the new one for a day and no longer; the same secret again replaces nothing', async () => {
  const server = await receiver({ status: 200 });
  const accountId = await world.account();
  const before = await world.endpoint(accountId, server.url);
  const after = await world.endpoint(accountId, server.url);
  await world.endpoint(accountId, server.url, after.secret);
  const send = async () => {
    await world.event(accountId);
    await world.relay();
    await deliverDue(world.deps);
    const request = server.received.at(-1);
    const [id, signature = ''] = [String(request?.headers['webhook-id']), String(request?.headers['webhook-signature'])];
    return [before, after].map(({ secret }) =>
      signature.split(' ').includes(new Webhook(secret ?? '').sign(id, world.now(), request?.body.toString() ?? '')),
    );
  };
  const atOnce = await send();
  world.advance(24 * 3_600_000);
  const nextDay = await send();
  server.close();
  expect(before.endpointId).toBe(after.endpointId);
  expect({ atOnce, nextDay }).toEqual({ atOnce: [true, true], nextDay: [false, true] });
});

test('a merchant who removes the secret gets unsigned posts', async () => {
  const server = await receiver({ status: 200 });
  const accountId = await world.account();
  await world.endpoint(accountId, server.url);
  const { secret } = await world.endpoint(accountId, server.url, null);
  await world.event(accountId);
  await world.relay();
  await deliverDue(world.deps);
  server.close();
  expect(secret).toBeNull();
  expect(Object.keys(server.received[0]?.headers ?? {}).filter((name) => name.includes('signature'))).toEqual([]);
  expect(server.received).toHaveLength(1);
});

test('W-2: only documented events are queued, once however often the relay runs, and only for endpoints that are on and want them', async () => {
  const accountId = await world.account();
  const { endpointId } = await world.endpoint(accountId, URL_A);
  const queued = async (type: 'payment.confirmed' | 'payment.expired' | 'payment.created') => {
    const event = await world.event(accountId, type);
    const twice = [1, 2].map(() => db.database.transact((tx) => queueDeliveries(tx, { ...event, accountId, type }, world.now())));
    return (await Promise.all(twice)).reduce((sum, n) => sum + n, 0);
  };
  const all = [await queued('payment.confirmed'), await queued('payment.expired'), await queued('payment.created')];
  await db.database.client.webhookEndpoint.update({ where: { id: endpointId }, data: { eventTypes: ['payment.expired'] } });
  const filtered = [await queued('payment.confirmed'), await queued('payment.expired')];
  await db.database.client.webhookEndpoint.update({ where: { id: endpointId }, data: { status: 'paused' } });
  const paused = [await queued('payment.expired')];
  expect({ all, filtered, paused }).toEqual({ all: [1, 1, 0], filtered: [0, 1], paused: [0] });
});

test('a paused endpoint is left alone, keeps its queue, and does not wake the worker', async () => {
  const server = await receiver({ status: 200 });
  const accountId = await world.account();
  const { endpointId } = await world.endpoint(accountId, server.url);
  await world.event(accountId);
  await world.relay();
  const set = (status: string) => db.database.client.webhookEndpoint.update({ where: { id: endpointId }, data: { status } });
  await set('paused');
  const whilePaused = [await deliverDue(world.deps), await nextDueAt(db.database), server.received.length];
  await set('enabled');
  const due = await nextDueAt(db.database);
  const taken = await deliverDue(world.deps);
  server.close();
  expect(whilePaused).toEqual([0, null, 0]);
  expect([due, taken, server.received.length]).toEqual([world.now(), 1, 1]);
});

test('a delivery whose worker died before the attempt was stored waits for the lease to end, and has lost no attempt', async () => {
  const server = await receiver({ status: 200 });
  const accountId = await world.account();
  await world.endpoint(accountId, server.url);
  await world.event(accountId);
  await world.relay();
  const until = new Date(world.now().getTime() + 30_000);
  const [leased] = await leaseDueDeliveries(db.database, { at: world.now(), until, limit: 10, perEndpoint: 4 });
  const due = await nextDueAt(db.database);
  const taken = [await deliverDue(world.deps)];
  world.advance(30_000);
  taken.push(await deliverDue(world.deps));
  server.close();
  expect(leased).toMatchObject({ accountId, attempts: 0, fence: 1n });
  expect({ due, taken }).toEqual({ due: until, taken: [0, 1] });
  expect(server.received.map(({ headers }) => headers['x-avopay-attempt'])).toEqual(['1']);
});

const pageOf = async (accountId: string, ownerId: string, after: { id: string; createdAt: Date } | null) => {
  const page = { by: 'endpoint', first: 2, after, failedOnly: false } as const;
  return (await readDeliveryPages(db.database, [{ accountId, ownerId, page }]))[0] ?? [];
};

test('the log of deliveries is paged, newest first, and shows one account', async () => {
  const accountId = await world.account();
  const { endpointId } = await world.endpoint(accountId, URL_A);
  const events = [];
  for (let i = 0; i < 5; i++) {
    events.unshift((await world.event(accountId)).id);
    await world.relay();
    if (i !== 2) world.advance(1000); // two of one moment
  }
  const pages: string[][] = [];
  let after: { id: string; createdAt: Date } | undefined;
  for (let page = 0; page < 3; page++) {
    const rows = (await pageOf(accountId, endpointId, after ?? null)).slice(0, 2);
    pages.push(rows.map((row) => row.event.id));
    const last = rows.at(-1);
    after = last && { id: last.id, createdAt: last.createdAt };
  }
  expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
  expect(new Set(pages.flat())).toEqual(new Set(events));
  expect(pages.flat()[0]).toBe(events[0]);
  expect(await pageOf(await world.account(), endpointId, null)).toEqual([]);
});
