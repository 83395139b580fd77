import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabaseWithClient } from '../support/database.ts';
import { insert, undone, withParents } from '../support/database-rows.ts';

let db: Awaited<ReturnType<typeof freshDatabaseWithClient>>;
let client: typeof db.client;

beforeAll(async () => {
  db = await freshDatabaseWithClient();
  client = db.client;
});
afterAll(() => db.close());

const PAID = { status: 'paid', method: 'liquid', txid: 'aa', paidAt: '2027-01-01', feesSats: 0, settlement: 'unconfirmed', version: 2 };
const EXPIRED = { status: 'expired', expiryReason: 'unpaid', version: 2 };

describe('rules that hold among rows', () => {
  test('the partial rules stand in the catalog, each with its condition', async () => {
    const { rows } = await client.query<{ name: string; rule: string }>(
      `SELECT c.relname AS name, regexp_replace(pg_get_indexdef(i.indexrelid), '^.* USING btree ', '') AS rule
       FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = 'public' AND i.indpred IS NOT NULL AND i.indisunique ORDER BY 1`,
    );
    expect(rows).toEqual([
      { name: 'P1_one_operator', rule: '("isOperator") WHERE "isOperator"' },
      { name: 'P2_one_wallet_per_account', rule: '("accountId") WHERE ("endedAt" IS NULL)' },
      { name: 'P3_one_lease_per_address', rule: '("addressId") WHERE ("releasedAt" IS NULL)' },
      {
        name: 'P4_outcome_announced_once',
        rule: `("subjectId", type) WHERE (type = ANY (ARRAY['payment.confirmed'::text, 'payment.expired'::text]))`,
      },
      { name: 'P5_one_default_endpoint', rule: '("accountId", mode) WHERE "isDefault"' },
    ]);
  });

  test('the triggers stand in the catalog, each on its table', async () => {
    const { rows } = await client.query<{ rule: string }>(
      `SELECT tgname || ' on ' || tgrelid::regclass AS rule FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1`,
    );
    expect(rows.map(({ rule }) => rule.replaceAll('"', ''))).toEqual([
      'P6_outcome_inserted on Payment',
      'P6_outcome_reached on Payment',
      'P7_append_only on AuditEntry',
      'P7_append_only on Event',
      'P7_append_only on RateQuote',
      'P7_counter_grows on Account',
      'P7_counter_grows on KeyIndex',
      'P7_counter_grows on ScriptChain',
      'P7_counter_stays on KeyIndex',
      'P7_counter_stays on ScriptChain',
      'P7_no_truncate on AuditEntry',
      'P7_no_truncate on Event',
      'P7_no_truncate on RateQuote',
    ]);
  });

  test.each([
    ['P1_one_operator', 'Account', { id: 'acc_2', isOperator: true }, { isOperator: true }],
    ['P2_one_wallet_per_account', 'Wallet', { id: 'wal_2' }, {}],
    ['P3_one_lease_per_address', 'AddressLease', { id: 'lea_2', swapId: 'swp_2' }, {}],
    [
      'P4_outcome_announced_once',
      'Event',
      { id: 'evt_2', sequence: 2, type: 'payment.expired', subjectVersion: 2 },
      { type: 'payment.expired' },
    ],
    ['P5_one_default_endpoint', 'WebhookEndpoint', { id: 'whk_2' }, {}],
  ])('%s refuses the second row', async (rule, table, second, first) => {
    await undone(client, async () => {
      await withParents(client, table, first);
      await expect(insert(client, table, second)).rejects.toMatchObject({ code: '23505', constraint: rule });
    });
  });

  test.each([
    ['Wallet', { id: 'wal_2' }, { endedAt: '2027-01-02' }],
    ['AddressLease', { id: 'lea_2', swapId: 'swp_2' }, { purpose: 'direct', swapId: null, paymentId: 'pmt_1', releasedAt: '2027-01-02' }],
    ['WebhookEndpoint', { id: 'whk_2', isDefault: false }, {}],
    ['Event', { id: 'evt_2', sequence: 2, type: 'payment.detected', subjectVersion: 2 }, { type: 'payment.detected' }],
  ])('%s takes a second row where the rule does not reach', async (table, second, first) => {
    await undone(client, async () => {
      await withParents(client, table, first);
      await expect(insert(client, table, second)).resolves.toBeUndefined();
    });
  });
});

describe('P6: an outcome of a payment and its event', () => {
  const confirmed = { type: 'payment.confirmed', subjectVersion: 2 };

  test.each([
    ['no event at all', null],
    ['an event of another version', { ...confirmed, subjectVersion: 1 }],
    ['an event of another payment', { ...confirmed, subjectId: 'pmt_2' }],
    ['an event of another account', { ...confirmed, accountId: 'acc_2' }],
    ['the event of the other outcome', { ...confirmed, type: 'payment.expired' }],
  ])('a payment does not become paid with %s', async (_, event) => {
    await undone(client, async () => {
      await insert(client, 'Payment', {});
      await becomes(PAID);
      if (event) await insert(client, 'Event', event);
      await expect(judge()).rejects.toMatchObject({ code: '23000', message: expect.stringMatching(/^P6: payment pmt_1 became paid/) });
    });
  });

  test('a payment does not become expired, nor is one inserted expired, without its event', async () => {
    await undone(client, async () => {
      await insert(client, 'Payment', {});
      await becomes(EXPIRED);
      await expect(judge()).rejects.toMatchObject({ code: '23000' });
    });
    await undone(client, async () => {
      await insert(client, 'Payment', EXPIRED);
      await expect(judge()).rejects.toMatchObject({ code: '23000' });
    });
  });

  test('the event may be written before or after the status, as long as both commit together', async () => {
    await undone(client, async () => {
      await insert(client, 'Event', { type: 'payment.expired', subjectVersion: 2 });
      await insert(client, 'Payment', {});
      await becomes(EXPIRED);
      await expect(judge()).resolves.toBeUndefined();
      await becomes({ ...PAID, version: 3 });
      await insert(client, 'Event', { id: 'evt_2', sequence: 2, type: 'payment.confirmed', subjectVersion: 3 });
      await expect(judge()).resolves.toBeUndefined();
      await becomes({ settlement: 'confirmed', version: 4 }); // no new outcome: needs none
      await expect(judge()).resolves.toBeUndefined();
    });
  });
});

describe('P7: the log and the counters only grow', () => {
  test.each(['Event', 'AuditEntry', 'RateQuote'])('a row of %s is never changed, removed or truncated away', async (table) => {
    for (const sql of [`UPDATE "${table}" SET "id" = 'other'`, `DELETE FROM "${table}"`, `TRUNCATE "${table}" CASCADE`]) {
      await undone(client, async () => {
        await withParents(client, table);
        await expect(client.query(sql)).rejects.toMatchObject({ code: '23001', message: expect.stringMatching(/^P7: /) });
      });
    }
  });

  test.each([
    ['KeyIndex', 'nextIndex'],
    ['ScriptChain', 'nextIndex'],
    ['Account', 'eventSeq'],
  ])('%s.%s goes forward and never back', async (table, counter) => {
    await undone(client, async () => {
      await withParents(client, table);
      await client.query(`UPDATE "${table}" SET "${counter}" = "${counter}" + 1`);
      await expect(client.query(`UPDATE "${table}" SET "${counter}" = "${counter}" - 1`)).rejects.toMatchObject({ code: '23001' });
    });
  });

  test.each(['KeyIndex', 'ScriptChain'])('a counter of %s is never removed', async (table) => {
    await undone(client, async () => {
      await withParents(client, table);
      await expect(client.query(`DELETE FROM "${table}"`)).rejects.toMatchObject({ code: '23001' });
    });
  });
});

test('no column has a default and nothing in the database reads its clock', async () => {
  const defaults = await client.query(`SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> '_prisma_migrations' AND column_default IS NOT NULL`);
  expect(defaults.rows).toEqual([]);
  const functions = await client.query(`SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    AND prosrc ~* '(now\\(|current_timestamp|clock_timestamp|statement_timestamp|localtime)'`);
  expect(functions.rows).toEqual([]);
});

async function becomes(changes: { readonly [column: string]: unknown }): Promise<void> {
  const columns = Object.keys(changes);
  await client.query(
    `UPDATE "Payment" SET ${columns.map((column, place) => `"${column}" = $${place + 1}`).join(', ')}`,
    Object.values(changes),
  );
}

/** Asks the deferred rules for their judgement now, as a commit would. */
async function judge(): Promise<void> {
  await client.query('SET CONSTRAINTS ALL IMMEDIATE');
  await client.query('SET CONSTRAINTS ALL DEFERRED');
}
