import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, startAvopay } from '../support/avopay.ts';
import { agentOf, STATUS } from '../support/registrations.ts';
import { SHARED_KEYS, startBeside } from '../support/second-server.ts';

/** `ACCOUNTS=500 POLLS=200 FORGED=100000 npm test test/journeys/registration-storm.test.ts` is the published figure; the suite plays a slice of it. */
const ACCOUNTS = Number(process.env['ACCOUNTS'] ?? 2);
const POLLS = Number(process.env['POLLS'] ?? 30);
const FORGED = Number(process.env['FORGED'] ?? 300);
const HOOK = '/api/v1/account/register/boltz-webhook';
/** Agents that register and pay at once. */
const PAYERS = 4;
/** No claim about speed: a thousand claims take their time. */
const PATIENCE_MS = 1_200_000;
/** Callers at once. */
const LANES = 50;

/** No payment ends by its clock while it is forged about. */
const LONG = { PAYMENT_TTL_SECONDS: '43200' };

let first: Avopay;
let second: Pick<Avopay, 'url' | 'call' | 'stop'>;
beforeAll(async () => {
  first = await startAvopay({ ...SHARED_KEYS, ...LONG });
  second = await startBeside(first, LONG);
});
afterAll(async () => {
  await second.stop();
  await first.stop();
});

const rows = async (sql: string, values: unknown[] = []): Promise<Json[]> => (await first.db.query(sql, values)).rows;

test(`R-8: ${POLLS} polls at once, at two servers, of each of ${ACCOUNTS} paid registrations are handed ${ACCOUNTS} keys, one each`, {
  timeout: 3_600_000,
}, async () => {
  const agent = agentOf(first);
  const keys: string[] = [];
  const wrong: string[] = [];
  const registered: string[] = [];
  const payers = Array.from({ length: PAYERS }, async (_, lane) => {
    for (let n = lane; n < ACCOUNTS; n += PAYERS) {
      const { registration_id: id, invoice } = await agent.register({ email: `storm-${n}@example.com` });
      void agent.pay(invoice).catch(() => undefined); // answered when it is settled
      registered.push(id);
    }
  });
  await Promise.all(payers);
  await eventually(async () => {
    const [{ active, locked }] = await rows(`SELECT (SELECT count(*)::int FROM "Registration" WHERE status = 'active') AS active,
      (SELECT count(*)::int FROM "Swap" WHERE status = 'lockup_seen') AS locked`);
    // A plan costs more than is claimed unconfirmed: a block, when everybody waits for it.
    if (active < ACCOUNTS && active + locked === ACCOUNTS) await first.call('POST', '/sandbox/blocks', { body: { count: 1 }, key: null });
    return active === ACCOUNTS;
  }, PATIENCE_MS);
  for (const id of registered) {
    const polls = await Promise.all(
      Array.from({ length: POLLS }, (_, poll) => (poll % 2 === 0 ? first : second).call('GET', `${STATUS}/${id}`, { key: null })),
    );
    const handed = polls.flatMap(({ body }) => body.api_key ?? []);
    keys.push(...handed);
    // An overloaded server may fail a poll; what it answers at all is the key, once, or that it was retrieved.
    const odd = polls.filter(({ status, body }) => status < 500 && body.api_key === undefined && body.api_key_retrieved !== true);
    if (handed.length !== 1 || odd.length > 0) wrong.push(`${id}: ${handed.length} keys, ${odd.map(({ text }) => text).join()}`);
  }
  expect(wrong).toEqual([]);
  expect(new Set(keys).size).toBe(ACCOUNTS);
  const [made] = await rows(
    `SELECT count(*)::int AS n FROM "ApiKey" k JOIN "User" u ON u."accountId" = k."accountId" WHERE k.kind = 'secret' AND u.email LIKE 'storm-%'`,
  );
  expect(made.n).toBe(ACCOUNTS);
  for (const key of keys) expect((await second.call('GET', '/api/v1/payment-links', { key })).status).toBe(200);
});

/** Everything that a payer, a merchant or money could notice of these swaps; whose turn it is to look is not among it. */
const STATE = [
  `SELECT to_jsonb(s) - 'fence' - 'nextLookAt' - 'leaseUntil' AS row FROM "Swap" s WHERE "providerSwapId" = ANY($1) ORDER BY id`,
  `SELECT to_jsonb(r) AS row FROM "Registration" r WHERE email LIKE 'forged-%' AND $1::text[] IS NOT NULL ORDER BY "idHash"`,
  `SELECT to_jsonb(p) AS row FROM "Payment" p WHERE $1::text[] IS NOT NULL ORDER BY id`,
  `SELECT to_jsonb(e) AS row FROM "Event" e JOIN "Swap" s USING ("subjectId") WHERE "providerSwapId" = ANY($1) ORDER BY e.id`,
  `SELECT count(*)::int AS keys FROM "ApiKey" WHERE $1::text[] IS NOT NULL`,
  `SELECT count(*)::int AS accounts FROM "Account" WHERE $1::text[] IS NOT NULL`,
];
async function stateOf(swapIds: readonly string[]): Promise<Json[]> {
  const state: Json[] = [];
  for (const sql of STATE) state.push(await rows(sql, [swapIds]));
  return state;
}

test(`R-9: ${FORGED} forged calls of the documented webhook path, for swaps that wait for their payers, change no state`, {
  timeout: 3_600_000,
}, async () => {
  const agent = agentOf(first);
  for (let n = 0; n < 3; n++) await agent.register({ email: `forged-${n}@example.com` });
  await first.call('POST', '/api/v1/payments', { body: { amount: 10, currency: 'EUR' } });
  const swaps = (await rows(`SELECT "providerSwapId" AS id FROM "Swap" WHERE status = 'verified'`)).map(({ id }) => id as string);
  await eventually(async () => (await rows(`SELECT 1 FROM "Outbox"`)).length === 0);
  expect(swaps).toHaveLength(4);
  const before = await stateOf(swaps);
  const statuses = [
    'invoice.settled',
    'transaction.confirmed',
    'transaction.mempool',
    'invoice.expired',
    'swap.expired',
    'transaction.refunded',
  ];
  const forgery = (n: number): string => {
    const status = statuses[n % statuses.length];
    const id = n % 5 === 4 ? `unknown${n}` : swaps[n % swaps.length];
    const more = n % 3 === 0 ? { transaction: { id: 'ab'.repeat(32), hex: '02'.repeat(100) }, preimage: '00'.repeat(32) } : {};
    return n % 97 === 0 ? '{"data":' : JSON.stringify({ event: 'swap.update', data: { id, status, ...more } });
  };
  const answered: Record<string, number> = {};
  let sent = 0;
  const forge = async () => {
    while (sent < FORGED) {
      const n = sent++;
      const { url } = n % 2 === 0 ? first : second;
      const reply = await request(`${url}${HOOK}`, { method: 'POST', body: forgery(n), headers: { 'content-type': 'application/json' } });
      const answer = `${reply.statusCode} ${await reply.body.text()}`;
      answered[answer] = (answered[answer] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: LANES }, forge));
  expect(answered).toEqual({ '200 {}': FORGED });
  expect(await stateOf(swaps)).toEqual(before);
});
