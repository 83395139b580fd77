import type { Database, Write } from '../../src/lib/database.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sharing } from '../../src/lib/database.ts';
import { countOf, findIn, firstOf, insertInto, statement, updateIn } from '../../src/lib/row-statements.ts';
import { openDatabase } from '../../src/open-database.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

const AT = new Date('2026-05-15T14:00:00.123Z');
const LANE = 'quotes';

type QuoteRow = { id: string; currency: string; minorPerBtcE4: bigint; sources: unknown; takenAt: Date };
const insertQuote = insertInto<QuoteRow>('RateQuote', { json: ['sources'] });
const findQuote = findIn<QuoteRow>('RateQuote', ['id', 'currency', 'minorPerBtcE4', 'sources', 'takenAt']);
type EraRow = { era: number; nextIndex: number; xpubFingerprint: string };
const insertEra = insertInto<EraRow>('KeyIndex');
const findEra = findIn<EraRow>('KeyIndex', ['nextIndex']);
const changeEra = updateIn<EraRow>('KeyIndex');
const mustChangeEra = updateIn<EraRow>('KeyIndex', { must: true });
const transactionOf = statement<{ xid: string }>('SELECT "xmin"::text AS xid FROM "RateQuote" WHERE "id" = $1');
const slow = statement('SELECT pg_sleep(0.1)');
const broken = statement('SELECT 1 / 0');

let db: TestDatabase;
let database: Database;
let close: () => Promise<void>;
let asked: string[] = [];
beforeAll(async () => {
  db = await freshDatabase();
  ({ database, close } = openDatabase({ connectionString: db.connectionString, max: 3, onAsk: ({ text }) => void asked.push(text) }));
});
afterAll(async () => {
  await close();
  await db.close();
});
beforeEach(() => {
  asked = [];
});

let count = 0;
const fresh = (): QuoteRow => ({ id: `quo_${++count}`, currency: 'EUR', minorPerBtcE4: 10n ** 17n + 1n, sources: ['"\\é'], takenAt: AT });
const stored = (id: string) => firstOf(database.ask, findQuote({ id }));
const xidOf = async ({ id }: QuoteRow) => (await firstOf(database.ask, transactionOf(id)))?.xid;
const commit = (...writes: Write[]) => database.commit(LANE, writes);
const settled = (works: readonly Promise<unknown>[]) => Promise.allSettled(works);
/** A commit is under way: what comes now is the next batch. */
async function meanwhile(): Promise<{ readonly over: Promise<unknown> }> {
  const over = database.commit(LANE, [slow()]);
  await new Promise((resolve) => setImmediate(resolve));
  return { over };
}
const failed = ({ status }: PromiseSettledResult<unknown>) => status === 'rejected';

test('what is committed while another commit of its lane runs is one transaction, and its inserts one statement', async () => {
  const rows = Array.from({ length: 7 }, fresh);
  const { over } = await meanwhile();
  await Promise.all([over, ...rows.map((row) => commit(insertQuote(row)))]);
  expect(new Set(await Promise.all(rows.map(xidOf))).size).toBe(1);
  expect(asked.filter((text) => text.startsWith('INSERT'))).toHaveLength(3); // of 4, 2 and 1 rows
  expect(await Promise.all(rows.map(({ id }) => stored(id)))).toEqual(rows);
});

test('what is committed in one turn of the event loop is one transaction, though nothing is under way', async () => {
  const rows = [fresh(), fresh()] as const;
  const first = commit(insertQuote(rows[0]));
  for (let step = 0; step < 20; step++) await Promise.resolve();
  await Promise.all([first, commit(insertQuote(rows[1]))]);
  expect(await xidOf(rows[0])).toBe(await xidOf(rows[1]));
});

test('another lane does not wait for it, and is a transaction of its own', async () => {
  const [one, other] = [fresh(), fresh()];
  const { over } = await meanwhile();
  const ends: string[] = [];
  await Promise.all([
    over.then(() => ends.push('slow')),
    commit(insertQuote(one)),
    database.commit('others', [insertQuote(other)]).then(() => ends.push('other')),
  ]);
  expect(ends).toEqual(['other', 'slow']);
  expect(await xidOf(one)).not.toBe(await xidOf(other));
});

test('each hears of its own rows', async () => {
  const { over } = await meanwhile();
  const ask = sharing(database, LANE);
  const answers = [1, 2, 3].map(async (era) => {
    expect(await countOf(ask, insertEra({ era, nextIndex: era, xpubFingerprint: 'seed' }))).toBe(1);
    expect(await countOf(ask, changeEra({ era, nextIndex: era === 2 ? 99 : era }, { nextIndex: 10 * era }))).toBe(era === 2 ? 0 : 1);
    return firstOf(ask, findEra({ era }));
  });
  await over;
  expect((await Promise.all(answers)).map((row) => row?.nextIndex)).toEqual([10, 2, 30]);
});

test('one that fails takes back all that is its own, and nothing of the others that came with it', async () => {
  const [before, good, bad, last] = [fresh(), fresh(), fresh(), fresh()];
  await commit(insertQuote(before));
  const { over } = await meanwhile();
  const works = [commit(insertQuote(good)), commit(insertQuote(bad), insertQuote(before)), commit(insertQuote(last)), commit(broken())];
  const [ends] = await Promise.all([settled(works), over]);
  expect(ends.map(failed)).toEqual([false, true, false, true]);
  expect(ends[1]).toMatchObject({ reason: { code: '23505' } });
  expect((await Promise.all([good, bad, last].map(({ id }) => stored(id)))).map((row) => row?.id)).toEqual([good.id, undefined, last.id]);
  await commit(insertQuote(fresh())); // the lane goes on
});

test('a change that must write and would write nothing takes back all that was to be committed with it', async () => {
  const other = fresh();
  const indexOf = async () => (await firstOf(database.ask, findEra({ era: 5 })))?.nextIndex;
  await commit(insertEra({ era: 5, nextIndex: 0, xpubFingerprint: 'seed' }));
  const lost = await settled([commit(mustChangeEra({ era: 5, nextIndex: 1 }, { nextIndex: 2 }), insertQuote(other))]);
  expect(lost).toMatchObject([{ status: 'rejected', reason: { code: '22012' } }]);
  expect([await indexOf(), await stored(other.id)]).toEqual([0, null]);
  await commit(mustChangeEra({ era: 5, nextIndex: 0 }, { nextIndex: 1 }), insertQuote(other));
  expect([await indexOf(), (await stored(other.id))?.id]).toEqual([1, other.id]);
});

test('when the connection goes, all that were on it are told so, and none is committed a second time', async () => {
  const rows = Array.from({ length: 3 }, fresh);
  const { over } = await meanwhile();
  const kill = statement('SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(5)');
  const works = [commit(insertQuote(rows[0] as QuoteRow)), commit(kill()), commit(insertQuote(rows[1] as QuoteRow))];
  const [ends] = await Promise.all([settled(works), over]);
  expect(ends.map(failed)).toEqual([true, true, true]);
  expect(asked.filter((text) => text.startsWith('INSERT'))).toHaveLength(1); // of both rows, once
  await commit(insertQuote(rows[2] as QuoteRow));
  expect((await stored((rows[2] as QuoteRow).id))?.id).toBe(rows[2]?.id);
});

test('a value that no column takes fails alone, and its connection serves on', async () => {
  const good = fresh();
  const { over } = await meanwhile();
  const works = [commit(insertQuote({ ...fresh(), currency: null as never })), commit(insertQuote(good))];
  const [ends] = await Promise.all([settled(works), over]);
  expect(ends.map(failed)).toEqual([true, false]);
  expect((await stored(good.id))?.id).toBe(good.id);
});

test('reads that come together are one message, the very same read is asked once, and one that fails fails alone', async () => {
  const rows = [fresh(), fresh()] as const;
  await commit(insertQuote(rows[0]), insertQuote(rows[1]));
  asked = [];
  const first = database.read(slow());
  const reads = [findQuote({ id: rows[0].id }), findQuote({ id: rows[1].id }), findQuote({ id: rows[0].id })].map((one) =>
    database.read(one),
  );
  await first;
  expect((await Promise.all(reads)).map(({ rows: [row] }) => row)).toEqual([rows[0], rows[1], rows[0]]);
  expect(asked).toHaveLength(3);
  const again = database.read(slow());
  const mixed = [database.read(broken()), database.read(findQuote({ id: rows[1].id }))];
  const [ends] = await Promise.all([settled(mixed), again]);
  expect(ends.map(failed)).toEqual([true, false]);
});

test('a read that is asked for after a commit sees it, whatever read was under way', async () => {
  const row = fresh();
  const first = database.read(slow());
  const early = database.read(findQuote({ id: row.id }));
  await commit(insertQuote(row));
  const late = database.read(findQuote({ id: row.id }));
  await Promise.all([first, early]);
  expect((await late).rows).toHaveLength(1);
});
