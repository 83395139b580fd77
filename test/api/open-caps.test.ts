import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAvopay } from '../support/avopay.ts';

let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay();
});
afterAll(() => avopay.stop());

/** What asks in the same moment: more than either cap. */
const BURST = 60;
const rows = async (sql: string, values: unknown[] = []): Promise<Json[]> => (await avopay.db.query(sql, values)).rows;
const shop = async (order: Record<string, unknown>): Promise<Json> =>
  (await avopay.call('POST', '/sandbox/accounts', { body: order, key: null })).body;
const burst = (key: string, headers: (i: number) => Record<string, string> = () => ({})) =>
  Promise.all(
    Array.from({ length: BURST }, (_, i) =>
      avopay.call('POST', '/api/v1/payments', { body: { amount: 5, currency: 'EUR' }, key, headers: headers(i) }),
    ),
  );
const answers = (replies: readonly { status: number; body: Json }[]) =>
  Object.fromEntries(
    [...Map.groupBy(replies, ({ status, body }) => `${status} ${body.code ?? 'made'}`)].map(([kind, list]) => [kind, list.length] as const),
  );

test('P-18: of sixty payments that a trial account asks for in one moment twenty are made, and the others leave nothing behind', async () => {
  const { secret_key: key, account_id: accountId } = await shop({ plan: 'trial' });
  const replies = await burst(key, (i) => ({ 'idempotency-key': `burst ${i}` }));
  expect(answers(replies)).toEqual({ '201 made': 20, '429 trial_open_payments': 40 });
  const refused = replies.find(({ status }) => status === 429);
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
  const [made] = await rows(`SELECT count(*)::int AS payments FROM "Payment" WHERE "accountId" = $1`, [accountId]);
  const [said] = await rows(`SELECT count(*)::int AS events FROM "Event" WHERE "accountId" = $1 AND type = 'payment.created'`, [accountId]);
  const [kept] = await rows(`SELECT count(*)::int AS keys FROM "IdempotencyRecord" WHERE scope = $1`, [accountId]);
  const [shown] = await rows(
    `SELECT count(*)::int AS swaps FROM "Swap" s WHERE s."accountId" = $1 AND s.invoice IS NOT NULL AND s."subjectId" NOT IN (SELECT id FROM "Payment")`,
    [accountId],
  );
  expect({ ...made, ...said, ...kept, ...shown }).toEqual({ payments: 20, events: 20, keys: 20, swaps: 0 });
});
