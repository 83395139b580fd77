import type { Database } from '../../src/lib/database.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DatabaseBusy, inTx, isBusy } from '../../src/lib/database.ts';
import { openDatabase } from '../../src/open-database.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

const CONNECTIONS = 4;

let db: TestDatabase;
let prisma: Database['client'];
let close: () => Promise<void>;
let database: Database;
beforeAll(async () => {
  db = await freshDatabase();
  ({ prisma, database, close } = openDatabase({ connectionString: db.connectionString, max: CONNECTIONS }));
});
afterAll(async () => {
  await close();
  await db.close();
});

const one = (turn: string) => database.transact(async (tx) => (await inTx(tx).$queryRaw<[{ n: number }]>`SELECT 1 AS n`)[0].n, turn);

test('a hundred transactions of one account that wait for one another leave connections to the others', async () => {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  let ended = 0;
  const busy = Array.from({ length: 100 }, () => database.transact(() => opened, 'busy').then(() => ended++));
  expect(await one('quiet')).toBe(1); // with every connection taken it would wait until its time is up
  expect(ended).toBe(0);
  open();
  await Promise.all(busy);
  expect(ended).toBe(100);
});

test('who comes when the line is full is turned away at once, and writes nothing; later the same succeeds', async () => {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const line = Array.from({ length: 202 }, () => database.transact(() => opened, 'full'));
  let began = false;
  const refused = await database
    .transact(async () => {
      began = true;
    }, 'full')
    .catch((error: unknown) => error);
  expect([refused instanceof DatabaseBusy, isBusy(refused), began]).toEqual([true, true, false]);
  open();
  await Promise.all(line);
  expect(await one('full')).toBe(1);
});

test('a transaction that ran out of its time counts as busy; a fault of its own does not', async () => {
  const late = await prisma
    .$transaction((tx) => tx.$queryRaw`SELECT 1 AS n FROM pg_sleep(0.2)`, { timeout: 50 })
    .catch((error: unknown) => error);
  const wrong = await prisma.$transaction((tx) => tx.$queryRaw`SELECT 1 / 0`).catch((error: unknown) => error);
  expect([isBusy(late), isBusy(wrong)]).toEqual([true, false]);
});
