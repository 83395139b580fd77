import type { Asked } from '../../src/lib/row-statements.ts';
import type { OpenDatabase } from '../../src/open-database.ts';
import type { TestDatabase } from '../support/database.ts';
import type { Json } from '../support/json.ts';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { grow, grownId } from '../../bench/grow.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { openDatabase } from '../../src/open-database.ts';
import { findShownPayments } from '../../src/payments/shown-payment-store.ts';
import { findAddressesByScript } from '../../src/wallets/direct-lease-store.ts';
import { freshDatabase } from '../support/database.ts';
import { walletsIn } from '../support/wallets.ts';

const PAYMENTS = 5_000;
const CALLS = 20;
/** PostgreSQL plans a statement anew so often before it may keep a plan, on each connection. */
const ANEW = 5;

const { connected } = walletsIn(() => db.database);
let db: TestDatabase;
let accountId: string;
let other: string;
/** One connection alone, which knows how often it planned what. */
let open: OpenDatabase;
let asked: Asked | null = null;
beforeAll(async () => {
  db = await freshDatabase();
  accountId = await connected();
  other = await connected();
  const grower = new pg.Pool({ connectionString: db.connectionString, max: 1 });
  await grow(grower, { accountId, from: 0, to: PAYMENTS });
  await grower.end();
  open = openDatabase({ connectionString: db.connectionString, max: 1, onAsk: (one) => (asked = one) });
});
afterAll(async () => {
  await open.close();
  await db.close();
});

/** How often the statement that was asked last was planned anew, and what its plan reads for these lists. */
async function lastPlan(...lists: readonly (readonly string[])[]): Promise<{ anew: number; indexes: string[]; read: number }> {
  const name = asked?.name ?? '';
  const { rows: counts } = await open.pool.query('SELECT custom_plans FROM pg_prepared_statements WHERE name = $1', [name]);
  const literals = lists.map((list) => `'{${list.map((value) => JSON.stringify(value)).join()}}'`).join();
  const { rows } = await open.pool.query<Json>(`EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE ${name} (${literals})`);
  const nodes = nodesOf(rows[0]['QUERY PLAN'][0].Plan);
  return {
    anew: Number(counts[0].custom_plans),
    indexes: nodes.map((node) => node['Index Name']).filter((index) => index !== undefined),
    read: Math.max(...nodes.map((node) => node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0))),
  };
}

function nodesOf(plan: Json): Json[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

test('whose the outputs of a transaction are is told by one kept plan, out of the index of scripts', async () => {
  const { rows } = await open.pool.query(`SELECT id, "scriptPubKey" FROM "Address" ORDER BY md5(id) LIMIT $1`, [CALLS]);
  for (const { id, scriptPubKey } of rows) {
    const found = await findAddressesByScript(open.database, [randomBytes(22), scriptPubKey, randomBytes(22)]);
    expect(found.map(({ addressId, accountId: owner }) => [addressId, owner])).toEqual([[id, accountId]]);
  }
  expect(await findAddressesByScript(open.database, [randomBytes(22), randomBytes(22)])).toEqual([]);
  expect(await findAddressesByScript(open.database, [])).toEqual([]);
  const plan = await lastPlan(rows.slice(0, 3).map((row) => `\\x${toHex(row.scriptPubKey)}`));
  expect(plan).toMatchObject({ anew: ANEW, read: 3 });
  expect(plan.indexes).toContain('Address_scriptPubKey_key');
});

test('payments are shown by one kept plan, each looked up by its key, and none of another account', async () => {
  const ids = Array.from({ length: CALLS }, (_, place) => grownId(1 + place * 200));
  for (const id of ids) {
    const shown = await findShownPayments(open.database, [
      { accountId, id },
      { accountId: other, id: grownId(2) },
    ]);
    expect(shown.map(({ payment, place }) => [payment.id, payment.accountId, place?.paymentId])).toEqual([[id, accountId, id]]);
  }
  const three = ids.slice(0, 3);
  const plan = await lastPlan(
    three,
    three.map(() => accountId),
  );
  expect(plan).toMatchObject({ anew: ANEW, read: 3 });
  expect(plan.indexes).toEqual(expect.arrayContaining(['Payment_pkey', 'Swap_subjectId_attempt_key', 'AddressLease_paymentId_idx']));
});
