import type { Avopay, LogLine } from '../support/avopay.ts';
import type { Agent } from '../support/registrations.ts';
import type { Json } from '../support/json.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, keptLog, startAvopay } from '../support/avopay.ts';
import { agentOf, wind } from '../support/registrations.ts';

let avopay: Avopay;
let agent: Agent;
const lines: LogLine[] = [];
beforeAll(async () => {
  avopay = await startAvopay({}, keptLog(lines));
  agent = agentOf(avopay);
});
afterAll(() => avopay.stop());

const rows = async (sql: string, values: unknown[] = []): Promise<Json[]> => (await avopay.db.query(sql, values)).rows;
const usersOf = (email: string) =>
  rows(`SELECT u.id, u."accountId", a."planEndsAt" FROM "User" u JOIN "Account" a ON a.id = u."accountId" WHERE email = $1`, [email]);
const periodsOf = (accountId: string) =>
  rows(`SELECT "startsAt", "endsAt", status FROM "PlanPeriod" WHERE "accountId" = $1 ORDER BY "startsAt"`, [accountId]);
const isActive = ({ status }: Json) => status === 'active';

async function expectStacked(accountId: string, count: number): Promise<void> {
  const periods = await eventually(async () => {
    const found = await periodsOf(accountId);
    return found.length === count && found;
  });
  periods.forEach(({ startsAt, status }, i) => {
    expect(status).toBe('paid');
    if (i > 0) expect(startsAt).toEqual(periods[i - 1].endsAt);
  });
  const [{ planEndsAt }] = await rows(`SELECT "planEndsAt" FROM "Account" WHERE id = $1`, [accountId]);
  expect(planEndsAt).toEqual(periods.at(-1).endsAt);
}

test('R-6: of two registrations of one address with one password the first paid opens the account, the second extends it', async () => {
  const email = 'twice@example.com';
  const [one, other] = [await agent.register({ email }), await agent.register({ email: email.toUpperCase() })];
  await Promise.all([agent.pay(one.invoice), agent.pay(other.invoice)]);
  const first = await agent.pollUntil(one.registration_id, isActive);
  const second = await agent.pollUntil(other.registration_id, isActive);
  const users = await usersOf(email);
  expect(users).toHaveLength(1);
  await expectStacked(users[0].accountId, 2);
  expect(first.api_key).not.toBe(second.api_key);
  for (const key of [first.api_key, second.api_key]) expect((await avopay.call('GET', '/api/v1/payment-links', { key })).status).toBe(200);
  expect(await rows(`SELECT 1 FROM "ApiKey" WHERE kind = 'publishable' AND "accountId" = $1`, [users[0].accountId])).toHaveLength(1);
});

test('R-6: paid second with another password it gets nothing of the account, and is held for a human with an alarm', async () => {
  const email = 'contested@example.com';
  const mine = await agent.register({ email });
  const stranger = await agent.register({ email, password: 'another password' });
  await agent.pay(mine.invoice);
  await agent.pollUntil(mine.registration_id, isActive);
  const [{ accountId, planEndsAt }] = await usersOf(email);
  await agent.pay(stranger.invoice);
  const held = await agent.pollUntil(stranger.registration_id, ({ message }) => message !== undefined);
  expect(held).toMatchObject({ status: 'pending', message: expect.stringMatching(/^Payment received\. .* contact support\.$/) });
  expect((await usersOf(email))[0].planEndsAt).toEqual(planEndsAt);
  expect(await periodsOf(accountId)).toHaveLength(1);
  const [audit] = await rows(`SELECT * FROM "AuditEntry" WHERE action = 'registration.held'`);
  expect(audit).toMatchObject({ actor: 'system', facts: { sats: String(stranger.sats), plan: 'lightning_monthly' } });
  const events = await rows(
    `SELECT e.type FROM "Event" e JOIN "Account" a ON a.id = e."accountId" AND a."isOperator" WHERE e."subjectId" = $1`,
    [audit.subjectId],
  );
  expect(events).toEqual([{ type: 'registration.held' }]);
  expect(lines.filter(({ level }) => level === 'error').map(({ sentence }) => sentence)).toEqual([
    'a registration was paid for an address that has an account with another password',
  ]);
  await wind(avopay, 25 * 3_600);
  expect((await agent.poll(stranger.registration_id)).status).toBe('pending');
});

test('a second factor that was set up since is not passed over by a second registration', async () => {
  const email = 'factor@example.com';
  const [one, other] = [await agent.register({ email }), await agent.register({ email })];
  await agent.pay(one.invoice);
  await agent.pollUntil(one.registration_id, isActive);
  await avopay.db.query(`UPDATE "User" SET "totpSealed" = '\\x01' WHERE email = $1`, [email]);
  await agent.pay(other.invoice);
  const state = await agent.pollUntil(other.registration_id, ({ message, api_key }) => message !== undefined || api_key !== undefined);
  expect(state.status).toBe('pending');
});

test('R-11: when the invoice has lapsed the status answers another one at a fresh rate, whoever asks at once gets the same', async () => {
  const asked = await agent.register({ plan: 'yearly' });
  const now = Date.parse((await avopay.call('GET', '/sandbox', { key: null })).body.now);
  const leftMs = Date.parse(asked.invoice_expires_at) - now;
  expect(leftMs).toBeLessThanOrEqual(43_200_000);
  expect(Date.parse(asked.expires_at) - now).toBeGreaterThan(86_390_000);
  await wind(avopay, Math.ceil(leftMs / 1_000));
  const states = await Promise.all(Array.from({ length: 20 }, () => agent.poll(asked.registration_id)));
  const invoices = new Set(states.map(({ invoice }) => invoice));
  expect(invoices.size).toBe(1);
  expect(invoices.has(asked.invoice)).toBe(false);
  const [{ registration_id: id }] = [asked];
  const state = await agent.poll(id);
  expect(state).toMatchObject({ status: 'pending', expires_at: asked.expires_at, invoice: [...invoices][0] });
  expect(Date.parse(state.invoice_expires_at)).toBeGreaterThan(Date.parse(asked.invoice_expires_at));
  const swaps = await rows(`SELECT attempt FROM "Swap" WHERE invoice = ANY($1) ORDER BY attempt`, [[asked.invoice, state.invoice]]);
  expect(swaps.map(({ attempt }) => Math.floor(attempt / 1_000))).toEqual([0, 1]);
  await agent.pay(state.invoice);
  expect((await agent.pollUntil(id, isActive)).plan).toBe('lightning_yearly');
});

test('R-11: the provider being down at that moment, the lapsed invoice is answered, and the next poll gets another', async () => {
  const asked = await agent.register();
  await wind(avopay, 43_220);
  await avopay.call('POST', '/sandbox/faults', { body: { provider: 'refuse_create' }, key: null });
  expect(await agent.poll(asked.registration_id)).toMatchObject({ status: 'pending', invoice: asked.invoice });
  await avopay.call('DELETE', '/sandbox/faults', { key: null });
  const state = await agent.pollUntil(asked.registration_id, ({ invoice }) => invoice !== asked.invoice);
  expect(state.status).toBe('pending');
});

test('R-11: the first invoice, paid in its last seconds and seen after another was issued, still opens the account; that other extends it', async () => {
  const email = 'late@example.com';
  const asked = await agent.register({ email });
  const now = Date.parse((await avopay.call('GET', '/sandbox', { key: null })).body.now);
  await wind(avopay, Math.floor((Date.parse(asked.invoice_expires_at) - now) / 1_000) - 40);
  await avopay.call('POST', '/sandbox/faults', { body: { chain: 'lagging' }, key: null });
  void agent.pay(asked.invoice).catch(() => undefined); // answers after five seconds, or when it is settled
  const swap = () => rows(`SELECT status, "providerSwapId" FROM "Swap" WHERE invoice = $1`, [asked.invoice]);
  const { provider_url } = (await avopay.call('GET', '/sandbox', { key: null })).body;
  const [{ providerSwapId }] = await swap();
  await eventually(async () => {
    const said = await fetch(`${provider_url}/swap/${providerSwapId}`).then((reply) => reply.json());
    return /^transaction\.(?:mempool|confirmed)$/.test((said as { status: string }).status); // a block may just have come
  });
  await wind(avopay, 45);
  const state = await agent.pollUntil(asked.registration_id, ({ invoice }) => invoice !== asked.invoice);
  expect((await swap())[0].status).toBe('verified');
  await avopay.call('DELETE', '/sandbox/faults', { key: null });
  const active = await agent.pollUntil(asked.registration_id, isActive);
  expect(active.api_key).toMatch(/^ak_live_/);
  const [{ accountId }] = await usersOf(email);
  await expectStacked(accountId, 1);
  await agent.pay(state.invoice);
  await expectStacked(accountId, 2);
  expect(await agent.poll(asked.registration_id)).toEqual({ status: 'active', api_key_retrieved: true });
});
