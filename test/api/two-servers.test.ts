import type { Avopay } from '../support/avopay.ts';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, startAvopay } from '../support/avopay.ts';
import { booksOf } from '../support/books.ts';
import { SHARED_KEYS, startBeside } from '../support/second-server.ts';

/** `PAYMENTS=100 npm test test/api/two-servers.test.ts` plays more of the same. */
const PAYMENTS = Number(process.env['PAYMENTS'] ?? 6);
let first: Avopay;
let second: Awaited<ReturnType<typeof startBeside>>;
let db: pg.Client;
beforeAll(async () => {
  first = await startAvopay(SHARED_KEYS);
  second = await startBeside(first);
  db = new pg.Client(first.connectionString);
  await db.connect();
});
afterAll(async () => {
  await db.end();
  await second.stop();
  await first.stop();
});

const servers = () => [first, second] as const;
const create = (server: Pick<Avopay, 'call'>, amount: number, headers: Record<string, string> = {}) =>
  server.call('POST', '/api/v1/payments', { body: { amount, currency: 'EUR' }, headers });

test(`two servers on one database settle ${PAYMENTS} payments, each with one event of each kind`, { timeout: 600_000 }, async () => {
  const inbox = (await first.call('POST', '/sandbox/inbox', { body: {}, key: null })).body;
  await first.call('POST', '/sandbox/webhook', { body: { account_id: first.demo.account_id, url: inbox.url }, key: null });
  const ids = await Promise.all(
    Array.from({ length: PAYMENTS }, async (_, n) => {
      const made = await create(servers()[n % 2] ?? first, 5 + n);
      const { body } = await second.call('GET', `/api/v1/payments/${made.body.payment_id}`);
      await first.call('POST', '/sandbox/pay', { body: { invoice: body.lightning_invoice }, key: null });
      return body.payment_id as string;
    }),
  );
  const paid = async () => {
    const replies = await Promise.all(ids.map((id, n) => (servers()[n % 2] ?? first).call('GET', `/api/v1/payments/${id}`)));
    return replies.every(({ body }) => body.status === 'paid');
  };
  await eventually(paid, 300_000); // seconds on an idle machine
  const { rows } = await db.query(
    `SELECT "subjectId", array_agg(type ORDER BY sequence) AS types FROM "Event" WHERE "subjectId" = ANY($1) GROUP BY "subjectId"`,
    [ids],
  );
  expect(rows).toHaveLength(PAYMENTS);
  for (const { types } of rows) expect(types).toEqual(['payment.created', 'payment.detected', 'payment.confirmed']);
  await eventually(async () => (await db.query('SELECT 1 FROM "Outbox"')).rowCount === 0);
  const { rows: shared } = await db.query(`SELECT count(*)::int AS n, count(DISTINCT "claimTxid")::int AS claims FROM "Swap"`);
  expect(shared[0]).toEqual({ n: PAYMENTS, claims: PAYMENTS });
  await first.call('POST', '/sandbox/blocks', { body: { count: 1 }, key: null });
  const books = await booksOf(first);
  expect(books.faults).toEqual([]);
  expect(books).toMatchObject({ balanced: true, paidPayments: PAYMENTS });
});

test('the same Idempotency-Key at two servers at once makes one payment', async () => {
  for (let round = 0; round < 10; round++) {
    const headers = { 'idempotency-key': `order-${round}` };
    const replies = await Promise.all(Array.from({ length: 8 }, (_, n) => create(servers()[n % 2] ?? first, 9, headers)));
    const made = new Set(replies.filter(({ status }) => status === 201).map(({ body }) => body.payment_id));
    expect(made.size).toBe(1);
    expect(replies.filter(({ status }) => status !== 201 && status !== 409)).toEqual([]);
    const again = await create(second, 9, headers);
    expect([...made]).toEqual([again.body.payment_id]);
    expect((await create(first, 10, headers)).body.code).toBe('idempotency_key_reused');
  }
  const { rows } = await db.query(`SELECT count(*)::int AS n FROM "Payment" WHERE "fiatMinor" = 900`);
  expect(rows[0].n).toBe(10 + 1); // and the one of 9 euros above
});

test('a key whose runner died is resumed by another server as the very same payment', async () => {
  const headers = { 'idempotency-key': 'order-of-the-dead' };
  const made = await create(first, 31, headers);
  const id: string = made.body.payment_id;
  // As a process leaves it that dies between its reservation and its commit: the key is held, nothing else is there.
  await db.query(`UPDATE "IdempotencyRecord" SET "httpStatus" = NULL, "leaseUntil" = now() + interval '10 seconds' WHERE "resultId" = $1`, [
    id,
  ]);
  const dead = 'pmt_dead0000000000000000000000';
  await db.query(`UPDATE "IdempotencyRecord" SET "resultId" = $2 WHERE "resultId" = $1`, [id, dead]);
  expect(await create(second, 31, headers)).toMatchObject({ status: 409, body: { code: 'idempotency_key_in_use' } });
  await db.query(`UPDATE "IdempotencyRecord" SET "leaseUntil" = now() - interval '1 second' WHERE "resultId" = $1`, [dead]);
  const resumed = await create(second, 31, headers);
  expect(resumed).toMatchObject({ status: 201, body: { payment_id: dead } });
  const replayed = await create(first, 31, headers);
  expect(replayed).toMatchObject({ status: 201, body: { payment_id: dead } });
  expect(replayed.headers.get('idempotent-replayed')).toBe('true');
});

test('a list of payments made in one millisecond is paged without a gap or a repeat', async () => {
  await db.query(`UPDATE "Payment" SET "createdAt" = date_trunc('hour', "createdAt")`);
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const query = `query ($after: String) { payments(first: 3, after: $after) { edges { node { id createdAt } } pageInfo { hasNextPage endCursor } } }`;
    const { body }: Awaited<ReturnType<Avopay['call']>> = await first.call('POST', '/graphql', { body: { query, variables: { after } } });
    seen.push(...body.data.payments.edges.map((edge: { node: { id: string } }) => edge.node.id));
    after = body.data.payments.pageInfo.hasNextPage ? body.data.payments.pageInfo.endCursor : null;
  } while (after !== null);
  const { rows } = await db.query(`SELECT id, "createdAt" FROM "Payment"`);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toHaveLength(rows.length);
  expect(new Set(rows.map(({ createdAt }) => createdAt.getTime())).size).toBeLessThan(rows.length / 2);
});
