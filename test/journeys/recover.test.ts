import type { RecoveryOutcome } from '../../src/swaps/recover-swaps.ts';
import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/open-database.ts';
import { reserveKeyIndex } from '../../src/swaps/key-index-store.ts';
import { eventually, startAvopay } from '../support/avopay.ts';
import { readBooks } from '../support/books.ts';
import { emptyDatabase } from '../support/database.ts';
import { directPayments } from '../support/direct.ts';
import { losable, queryOn } from '../support/lost-database.ts';
import { SHARED_KEYS, startBeside } from '../support/second-server.ts';

type Counted = Partial<Record<RecoveryOutcome, number>>;

/** How many swaps are in flight when the database is lost: `SWAPS=100 npm test test/journeys/recover.test.ts`. */
const SWAPS = Number(process.env['SWAPS'] ?? 5);
const STATES = ['open', 'mempool', 'confirmed', 'revealed', 'claimed'] as const;
type State = (typeof STATES)[number];
const CLAIMED = ['claim_accepted', 'claim_buried'];
/** Nobody tells of a lockup while the provider is away: every open swap is looked at in this time. */
const SWEEP_S = 31;
const PATIENCE_MS = 60_000 + SWAPS * 5_000;

let avopay: Avopay;
let empty: Awaited<ReturnType<typeof emptyDatabase>>;
beforeAll(async () => {
  avopay = await startAvopay({ ...SHARED_KEYS, ZERO_CONF_MAX_SATS: '0' });
  empty = await emptyDatabase();
});
afterAll(async () => {
  await losable(avopay).stop();
  await empty.close();
});

const direct = () => directPayments(avopay);
const control = (method: string, path: string, body?: object) => avopay.call(method, `/sandbox/${path}`, { key: null, body });
const operator = (...words: string[]) => losable(avopay).operator(empty.connectionString, words, { ZERO_CONF_MAX_SATS: '0' });
const query = (sql: string): Promise<Json[]> => queryOn(empty.connectionString, sql);

const counts = (lines: readonly string[]) =>
  Object.fromEntries(
    [...(lines.at(-1) ?? '').matchAll(/(\d+) (claimed|claimable|waiting|refundable|unresolved)/g)].map(([, n, name]) => [name, Number(n)]),
  );

describe('a database that is lost with swaps in flight', { timeout: PATIENCE_MS }, () => {
  const invoices: { [S in State]: string[] } = { open: [], mempool: [], confirmed: [], revealed: [], claimed: [] };
  const keys = new Set<string>();
  /** The sandbox mines each minute by itself: a swap may be further than it was waited for. */
  const swapsIn = (statuses: readonly string[], least: number) =>
    eventually(async () => (await direct().query('SELECT 1 FROM "Swap" WHERE status = ANY($1)', [statuses])).length >= least);
  const payAll = async (state: State) => {
    for (const invoice of invoices[state]) await direct().pay(invoice);
  };

  beforeAll(async () => {
    for (let n = 0; n < SWAPS; n++) {
      const { body } = await direct().create({ amount: 5 + n });
      invoices[STATES[n % STATES.length] ?? 'open'].push(body.lightning_invoice);
    }
    await payAll('claimed');
    await swapsIn(['lockup_seen', ...CLAIMED], invoices.claimed.length);
    await direct().mine(1);
    await swapsIn(CLAIMED, invoices.claimed.length);
    // Before the payers: a block may come while many of them pay, and a claim goes out through the provider too.
    await control('POST', 'faults', { provider: 'connection_refused', chain: 'rejects_broadcast' });
    await payAll('revealed');
    await direct().advance(SWEEP_S);
    await swapsIn(['lockup_seen', 'revealed'], invoices.revealed.length);
    await direct().mine(1);
    await swapsIn(['revealed'], invoices.revealed.length);
    for (const { era, index } of await direct().query('SELECT "keyEra" AS era, "keyIndex" AS index FROM "Swap"', []))
      keys.add(`${era}/${index}`);
    await losable(avopay).lose();
    await control('DELETE', 'faults');
    await payAll('confirmed');
    await direct().mine(1);
    await payAll('mempool');
  }, PATIENCE_MS);

  /** What a run came to, once a run came to it: one that was cut short by a busy machine says so, and the next goes on. */
  const recovered = (enough: (found: Counted) => boolean) =>
    eventually(async () => {
      const { code, lines } = await operator('recover');
      const found = counts(lines);
      return code === 0 && enough(found) && found;
    });

  test('is looked through by a dry run that changes nothing', async () => {
    const { code, lines } = await operator('recover', '--dry-run');
    const { claimed = 0, claimable = 0, ...others } = counts(lines);
    expect({ code, lines, others }).toMatchObject({ code: 0, others: { waiting: invoices.open.length, refundable: 0, unresolved: 0 } });
    // A server that was broadcasting when it lost its database goes on with what it holds: some of the revealed are claimed by now.
    expect(claimed).toBeGreaterThanOrEqual(invoices.claimed.length);
    expect(claimed + claimable).toBe(SWAPS - invoices.open.length);
    expect(
      await query('SELECT id FROM "Swap" UNION SELECT id FROM "Payment" UNION SELECT id FROM "Account" UNION SELECT id FROM "AuditEntry"'),
    ).toEqual([]);
    expect(await query('SELECT era FROM "KeyIndex"')).toEqual([]);
  });

  test('comes back: every locked sat is claimed for the merchant, and what nobody paid is said to be', async () => {
    const whole = ({ claimed = 0, waiting = 0, refundable = 0 }: Counted) => claimed + waiting + refundable === SWAPS;
    const first = await recovered(whole);
    expect(first.claimed).toBeGreaterThanOrEqual(SWAPS - invoices.mempool.length - invoices.open.length);
    await direct().mine(1);
    await recovered((found) => whole(found) && found.claimed === SWAPS - invoices.open.length);
    await direct().advance(3_600);
    await recovered((found) => whole(found) && found.refundable === invoices.open.length && found.waiting === 0);
    const wallet = (await control('GET', 'wallet')).body;
    const books = await readBooks(empty.connectionString, avopay.demo.account_id, wallet);
    expect(books).toMatchObject({ balanced: true, faults: [], paidPayments: SWAPS - invoices.open.length, owedSats: books.walletSats });
    const audit = await query(`SELECT actor, facts FROM "AuditEntry" WHERE action = 'swaps.recovered' ORDER BY "createdAt"`);
    expect(audit.map(({ facts }) => facts.newEra)).toEqual([2, ...audit.slice(1).map(() => null)]);
    expect(new Set(audit.map(({ actor }) => actor))).toEqual(new Set(['operator']));
  });

  test('gives out no key index a second time', async () => {
    const { database, close } = openDatabase({ connectionString: empty.connectionString });
    const taken = await reserveKeyIndex({ database });
    await close();
    expect(taken).toEqual({ era: 2, index: 0 });
    expect(keys.has(`${taken.era}/${taken.index}`)).toBe(false);
    const rows = await query('SELECT "keyEra" AS era, "keyIndex" AS index FROM "Swap"');
    expect(new Set(rows.map(({ era, index }) => `${era}/${index}`)).size).toBe(rows.length);
  });

  test('serves again: a server on what was recovered brings every claim to its end', async () => {
    const beside = await startBeside(avopay, { DATABASE_URL: empty.connectionString });
    try {
      await direct().mine(3);
      const buried = () => query(`SELECT 1 FROM "Swap" WHERE status = 'claim_buried'`);
      expect(await eventually(async () => (await buried()).length === SWAPS - invoices.open.length)).toBe(true);
    } finally {
      await beside.stop();
    }
  });
});
