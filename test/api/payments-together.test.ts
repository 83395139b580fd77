import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, startAvopay } from '../support/avopay.ts';

let avopay: Avopay;
let accountId: string;
let shown = 0;
beforeAll(async () => {
  avopay = await startAvopay();
  accountId = avopay.demo.account_id;
  await burst(20); // takes the fifteen addresses that may lie unused: from now on commits are shared
  expect((await rows('SELECT count(*)::int AS n FROM "AddressLease"'))[0]).toEqual({ n: 15 });
});
afterAll(() => avopay.stop());

const rows = async (sql: string, values: unknown[] = []): Promise<Json[]> => (await avopay.db.query(sql, values)).rows;
const create = (key: string, metadata: object = {}) =>
  avopay.call('POST', '/api/v1/payments', { body: { amount: 5, currency: 'EUR', metadata }, headers: { 'idempotency-key': key } });
const burst = (count: number, metadata: (i: number) => object = () => ({})) => {
  const name = `burst ${++shown}`;
  return Promise.all(Array.from({ length: count }, (_, i) => create(`${name} ${i}`, metadata(i))));
};
/** The same while somebody has the account's row: the first commit waits for it, and all others for the first. */
async function burstAtOnce(count: number, metadata?: (i: number) => object) {
  const holder = new pg.Client(avopay.connectionString);
  await holder.connect();
  try {
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM "Account" WHERE id = $1 FOR UPDATE', [accountId]);
    const asked = async () => Number((await rows('SELECT count(*) AS n FROM "Swap"'))[0]?.n);
    const before = await asked();
    const replies = burst(count, metadata);
    await eventually(async () => (await asked()) === before + count);
    await new Promise((resolve) => setTimeout(resolve, ANSWERED_MS));
    await holder.query('COMMIT');
    return await replies;
  } finally {
    await holder.end();
  }
}
/** The provider has answered all of them by then. */
const ANSWERED_MS = 1_000;
const idsOf = (replies: readonly { body: Json }[]) => replies.map(({ body }) => body.payment_id);

/** Everything that the commit of a payment holds, and the transaction that it was; of the swap what a later look leaves. */
const WHOLE = `
  SELECT p.id, p.xmin::text AS xid, array[q.xmin = p.xmin, e.xmin = p.xmin, r.xmin = p.xmin] AS together,
    p.status, s.status AS swap, e.type, r."httpStatus"
  FROM "Payment" p JOIN "Swap" s ON s."subjectId" = p.id AND s.invoice IS NOT NULL JOIN "RateQuote" q ON q.id = p."quoteId"
    JOIN "Event" e ON e."subjectId" = p.id JOIN "IdempotencyRecord" r ON r."resultId" = p.id
  WHERE p.id = ANY($1)`;

async function expectGapless(): Promise<void> {
  const [log] = await rows('SELECT count(*)::int AS n, max(sequence)::int AS last FROM "Event" WHERE "accountId" = $1', [accountId]);
  expect(log?.n).toBe(log?.last);
}

test('payments that are made in one moment share commits, and each is whole in its own', async () => {
  const replies = await burstAtOnce(30);
  expect(replies.map(({ status }) => status)).toEqual(Array(30).fill(201));
  const made = await rows(WHOLE, [idsOf(replies)]);
  expect(made).toHaveLength(30);
  for (const { id: _id, xid: _xid, ...facts } of made) {
    const commit = { status: 'pending', swap: 'verified', type: 'payment.created', httpStatus: 201 };
    expect(facts).toEqual({ ...commit, together: [true, true, true] });
  }
  expect(new Set(made.map(({ xid }) => xid)).size).toBeLessThan(30);
  await expectGapless();
  expect(new Set(idsOf(replies)).size).toBe(30);
  const [swaps] = await rows('SELECT count(*)::int AS n, count(DISTINCT ("keyEra", "keyIndex"))::int AS keys FROM "Swap"');
  expect(swaps?.keys).toBe(swaps?.n); // every swap has a key of its own
});

test('a payment that cannot be committed fails alone: those that came with it are made, and it leaves nothing', async () => {
  await rows(`ALTER TABLE "Payment" ADD CONSTRAINT poison CHECK ("metadataText" NOT LIKE '%poison%')`);
  const replies = await burstAtOnce(12, (i) => (i === 5 ? { poison: 'yes' } : {}));
  expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, (_, i) => (i === 5 ? 500 : 201)));
  expect(await rows(WHOLE, [idsOf(replies)])).toHaveLength(11);
  await expectGapless();
  await rows('ALTER TABLE "Payment" DROP CONSTRAINT poison');
  const left = `SELECT count(*)::int AS n FROM "Swap" s WHERE s.invoice IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "Payment" p WHERE p.id = s."subjectId")`;
  expect(await rows(left)).toEqual([{ n: 0 }]);
});

test('a request whose key another runner took over commits nothing, and those that came with it are made', async () => {
  await rows(`CREATE FUNCTION take_over() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE "IdempotencyRecord" SET fence = fence + 1 WHERE "resultId" = NEW.id; RETURN NEW; END $$`);
  await rows(
    `CREATE TRIGGER take_over AFTER INSERT ON "Payment" FOR EACH ROW WHEN (NEW."metadataText" LIKE '%late%') EXECUTE FUNCTION take_over()`,
  );
  const replies = await burstAtOnce(8, (i) => (i === 2 ? { late: 'yes' } : {}));
  expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, (_, i) => (i === 2 ? 500 : 201)));
  expect(await rows(`SELECT id FROM "Payment" WHERE "metadataText" LIKE '%late%'`)).toEqual([]);
  await rows('DROP TRIGGER take_over ON "Payment"; DROP FUNCTION take_over()');
  await expectGapless();
});

test('the same keys again answer the same payments', async () => {
  const keys = Array.from({ length: 10 }, (_, i) => `again ${i}`);
  const first = await Promise.all(keys.map((key) => create(key)));
  const second = await Promise.all(keys.map((key) => create(key)));
  expect(idsOf(second)).toEqual(idsOf(first));
  expect(second.every(({ headers }) => headers.get('idempotent-replayed') === 'true')).toBe(true);
});
