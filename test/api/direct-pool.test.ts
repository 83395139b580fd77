import type { DirectPool } from '../../src/direct-pool.ts';
import type { Database, Tx } from '../../src/lib/database.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { askIn, inTx, isBusy, TransactionOver } from '../../src/lib/database.ts';
import { countOf, findIn, firstOf, insertInto, rowsOf, statement, updateIn } from '../../src/lib/row-statements.ts';
import { openDatabase } from '../../src/open-database.ts';
import { eventually } from '../support/avopay.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

/** Fewer than there are transactions at once: connections pass from one to another. */
const CONNECTIONS = 3;
const AT = new Date('2026-05-15T14:00:00.123Z');

type QuoteRow = { id: string; currency: string; minorPerBtcE4: bigint; sources: unknown; takenAt: Date };
const insertQuote = insertInto<QuoteRow>('RateQuote', { json: ['sources'] });
const findQuote = findIn<QuoteRow>('RateQuote', ['id', 'currency', 'minorPerBtcE4', 'sources', 'takenAt']);
const lockQuote = findIn<QuoteRow>('RateQuote', ['id'], { lock: true });
const waitingForLock = statement(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
const backend = statement<{ pid: number }>('SELECT pg_backend_pid() AS pid');
const broken = statement('SELECT 1 / 0');

let db: TestDatabase;
let prisma: Database['client'];
let database: Database;
let pool: DirectPool;
let close: () => Promise<void>;
beforeAll(async () => {
  db = await freshDatabase();
  ({ prisma, pool, database, close } = openDatabase({ connectionString: db.connectionString, max: CONNECTIONS }));
});
afterAll(async () => {
  await close();
  await db.close();
});
let count = 0;
let quote: QuoteRow;
const fresh = (): QuoteRow => ({ id: `quo_${++count}`, currency: 'EUR', minorPerBtcE4: 10n ** 17n + 1n, sources: [], takenAt: AT });
afterEach(() => {
  quote = fresh();
});
quote = fresh();

const pidOf = async (tx: Tx) => (await firstOf(askIn(tx), backend()))?.pid;
const prismaPid = async (tx: Tx) => (await inTx(tx).$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`)[0]?.pid;
const stored = (id: string) => firstOf(database.ask, findQuote({ id }));
const settled = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

test('a hot statement inside a transaction sees what Prisma wrote in it and nobody else sees, and Prisma sees what it wrote', async () => {
  const seen = await database.transact(async (tx) => {
    const other = fresh();
    await inTx(tx).rateQuote.create({ data: { ...quote, sources: [] } });
    await askIn(tx)(insertQuote(other));
    const inside = [
      await firstOf(askIn(tx), findQuote({ id: quote.id })),
      await inTx(tx).rateQuote.findUnique({ where: { id: other.id } }),
    ];
    const outside = [await stored(quote.id), await stored(other.id)];
    return { inside: inside.map((row) => row?.id), outside, ids: [quote.id, other.id] };
  });
  expect(seen.inside).toEqual(seen.ids);
  expect(seen.outside).toEqual([null, null]);
  expect(await Promise.all(seen.ids.map(async (id) => (await stored(id))?.id))).toEqual(seen.ids);
});

test('what a hot statement wrote goes with its transaction when that is taken back', async () => {
  const fault = new Error('taken back');
  const failed = await settled(
    database.transact(async (tx) => {
      expect(await countOf(askIn(tx), insertQuote(quote))).toBe(1);
      throw fault;
    }),
  );
  expect(failed).toBe(fault);
  expect(await stored(quote.id)).toBeNull();
});

test('a hot statement that comes when its transaction is over is refused, and reaches no other transaction', async () => {
  let ended: Tx | undefined;
  await database.transact(async (tx) => {
    ended = tx;
  });
  const refused = await settled(Promise.resolve().then(() => ended && askIn(ended)(insertQuote(quote))));
  expect(refused).toBeInstanceOf(TransactionOver);
  const takenBack = await settled(
    database.transact(async (tx) => {
      ended = tx;
      throw new Error('taken back');
    }),
  );
  expect(takenBack).toMatchObject({ message: 'taken back' });
  expect(await settled(Promise.resolve().then(() => ended && askIn(ended)(insertQuote(quote))))).toBeInstanceOf(TransactionOver);
  expect(await stored(quote.id)).toBeNull();
});

test('a hot statement of a transaction that Prisma has ended for its time is refused as busy, and was not run in another', async () => {
  let late: unknown;
  const run = pool.hold((ask) =>
    prisma.$transaction(
      async () => {
        await ask(statement('SELECT pg_sleep(0.2)')());
        late = await settled(ask(insertQuote(quote)));
      },
      { timeout: 50 },
    ),
  );
  expect(isBusy(await settled(run))).toBe(true);
  await expect.poll(() => late).toBeInstanceOf(TransactionOver);
  expect(isBusy(late)).toBe(true);
  expect(await stored(quote.id)).toBeNull();
});

test('transactions that run at once never mix: each has one connection, for Prisma and for hot statements alike', async () => {
  const one = async (at: number) => {
    let seen = { pids: 0, ids: [''] };
    const work = database.transact(async (tx) => {
      const before = await pidOf(tx);
      await askIn(tx)(insertQuote({ ...fresh(), id: `quo_mix_${at}` }));
      const mine = await inTx(tx).rateQuote.findMany({ where: { id: { startsWith: 'quo_mix_' } }, select: { id: true } });
      seen = { pids: new Set([before, await prismaPid(tx), await pidOf(tx)]).size, ids: mine.map(({ id }) => id) };
      throw new Error('taken back');
    });
    await settled(work);
    return seen;
  };
  const seen = await Promise.all(Array.from({ length: 20 }, (_, at) => one(at)));
  expect(seen).toEqual(seen.map((_, at) => ({ pids: 1, ids: [`quo_mix_${at}`] })));
});

test('a transaction inside the course of another has a connection of its own', async () => {
  const [outer, inner, again, alone] = await database.transact(async (tx) => {
    const first = await pidOf(tx);
    const within = await database.transact((other) => pidOf(other));
    return [first, within, await pidOf(tx), (await firstOf(database.ask, backend()))?.pid];
  });
  expect(inner).not.toBe(outer);
  expect(again).toBe(outer);
  expect(alone).not.toBe(outer);
});

test('a hot statement that fails takes its transaction with it, also when the fault is swallowed', async () => {
  const failed = await settled(
    database.transact(async (tx) => {
      await askIn(tx)(insertQuote(quote));
      await askIn(tx)(insertQuote(quote));
    }),
  );
  expect(failed).toMatchObject({ code: '23505' });
  const swallowed = await settled(
    database.transact(async (tx) => {
      await askIn(tx)(insertQuote(quote));
      await settled(askIn(tx)(broken()));
    }),
  );
  expect(swallowed).toBeInstanceOf(Error);
  expect(await stored(quote.id)).toBeNull();
  expect(isBusy(failed)).toBe(false);
});

test('a row that a hot statement locks is nobody else’s until the commit', async () => {
  await database.ask(insertQuote(quote));
  const [locked, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const told: string[] = [];
  const first = database.transact(async (tx) => {
    await askIn(tx)(lockQuote({ id: quote.id }));
    locked.resolve();
    await opened.promise;
    told.push('first');
  });
  await locked.promise;
  const second = database.transact(async (tx) => {
    await firstOf(askIn(tx), lockQuote({ id: quote.id }));
    told.push('second');
  });
  await eventually(async () => told.length > 0 || (await firstOf(database.ask, waitingForLock())));
  opened.resolve();
  await Promise.all([first, second]);
  expect(told).toEqual(['first', 'second']);
});

test('rows are to the value as Prisma gives them, also where the database is set to another time zone', async () => {
  const elsewhere = await freshDatabase();
  await elsewhere.database.client.$executeRawUnsafe(
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = %L', current_database(), 'Pacific/Kiritimati'); END $$`,
  );
  const there = openDatabase({ connectionString: elsewhere.connectionString });
  type Idempotency = Awaited<ReturnType<typeof there.prisma.idempotencyRecord.findFirstOrThrow>>;
  const record: Idempotency = {
    ...{ scope: 'acc_a', route: 'r', keyHash: new Uint8Array([0, 255]), bodyHash: new Uint8Array([]), resultId: 'pmt_a', fence: 2n ** 62n },
    ...{ leaseUntil: AT, httpStatus: null, replyText: null, createdAt: new Date('2026-05-15T14:00:00Z'), expiresAt: AT },
  };
  const columns = Object.keys(record) as (keyof Idempotency)[];
  const sources = [{ name: 'ä "quoted" \\', price: '1.5', at: null }];
  await there.database.ask(insertInto<Idempotency>('IdempotencyRecord')(record));
  await there.database.ask(insertQuote({ ...quote, sources }));
  const byPrisma = [await there.prisma.idempotencyRecord.findFirst(), await there.prisma.rateQuote.findFirst()];
  const { keyHash } = record;
  const ours = [
    await firstOf(there.database.ask, findIn<Idempotency>('IdempotencyRecord', columns)({ keyHash, createdAt: record.createdAt })),
    await firstOf(there.database.ask, findQuote({ takenAt: AT })),
  ];
  await there.close();
  await elsewhere.close();
  expect(byPrisma).toEqual([record, { ...quote, sources }]);
  expect(ours).toEqual(byPrisma);
});

test('a compare-and-set writes the row that was read, and no other', async () => {
  type BlockRow = { height: number; hash: string };
  const change = updateIn<BlockRow>('ChainBlock');
  const find = findIn<BlockRow>('ChainBlock', ['height', 'hash']);
  for (const height of [1, 2]) await database.ask(insertInto<BlockRow>('ChainBlock')({ height, hash: 'a' }));
  expect(await countOf(database.ask, change({ height: 1, hash: 'b' }, { hash: 'c' }))).toBe(0);
  expect(await countOf(database.ask, change({ height: 1, hash: 'a' }, { hash: 'c' }))).toBe(1);
  expect(await rowsOf(database.ask, find({ height: 1 }))).toEqual([{ height: 1, hash: 'c' }]);
  expect(await rowsOf(database.ask, find({ height: 2 }))).toEqual([{ height: 2, hash: 'a' }]);
});

test('an insert that may find the row there leaves it as it is', async () => {
  const once = insertInto<QuoteRow>('RateQuote', { json: ['sources'], orSkip: true });
  const counts = [await countOf(database.ask, once(quote)), await countOf(database.ask, once({ ...quote, currency: 'USD' }))];
  expect(counts).toEqual([1, 0]);
  expect((await stored(quote.id))?.currency).toBe('EUR');
});

test('a connection that PostgreSQL takes away while nobody uses it is replaced, also where Prisma asked nothing yet', async () => {
  const own = openDatabase({ connectionString: db.connectionString, max: 1 });
  try {
    const lost = new Promise((resolve) => own.pool.once('remove', resolve));
    const first = await firstOf(own.database.ask, backend());
    await firstOf(database.ask, statement('SELECT pg_terminate_backend($1::int)')(first?.pid));
    await lost;
    const next = await firstOf(own.database.ask, backend());
    expect(next?.pid).toBeGreaterThan(0);
    expect(next?.pid).not.toBe(first?.pid);
  } finally {
    await own.close();
  }
});

test('a database that only hot statements asked is closed with all its connections', async () => {
  const own = openDatabase({ connectionString: db.connectionString, max: 1 });
  await firstOf(own.database.ask, backend());
  await own.close();
  expect(own.pool.totalCount).toBe(0);
  await expect(own.database.ask(backend())).rejects.toThrow();
});
