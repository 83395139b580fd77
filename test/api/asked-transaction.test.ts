import type { DirectPool } from '../../src/direct-pool.ts';
import type { Database, Tx } from '../../src/lib/database.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { askIn, inTx, isBusy, makeDatabase, TransactionOver } from '../../src/lib/database.ts';
import { findIn, firstOf, insertInto, statement, updateIn } from '../../src/lib/row-statements.ts';
import { openDatabase } from '../../src/open-database.ts';
import { eventually } from '../support/avopay.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

/** Fewer than there are transactions at once: connections pass from one to another. */
const CONNECTIONS = 3;
const AT = new Date('2026-05-15T14:00:00.123Z');

type QuoteRow = { id: string; currency: string; minorPerBtcE4: bigint; sources: unknown; takenAt: Date };
const insertQuote = insertInto<QuoteRow>('RateQuote', { json: ['sources'] });
const findQuote = findIn<QuoteRow>('RateQuote', ['id']);
const lockQuote = findIn<QuoteRow>('RateQuote', ['id'], { lock: true });
const waitingForLock = statement(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
const backend = statement<{ pid: number }>('SELECT pg_backend_pid() AS pid');
const broken = statement('SELECT 1 / 0');
const slow = statement('SELECT pg_sleep(30)');
const LIMITS = { waitMs: 10_000, runMs: 15_000 };

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
const stored = (id: string) => firstOf(database.ask, findQuote({ id }));
const settled = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

test('a transaction that only asks commits all that it wrote, sends its BEGIN with the first statement, and has no place for Prisma', async () => {
  const other = fresh();
  const texts: string[] = [];
  const own = openDatabase({ connectionString: db.connectionString, max: 1 });
  try {
    const client = await own.pool.connect();
    const send = client.query.bind(client) as (...sent: unknown[]) => unknown;
    client.query = ((...sent: [{ text: string }]) => {
      texts.push(sent[0].text); // of a message of several: the first one's
      return send(...sent);
    }) as typeof client.query;
    client.release();
    const seen = await own.database.transactAsked(async (tx) => {
      await askIn(tx)(insertQuote(quote));
      await askIn(tx)(insertQuote(other));
      return { inside: (await firstOf(askIn(tx), findQuote({ id: quote.id })))?.id, outside: await stored(quote.id) };
    });
    expect(seen).toEqual({ inside: quote.id, outside: null });
  } finally {
    await own.close();
  }
  expect([(await stored(quote.id))?.id, (await stored(other.id))?.id]).toEqual([quote.id, other.id]);
  expect(texts.map((text) => text.split(' ', 1)[0])).toEqual(['BEGIN', 'INSERT', 'SELECT', 'COMMIT']);
  await expect(database.transactAsked(async (tx) => inTx(tx).rateQuote.count())).rejects.toThrow('only asks');
});

test('a transaction that only asks is taken back with its work’s error, whenever that comes, and its connection serves the next', async () => {
  const fault = new Error('taken back');
  const own = openDatabase({ connectionString: db.connectionString, max: 1 });
  try {
    const before = await own.database.transactAsked(pidOf);
    const failing = (asks: readonly ReturnType<typeof insertQuote>[]) =>
      settled(
        own.database.transactAsked(async (tx) => {
          for (const asked of asks) await askIn(tx)(asked);
          throw fault;
        }),
      );
    expect([await failing([]), await failing([insertQuote(quote)]), await failing([insertQuote(quote), insertQuote(fresh())])]).toEqual([
      fault,
      fault,
      fault,
    ]);
    expect(await own.database.transactAsked(async () => 'nothing asked')).toBe('nothing asked');
    expect(await own.database.transactAsked(pidOf)).toBe(before);
    expect(await stored(quote.id)).toBeNull();
  } finally {
    await own.close();
  }
});

test('a statement that fails in a transaction that only asks takes back all of it, also when the fault is swallowed, first or later', async () => {
  const withBroken = async (asks: readonly ReturnType<typeof broken>[]) => {
    const told: unknown[] = [];
    const outcome = await settled(
      database.transactAsked(async (tx) => {
        for (const asked of asks) told.push(await settled(askIn(tx)(asked)));
      }),
    );
    return { outcome, told };
  };
  const first = await withBroken([broken(), insertQuote(quote)]);
  const later = await withBroken([insertQuote(quote), broken(), insertQuote(fresh())]);
  for (const { outcome } of [first, later]) expect(outcome).toMatchObject({ message: expect.stringContaining('nothing was committed') });
  expect([first.told[0], later.told[1]]).toEqual([expect.objectContaining({ code: '22012' }), expect.objectContaining({ code: '22012' })]);
  expect([first.told[1], later.told[2]]).toEqual([expect.any(Error), expect.any(Error)]);
  expect(isBusy(first.outcome)).toBe(false);
  expect(await stored(quote.id)).toBeNull();
  const [a, b] = await Promise.all([database.transactAsked(pidOf), database.transactAsked(pidOf)]);
  expect(a).not.toBe(b); // whoever fails leaves no connection behind that others would wait for
});

test('a value that cannot be sent fails the transaction that only asks, and confuses no later one', async () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  const own = openDatabase({ connectionString: db.connectionString, max: 1 });
  const unsendable = statement<{ one: number }>('SELECT 1 AS one WHERE $1::jsonb IS NOT NULL');
  try {
    for (const asks of [[unsendable(circle)], [insertQuote(quote), unsendable(circle)]]) {
      const work = own.database.transactAsked(async (tx) => {
        for (const asked of asks) await askIn(tx)(asked);
      });
      await expect(work).rejects.toThrow('circular');
      expect(await own.database.transactAsked(pidOf)).toBeGreaterThan(0);
    }
    expect(await firstOf(own.database.ask, unsendable('{}'))).toEqual({ one: 1 });
    expect(await stored(quote.id)).toBeNull();
  } finally {
    await own.close();
  }
});

test('a statement of a transaction that only asks is refused when that is over, and reaches no other', async () => {
  const ended: Tx[] = [];
  await database.transactAsked(async (tx) => {
    ended.push(tx);
    await pidOf(tx);
  });
  await settled(
    database.transactAsked(async (tx) => {
      ended.push(tx);
      await pidOf(tx);
      throw new Error('taken back');
    }),
  );
  for (const tx of ended) expect(await settled(askIn(tx)(insertQuote(quote)))).toBeInstanceOf(TransactionOver);
  expect(ended).toHaveLength(2);
  expect(await stored(quote.id)).toBeNull();
});

test('a transaction that only asks ends with its time: what waits for a row, what comes later, and what asks nothing more are all told so', async () => {
  await database.ask(insertQuote(quote));
  const other = fresh();
  const [locked, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const holder = database.transactAsked(async (tx) => {
    await askIn(tx)(lockQuote({ id: quote.id }));
    locked.resolve();
    await held.promise;
  });
  await locked.promise;
  const brief = { ...LIMITS, runMs: 100 };
  const waits = pool.transact((ask) => ask(lockQuote({ id: quote.id })), brief);
  expect(await settled(waits)).toBeInstanceOf(TransactionOver);
  const late = pool.transact(async (ask) => {
    await ask(insertQuote(other));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await ask(insertQuote(fresh()));
  }, brief);
  const silent = pool.transact(async (ask) => {
    await ask(insertQuote(other));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }, brief);
  const ends = await Promise.all([settled(late), settled(silent)]);
  expect(ends.map((error) => [error instanceof TransactionOver, isBusy(error)])).toEqual([
    [true, true],
    [true, true],
  ]);
  held.resolve();
  await holder;
  expect(await stored(other.id)).toBeNull();
  await database.transactAsked((tx) => askIn(tx)(lockQuote({ id: quote.id }))); // nobody holds it any more
});

test('a transaction that only asks and gets no connection in time is busy, does nothing, and keeps none when one comes later', async () => {
  const own = openDatabase({ connectionString: db.connectionString, max: 1 });
  try {
    const held = Promise.withResolvers<void>();
    const holder = own.database.transactAsked(() => held.promise);
    let began = false;
    const late = own.pool.transact(
      async () => {
        began = true;
      },
      { ...LIMITS, waitMs: 50 },
    );
    expect(isBusy(await settled(late))).toBe(true);
    held.resolve();
    await holder;
    expect(await own.database.transactAsked(pidOf)).toBeGreaterThan(0);
    expect(began).toBe(false);
  } finally {
    await own.close();
  }
});

test('a connection that dies in a transaction that only asks fails its work at the next statement or the commit, and is replaced', async () => {
  const own = openDatabase({ connectionString: db.connectionString, max: 1 });
  const kill = (pid: number | undefined) => firstOf(database.ask, statement('SELECT pg_terminate_backend($1::int)')(pid));
  const gone = (pid: number | undefined) =>
    eventually(async () => !(await firstOf(database.ask, statement('SELECT 1 FROM pg_stat_activity WHERE pid = $1::int')(pid))));
  try {
    const between = own.database.transactAsked(async (tx) => {
      const pid = await pidOf(tx);
      await askIn(tx)(insertQuote(quote));
      await kill(pid);
      await gone(pid);
      await askIn(tx)(insertQuote(fresh()));
    });
    expect(await settled(between)).toBeInstanceOf(Error);
    const atTheEnd = own.database.transactAsked(async (tx) => {
      const pid = await pidOf(tx);
      await askIn(tx)(insertQuote(quote));
      await kill(pid);
      await gone(pid);
    });
    expect(await settled(atTheEnd)).toBeInstanceOf(Error);
    const inside = own.database.transactAsked(async (tx) => {
      const pid = await pidOf(tx);
      await Promise.all([askIn(tx)(slow()), kill(pid)]);
    });
    expect(await settled(inside)).toMatchObject({ code: '57P01' });
    expect(await own.database.transactAsked(pidOf)).toBeGreaterThan(0);
    expect(await stored(quote.id)).toBeNull();
    expect(own.pool.totalCount).toBe(1);
  } finally {
    await own.close();
  }
});

test('a transaction that only asks waits for its turn, also behind those of Prisma', async () => {
  const held = Promise.withResolvers<void>();
  const told: string[] = [];
  const first = [1, 2].map(() => database.transact(() => held.promise.then(() => told.push('first')), 'shop'));
  const next = database.transactAsked(async () => void told.push('next'), 'shop');
  await database.transactAsked(pidOf); // one of no turn passes it
  expect(told).toEqual([]);
  held.resolve();
  await Promise.all([...first, next]);
  expect(told).toContain('next');
});

test('a row that a transaction that only asks has locked is nobody else’s until the commit, and whoever waited sees what it wrote', async () => {
  type BlockRow = { height: number; hash: string };
  const at = { height: 77 };
  const lockBlock = findIn<BlockRow>('ChainBlock', ['hash'], { lock: true });
  await database.ask(insertInto<BlockRow>('ChainBlock')({ ...at, hash: 'before' }));
  const [locked, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const first = database.transactAsked(async (tx) => {
    await askIn(tx)(lockBlock(at));
    locked.resolve();
    await opened.promise;
    await askIn(tx)(updateIn<BlockRow>('ChainBlock')(at, { hash: 'after' }));
  });
  await locked.promise;
  const second = database.transactAsked(async (tx) => (await firstOf(askIn(tx), lockBlock(at)))?.hash);
  await eventually(async () => firstOf(database.ask, waitingForLock()));
  opened.resolve();
  await first;
  expect(await second).toBe('after');
});

test('a transaction that only asks is told of when it is committed, and never when it is taken back', async () => {
  const told: unknown[] = [];
  const telling = makeDatabase(prisma, pool, (what) => told.push(what));
  let done: Tx | undefined;
  await telling.transactAsked(async (tx) => {
    done = tx;
    await askIn(tx)(insertQuote(quote));
    expect(told).toEqual([]);
  });
  await settled(telling.transactAsked((tx) => askIn(tx)(insertQuote(quote))));
  expect(told).toEqual([done]);
});
