import type { TestDatabase } from '../support/database.ts';
import type { Json } from '../support/json.ts';
import type { Database } from '../../src/lib/database.ts';
import type { PaymentPage } from '../../src/payments/payment-list-store.ts';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../src/open-database.ts';
import { listPayments } from '../../src/payments/payment-list-store.ts';
import { freshDatabase } from '../support/database.ts';

/** Three at each moment: pages must not lose or repeat what was made together. */
const [PAYMENTS, AT_ONCE, PAGE] = [9_000, 3, 20];
const ANY: Omit<PaymentPage, 'after'> = {
  ...{ accountId: 'acc_a', mode: 'live', status: [], from: null, to: null, source: null, method: null, linkId: null, search: null },
  ...{ first: PAGE, oldestFirst: false },
};

let db: TestDatabase;
let client: pg.Client;
let prisma: Database['client'];
let database: Database;
let asked: { query: string; params: string } | null = null;
beforeAll(async () => {
  db = await freshDatabase();
  client = new pg.Client(db.connectionString);
  await client.connect();
  const onPrismaQuery = (query: { query: string; params: string }) => {
    asked = query;
  };
  ({ prisma, database } = openDatabase({ connectionString: db.connectionString, onPrismaQuery }));
  await client.query('SET session_replication_role = replica'); // payments alone, without what belongs to them
  await client.query(
    `INSERT INTO "Payment" (id, "accountId", mode, status, version, source, currency, "fiatMinor", "amountSats", "quoteId", "metadataText", lightning,
      "createdAt", "expiresAt", late, "receivedSats", method, txid, "paidAt", "feesSats", settlement)
    SELECT 'pmt_' || lpad(n::text, 26, '0'), CASE n % 10 WHEN 9 THEN 'acc_b' ELSE 'acc_a' END, 'live', 'paid', 1,
      CASE n % 4 WHEN 0 THEN 'link' ELSE 'secret' END, 'EUR', 100, 1000, 'q', '{}', 'offered', t, t + interval '10 minutes', false, 1000,
      CASE n % 3 WHEN 0 THEN 'liquid' ELSE 'lightning' END, 'txid', t, 0, 'confirmed'
    FROM generate_series(1, $1::int) AS n, LATERAL (SELECT timestamptz '2026-05-15' + (n / $2::int) * interval '1 second' AS t) AS made`,
    [PAYMENTS, AT_ONCE],
  );
  await client.query('ANALYZE "Payment"');
});
afterAll(async () => {
  await prisma.$disconnect();
  await client.end();
  await db.close();
});

/** Every id, page after page. */
async function walk(filter: Omit<PaymentPage, 'after'>): Promise<string[]> {
  const ids: string[] = [];
  for (let after: PaymentPage['after'] = null; ; ) {
    const rows = await listPayments(database, { ...filter, after });
    const page = rows.slice(0, filter.first);
    ids.push(...page.map(({ id }) => id));
    const last = page.at(-1);
    if (rows.length <= filter.first || !last) return ids;
    after = { createdAt: last.createdAt, id: last.id };
  }
}

test('G-12: every payment of a method and a source comes once, newest first, over all pages', async () => {
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM "Payment" WHERE "accountId" = 'acc_a' AND method = 'liquid' AND source = 'link' ORDER BY "createdAt" DESC, id`,
  );
  expect(rows.length).toBeGreaterThan(500);
  expect(await walk({ ...ANY, method: 'liquid', source: 'link' })).toEqual(rows.map(({ id }) => id));
});

test('G-12: oldest first is the same list turned round, over all pages', async () => {
  const some = { ...ANY, method: 'lightning', source: 'link' } as const;
  const newestFirst = await walk(some);
  expect(newestFirst.length).toBeGreaterThan(500);
  expect(await walk({ ...some, oldestFirst: true })).toEqual(newestFirst.reverse());
});

test('G-12: a page deep in the list reads on from its cursor in the index, and nothing newer again, whatever the filter', async () => {
  const { rows } = await client.query(`SELECT id, "createdAt" FROM "Payment" WHERE id = 'pmt_' || lpad('300', 26, '0')`);
  const filters = [{}, { source: 'link' }, { method: 'liquid' }, { method: 'lightning', source: 'secret' }] as const;
  for (const filter of filters) {
    await listPayments(database, { ...ANY, ...filter, after: rows[0] });
    const { query, params } = asked ?? { query: '', params: '[]' };
    const { rows: plans } = await client.query<Json>(`EXPLAIN (ANALYZE, FORMAT JSON) ${query}`, JSON.parse(params));
    const nodes = nodesOf(plans[0]['QUERY PLAN'][0].Plan);
    expect(nodes.map((node) => node['Index Name'] ?? null).filter((name) => name !== null)).toEqual([
      'Payment_accountId_mode_createdAt_id_idx',
    ]);
    const read = nodes.reduce((sum, node) => Math.max(sum, node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)), 0);
    expect(read, JSON.stringify(filter)).toBeLessThan(300);
  }
});

function nodesOf(plan: Json): Json[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}
