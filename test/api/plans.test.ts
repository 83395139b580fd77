import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planEnd } from '../../src/billing/plan.ts';
import { eventually, startAvopay } from '../support/avopay.ts';
import { booksOf } from '../support/books.ts';
import { follow } from '../support/live.ts';
import { wind } from '../support/registrations.ts';

let avopay: Avopay;
beforeAll(async () => {
  avopay = await startAvopay();
});
afterAll(() => avopay.stop());

const rows = async (sql: string, values: unknown[] = []): Promise<Json[]> => (await avopay.db.query(sql, values)).rows;
const shop = async (order: Record<string, unknown> = {}): Promise<Json> =>
  (await avopay.call('POST', '/sandbox/accounts', { body: order, key: null })).body;
const subscribe = (key: string, body: unknown = { plan: 'monthly' }) => avopay.call('POST', '/api/v1/account/subscription', { body, key });
const pay = async (invoice: string) => (await avopay.call('POST', '/sandbox/pay', { body: { invoice }, key: null })).body;
const charge = (key: string) => avopay.call('POST', '/api/v1/payments', { body: { amount: 5, currency: 'EUR' }, key });
const invoiceOf = async (key: string, id: string) => (await avopay.call('GET', `/api/v1/payments/${id}`, { key })).body.lightning_invoice;
const now = async () => new Date((await avopay.call('GET', '/sandbox', { key: null })).body.now);
const setPlanEnd = (accountId: string, at: Date) =>
  avopay.db.query(`UPDATE "Account" SET "planEndsAt" = $2 WHERE id = $1`, [accountId, at]);
const PLAN =
  '{ plan { state plan endsAt trialUsed trialLimit prices { plan usd sats } periods { id status sats invoice invoiceExpiresAt startsAt endsAt } } }';
const planOf = async (key: string): Promise<Json> => (await avopay.call('POST', '/graphql', { body: { query: PLAN }, key })).body.data.plan;

test('R-14: a plan is renewed by an invoice, over REST and GraphQL alike, and payments stack', async () => {
  const { secret_key: key, account_id: accountId } = await shop({ plan: 'trial' });
  expect(await planOf(key)).toMatchObject({ state: 'TRIAL', plan: null, endsAt: null, trialUsed: 0, trialLimit: 5, periods: [] });
  const asked = await subscribe(key);
  expect(asked.status).toBe(201);
  expect(asked.body).toMatchObject({
    id: expect.stringMatching(/^per_/),
    plan: 'lightning_monthly',
    status: 'open',
    sats: expect.any(Number),
  });
  expect((await subscribe(key)).body).toEqual(asked.body);
  const other = await avopay.call('POST', '/graphql', {
    body: { query: 'mutation { createPlanInvoice(plan: "yearly") { ... on PlanPeriod { id plan invoice } } }' },
    key,
  });
  const yearly = other.body.data.createPlanInvoice;
  expect(yearly.plan).toBe('LIGHTNING_YEARLY');
  const live = follow(avopay.url, 'subscription { paymentLinksUpdated { id } }', {}, key);
  await Promise.all([pay(asked.body.invoice), pay(yearly.invoice)]);
  const plan = await eventually(async () => {
    const status = await planOf(key);
    return status.periods.every(({ status: one }: Json) => one === 'paid') && status;
  }, 20_000);
  await live.close();
  expect(plan).toMatchObject({ state: 'ACTIVE', trialUsed: 0, prices: [{ usd: '9.00' }, { usd: '72.00' }] });
  const [first, second] = [...plan.periods].sort((a, b) => a.startsAt.localeCompare(b.startsAt));
  expect(second.startsAt).toBe(first.endsAt);
  expect(plan.endsAt).toBe(second.endsAt);
  const [firstPlan, secondPlan] =
    first.id === asked.body.id
      ? (['lightning_monthly', 'lightning_yearly'] as const)
      : (['lightning_yearly', 'lightning_monthly'] as const);
  expect(first.endsAt).toBe(planEnd(new Date(first.startsAt), firstPlan).toISOString());
  expect(second.endsAt).toBe(planEnd(new Date(second.startsAt), secondPlan, new Date(first.startsAt)).toISOString());
  expect(plan.periods.map(({ invoice }: Json) => invoice)).toEqual([null, null]);
  const events = await rows(`SELECT type FROM "Event" WHERE "accountId" = $1 AND type LIKE 'plan.%' ORDER BY sequence`, [accountId]);
  expect(events.map(({ type }) => type)).toEqual(['plan.invoiced', 'plan.invoiced', 'plan.paid', 'plan.paid']);
});

test('R-14: an invoice for a plan that nobody pays lapses, and another is answered', async () => {
  const { secret_key: key, account_id: accountId } = await shop();
  const asked = (await subscribe(key)).body;
  await wind(avopay, 3_600 + 120);
  await eventually(async () => (await planOf(key)).periods[0].status === 'expired');
  const again = (await subscribe(key)).body;
  expect(again.id).not.toBe(asked.id);
  const events = await rows(`SELECT type FROM "Event" WHERE "accountId" = $1 AND type LIKE 'plan.%' ORDER BY sequence`, [accountId]);
  expect(events.map(({ type }) => type)).toEqual(['plan.invoiced', 'plan.lapsed', 'plan.invoiced']);
});

test('R-14: what is sent wrongly is refused, a publishable key and a stranger are too', async () => {
  const { secret_key: key, publishable_key: pub } = await shop();
  expect((await subscribe(key, {})).body.error).toBe('plan must be monthly or yearly');
  expect((await subscribe(key, { plan: 7 })).status).toBe(400);
  expect((await subscribe(pub)).body.error).toBe('Secret key required for this endpoint');
  expect((await subscribe('ak_live_x')).status).toBe(401);
});

test('P-17 R-14: a plan goes on for its grace, then 402 in the documented words; what is open by then can still be paid', async () => {
  const { secret_key: key, account_id: accountId } = await shop({ plan: 'monthly' });
  await setPlanEnd(accountId, new Date((await now()).getTime() - 72 * 3_600_000 + 60_000));
  expect((await planOf(key)).state).toBe('GRACE');
  const open = await charge(key);
  expect(open.status).toBe(201);
  await wind(avopay, 61);
  const refused = await charge(key);
  expect([refused.status, refused.body.error]).toEqual([402, 'trial_limit_reached: subscribe at avopay.dev']);
  expect((await planOf(key)).state).toBe('ENDED');
  await pay(await invoiceOf(key, open.body.payment_id));
  await eventually(async () => (await avopay.call('GET', `/api/v1/payments/${open.body.payment_id}`, { key })).body.status === 'paid');
  const { invoice } = (await subscribe(key)).body;
  await pay(invoice);
  await eventually(async () => (await planOf(key)).state === 'ACTIVE');
  expect((await charge(key)).status).toBe(201);
});

test('P-18: every paid live payment counts once for the trial, however many are paid at once and looked at', async () => {
  const { secret_key: key, account_id: accountId } = await shop({ plan: 'trial', trial_used: 3 });
  const opened = await Promise.all(Array.from({ length: 4 }, () => charge(key)));
  const ids = opened.map(({ body }) => body.payment_id);
  const invoices = await Promise.all(ids.map((id) => invoiceOf(key, id)));
  await Promise.all(invoices.map(pay));
  await eventually(async () => {
    const paid = await rows(`SELECT 1 FROM "Payment" WHERE "accountId" = $1 AND status = 'paid'`, [accountId]);
    return paid.length === 4;
  }, 20_000);
  expect((await planOf(key)).trialUsed).toBe(7);
  expect((await charge(key)).status).toBe(402);
});

test('P-18: a trial account keeps 20 payments open at once; the 21st fits when it is told to come again', async () => {
  const { secret_key: key } = await shop({ plan: 'trial' });
  for (let lane = 0; lane < 4; lane++) await Promise.all(Array.from({ length: 5 }, () => charge(key)));
  const refused = await charge(key);
  expect([refused.status, refused.body.code]).toEqual([429, 'trial_open_payments']);
  expect(refused.body.error).toMatch(/^A trial account may have 20 open payments at once — retry in \d+ seconds or subscribe$/);
  await wind(avopay, Number(refused.headers.get('retry-after')));
  expect((await charge(key)).status).toBe(201);
});

test('R-14: each reminder is sent once, to the owner', async () => {
  const { account_id: accountId, email } = await shop({ plan: 'monthly' });
  const endsAt = new Date((await now()).getTime() + 3 * 86_400_000 + 90_000);
  await setPlanEnd(accountId, endsAt);
  for (const seconds of [61, 61, 61]) await wind(avopay, seconds);
  const mails = await rows(`SELECT "dedupeKey", recipient, template, facts FROM "MailOutbox" WHERE "accountId" = $1 ORDER BY "dedupeKey"`, [
    accountId,
  ]);
  expect(mails).toEqual(
    [3, 7].map((days) => ({
      dedupeKey: `plan-reminder:${accountId}:${endsAt.toISOString()}:${days}d`,
      recipient: email,
      template: 'plan_reminder',
      facts: { days: `${days}`, planEndsAt: endsAt.toISOString() },
    })),
  );
  const sent = await eventually(async () => {
    const { body } = await avopay.call('GET', '/sandbox/mail', { key: null });
    const mine = body.filter(({ to }: Json) => to === email);
    return mine.length === 2 && mine;
  });
  expect(sent.map(({ text }: Json) => /Your plan ends in (\d) days/.exec(text)?.[1])).toEqual(['7', '3']);
});

test('the books balance after all of it', async () => {
  expect((await booksOf(avopay)).faults).toEqual([]);
});
