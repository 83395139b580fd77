import type { RecordedEvent } from '../../src/events/event.ts';
import type { Database } from '../../src/lib/database.ts';
import type { TestDatabase } from '../support/database.ts';
import type { WebhookWorld } from '../support/webhook-world.ts';
import { expect, test } from 'vitest';
import { takeFromOutbox } from '../../src/events/outbox.ts';
import { eachWebhookWorld } from '../support/webhook-world.ts';

let db: TestDatabase;
let world: WebhookWorld;
eachWebhookWorld((opened, database) => {
  world = opened;
  db = database;
});

function relay(announce: (event: RecordedEvent) => void = () => {}) {
  const told: string[] = [];
  const stored: string[] = [];
  const counted = { transactions: 0 };
  const database: Database = {
    ...db.database,
    transact: (work, turn) => {
      counted.transactions++;
      return db.database.transact(work, turn);
    },
  };
  const run = () =>
    takeFromOutbox(database, {
      announce: (event) => {
        told.push(event.id);
        announce(event);
      },
      store: async (_tx, event) => void stored.push(event.id),
    });
  return { run, told, stored, counted };
}

const waiting = () => db.database.client.outbox.count();

test('what owes nothing to an endpoint is announced and removed without a transaction', async () => {
  const accountId = await world.account();
  const ids = [await world.event(accountId, 'payment.created'), await world.event(accountId, 'payment.created')].map(({ id }) => id);
  const { run, told, stored, counted } = relay();
  expect((await run()).map(({ id, sequence }) => [id, sequence])).toEqual([
    [ids[0], 1n],
    [ids[1], 2n],
  ]);
  expect({ told, stored, transactions: counted.transactions, left: await waiting() }).toEqual({
    told: ids,
    stored: [],
    transactions: 0,
    left: 0,
  });
  expect(await run()).toEqual([]);
});

test('an event that endpoints may be told of owes nothing where its account has none that is enabled', async () => {
  const [bare, pausing, other] = [await world.account(), await world.account(), await world.account()];
  const paused = await world.endpoint(pausing, 'http://127.0.0.1:9000/hook');
  await world.endpoint(other, 'http://127.0.0.1:9000/hook');
  const where = { id: paused.endpointId };
  await db.database.client.webhookEndpoint.update({ where, data: { status: 'paused' } });
  const ids = [await world.event(bare), await world.event(pausing)].map(({ id }) => id);
  const { run, told, stored, counted } = relay();
  await run();
  expect([told.toSorted(), stored, counted.transactions, await waiting()]).toEqual([ids.toSorted(), [], 0, 0]);
  await db.database.client.webhookEndpoint.update({ where, data: { status: 'enabled' } });
  const owed = await world.event(pausing);
  await run();
  expect([stored, counted.transactions]).toEqual([[owed.id], 1]);
});

test('one event that owes a delivery takes its whole batch into one transaction, in which its delivery alone is stored', async () => {
  const accountId = await world.account();
  await world.endpoint(accountId, 'http://127.0.0.1:9000/hook');
  const ids = [await world.event(accountId, 'payment.created'), await world.event(accountId, 'payment.confirmed')].map(({ id }) => id);
  const { run, told, stored, counted } = relay();
  await run();
  expect({ told, stored, transactions: counted.transactions, left: await waiting() }).toEqual({
    told: ids,
    stored: [ids[1]],
    transactions: 1,
    left: 0,
  });
});

test.each(['payment.created', 'payment.confirmed'] as const)(
  'a relay that dies while it announces a %s leaves it to the next one',
  async (type) => {
    const accountId = await world.account();
    await world.endpoint(accountId, 'http://127.0.0.1:9000/hook');
    const { id } = await world.event(accountId, type);
    const dying = relay(() => {
      throw new Error('the process is dead');
    });
    await expect(dying.run()).rejects.toThrow('dead');
    expect(await waiting()).toBe(1);
    const heir = relay();
    await heir.run();
    expect([heir.told, await waiting()]).toEqual([[id], 0]);
  },
);

test('an event that came between look and removal stays for the next look', async () => {
  const accountId = await world.account();
  const first = await world.event(accountId, 'payment.created');
  let second: Promise<{ id: string }> | null = null;
  const { run, told } = relay(() => {
    second ??= world.event(accountId, 'payment.created');
  });
  await run();
  const late = await (second as Promise<{ id: string }> | null);
  expect(told).toEqual([first.id]);
  await run();
  expect(told).toEqual([first.id, late?.id]);
});
