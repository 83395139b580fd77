import type { Avopay } from '../support/avopay.ts';
import type { Agent } from '../support/registrations.ts';
import type { Json } from '../support/json.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAvopay } from '../support/avopay.ts';
import { booksOf } from '../support/books.ts';
import { follow } from '../support/live.ts';
import { agentOf, PASSWORD, STATUS, wind } from '../support/registrations.ts';

let avopay: Avopay;
let agent: Agent;
beforeAll(async () => {
  avopay = await startAvopay();
  agent = agentOf(avopay);
});
afterAll(() => avopay.stop());

const rows = async (sql: string, values: unknown[] = []): Promise<Json[]> => (await avopay.db.query(sql, values)).rows;
const accountOf = async (email: string): Promise<Json> =>
  (await rows(`SELECT a.*, u."passwordHash" FROM "Account" a JOIN "User" u ON u."accountId" = a.id WHERE u.email = $1`, [email]))[0];
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

test('R-1 R-3 R-7 R-8 R-9: an agent registers, pays, polls and is handed its key once, with nothing but HTTP', async () => {
  const email = 'First.Agent@Example.com';
  const reply = await agent.post('/api/v1/account/register', { email, password: PASSWORD, plan: 'monthly', terms_accepted: true });
  expect(reply.status).toBe(201);
  const { registration_id: id, invoice, sats, expires_at, invoice_expires_at } = reply.body;
  expect(Object.keys(reply.body).slice(0, 6)).toEqual(['registration_id', 'invoice', 'sats', 'plan', 'expires_at', 'message']);
  expect(reply.body).toMatchObject({
    plan: 'lightning_monthly',
    message: expect.stringMatching(/^Pay this Lightning invoice to activate your account/),
  });
  expect(id).toMatch(/^[0-9a-f]{64}$/);
  expect(expires_at).toMatch(ISO);
  const pending = await avopay.call('GET', `${STATUS}/${id}`, { key: null });
  expect(pending.text).toBe(JSON.stringify({ status: 'pending', invoice, sats, expires_at, invoice_expires_at }));
  expect(pending.headers.get('cache-control')).toBe('no-store');

  expect(['held', 'settled']).toContain((await agent.pay(invoice)).status); // held: a slow machine
  const active = await agent.pollUntil(id, ({ status }) => status === 'active');
  const key: string = active.api_key;
  expect(JSON.stringify(active)).toBe(
    JSON.stringify({ status: 'active', api_key: key, plan: 'lightning_monthly', note: 'Save this API key — it will not be shown again.' }),
  );
  expect(key).toMatch(/^ak_live_[0-9A-Za-z]{33}$/);
  expect((await avopay.call('GET', `${STATUS}/${id}`, { key: null })).text).toBe('{"status":"active","api_key_retrieved":true}');

  const links = await avopay.call('GET', '/api/v1/payment-links', { key });
  expect(links.status).toBe(200);
  const unconnected = await avopay.call('POST', '/api/v1/payments', { body: { amount: 5, currency: 'EUR' }, key });
  expect(unconnected.body.error).toBe('Wallet not connected — connect your AQUA wallet first');
  const account = await accountOf('first.agent@example.com');
  expect(account.passwordHash).toMatch(/^\$argon2id\$/);
  const keys = await rows(`SELECT kind, "publicText" FROM "ApiKey" WHERE "accountId" = $1 ORDER BY kind`, [account.id]);
  expect(keys).toEqual([
    { kind: 'publishable', publicText: expect.stringMatching(/^ak_pub_/) },
    { kind: 'secret', publicText: null },
  ]);
});

test('R-4 R-12 X-12: the operator’s wallet receives $72 in sats at the stored rate, less the fees of the swap', async () => {
  const before = (await avopay.call('GET', '/sandbox/wallet?account_id=operator', { key: null })).body.balance_sats;
  const { registration_id: id, invoice, sats } = await agent.register({ plan: 'yearly', email: 'yearly@example.com' });
  await agent.pay(invoice);
  await agent.pollUntil(id, ({ status }) => status === 'active');
  const [period] = await rows(
    `SELECT p.*, q."minorPerBtcE4", q.currency, s."lockupSats" - s."claimFeeSats" AS net FROM "PlanPeriod" p JOIN "RateQuote" q ON q.id = p."quoteId"
     JOIN "Swap" s ON s.id = p."swapId" WHERE p."accountId" = $1`,
    [(await accountOf('yearly@example.com')).id],
  );
  const rate = BigInt(period.minorPerBtcE4);
  expect(period).toMatchObject({ usdMinor: '7200', currency: 'USD', plan: 'lightning_yearly', status: 'paid', sats: String(sats) });
  expect(BigInt(sats)).toBe((7_200n * 100_000_000n * 10_000n + rate - 1n) / rate);
  await avopay.call('POST', '/sandbox/blocks', { body: { count: 2 }, key: null });
  const after = (await avopay.call('GET', '/sandbox/wallet?account_id=operator', { key: null })).body;
  expect(after.balance_sats - before).toBe(Number(period.net));
  expect(after.invisible_sats).toBe(0);
});

test('R-13: the plan runs from the settlement, one calendar month later in UTC, with no trial beside it', async () => {
  const { registration_id: id, invoice } = await agent.register({ email: 'month@example.com' });
  await agent.pay(invoice);
  await agent.pollUntil(id, ({ status }) => status === 'active');
  const account = await accountOf('month@example.com');
  const [{ startsAt, endsAt }] = await rows('SELECT "startsAt", "endsAt" FROM "PlanPeriod" WHERE "accountId" = $1', [account.id]);
  const [{ activatedAt }] = await rows('SELECT "activatedAt" FROM "Registration" WHERE "accountId" = $1', [account.id]);
  expect(startsAt).toEqual(activatedAt);
  expect(account.planEndsAt).toEqual(endsAt);
  expect(endsAt.getUTCHours()).toBe(startsAt.getUTCHours());
  expect([28, 29, 30, 31]).toContain((endsAt.getTime() - startsAt.getTime()) / 86_400_000);
});

describe('R-5: what is sent wrongly is refused in the documented words', () => {
  const whole = { email: 'wrong@example.com', password: PASSWORD, plan: 'monthly', terms_accepted: true };
  const MISSING = 'email, password, plan and terms_accepted are required';
  const EMAIL = 'email is not a valid address';
  test.each<[string, Record<string, unknown>, string]>([
    ['no e-mail', { email: undefined }, MISSING],
    ['no password', { password: null }, MISSING],
    ['no plan', { plan: '' }, MISSING],
    ['no terms', { terms_accepted: undefined }, MISSING],
    ['seven characters', { password: '1234567' }, 'password must be at least 8 characters'],
    ['a password that is a number', { password: 123_456_789 }, 'password must be at least 8 characters'],
    ['a password of 129 bytes', { password: 'a'.repeat(129) }, 'password must be at most 128 bytes'],
    ['another plan', { plan: 'weekly' }, 'plan must be monthly or yearly'],
    ['a plan by its name in replies', { plan: 'lightning_monthly' }, 'plan must be monthly or yearly'],
    ['terms refused', { terms_accepted: false }, 'terms_accepted must be true'],
    ['terms as a text', { terms_accepted: 'true' }, 'terms_accepted must be true'],
    ['no address', { email: 'nobody' }, EMAIL],
    ['two addresses', { email: 'a@example.com, b@example.com' }, EMAIL],
    ['a header in the address', { email: 'a@example.com\r\nBcc: b@example.com' }, EMAIL],
    ['an address that is a number', { email: 5 }, EMAIL],
    ['an address of 255 characters', { email: `${'a'.repeat(60)}@${'b'.repeat(190)}.com` }, EMAIL],
  ])('%s', async (_name, changes, error) => {
    const reply = await agent.post('/api/v1/account/register', { ...whole, ...changes });
    expect([reply.status, reply.body.error]).toEqual([400, error]);
    expect(await rows(`SELECT 1 FROM "Registration" WHERE email LIKE '%wrong%'`)).toEqual([]);
  });
});

test('R-6: an address that has an account is refused, however it is written', async () => {
  const reply = await agent.post('/api/v1/account/register', {
    ...{ email: ' FIRST.agent@EXAMPLE.com ', password: PASSWORD, plan: 'yearly', terms_accepted: true },
  });
  expect([reply.status, reply.body.error]).toEqual([409, 'Email already registered']);
});

test('R-7: unknown and malformed registration ids are not found alike', async () => {
  const ids = ['0'.repeat(64), 'a1b2c3d4e5f6', 'x', 'A'.repeat(64), '%00'];
  const replies = await Promise.all(ids.map((id) => avopay.call('GET', `${STATUS}/${id}`, { key: null })));
  for (const reply of replies)
    expect([reply.status, reply.body.error, reply.body.code]).toEqual([404, 'Registration not found', 'registration_not_found']);
});

test('R-8: a HEAD request is refused and hands out nothing, and 200 polls at once are handed one key', async () => {
  const { registration_id: id, invoice } = await agent.register({ email: 'many@example.com' });
  await agent.pay(invoice);
  const live = follow(avopay.url, 'subscription($id: ID!) { registrationUpdated(registrationId: $id) }', { id });
  await live.until((state) => state === 'ACTIVE');
  await live.close();
  const head = await fetch(`${avopay.url}${STATUS}/${id}`, { method: 'HEAD' });
  expect([head.status, head.headers.get('allow')]).toEqual([405, 'GET']);
  const polls = await Promise.all(Array.from({ length: 200 }, () => agent.poll(id)));
  const keys = polls.flatMap(({ api_key }) => api_key ?? []);
  expect(keys).toHaveLength(1);
  expect(polls.filter(({ api_key_retrieved }) => api_key_retrieved === true)).toHaveLength(199);
  const account = await accountOf('many@example.com');
  expect(await rows(`SELECT 1 FROM "ApiKey" WHERE kind = 'secret' AND "accountId" = $1`, [account.id])).toHaveLength(1);
  expect((await avopay.call('GET', '/api/v1/payment-links', { key: keys[0] })).status).toBe(200);
});

test('over GraphQL the same operations answer the same, refusals as data', async () => {
  const ask = async (query: string): Promise<Json> =>
    (await avopay.call('POST', '/graphql', { body: { query }, key: null })).body.data.result;
  const fields =
    '... on Registration { registrationId status plan invoice sats apiKey apiKeyRetrieved } ... on Refusal { kind code message field }';
  const register = (plan: string) =>
    ask(
      `mutation { result: register(input: { email: "graph@example.com", password: "${PASSWORD}", plan: "${plan}", termsAccepted: true }) { ${fields} } }`,
    );
  expect(await register('weekly')).toEqual({
    kind: 'INVALID',
    code: 'unknown_plan',
    message: 'plan must be monthly or yearly',
    field: 'plan',
  });
  const made = await register('monthly');
  expect(made).toMatchObject({ status: 'PENDING', plan: 'LIGHTNING_MONTHLY', sats: expect.stringMatching(/^\d+$/), apiKey: null });
  const poll = (id: string) => ask(`mutation { result: pollRegistration(registrationId: "${id}") { ${fields} } }`);
  expect(await poll(made.registrationId)).toEqual(made);
  expect((await agent.poll(made.registrationId)).invoice).toBe(made.invoice);
  expect(await poll('x')).toMatchObject({ kind: 'NOT_FOUND', message: 'Registration not found' });
});

test('R-7: an unpaid registration is expired after its 24 hours, and forgotten 48 hours later', async () => {
  const { registration_id: id } = await agent.register({ email: 'unpaid@example.com' });
  await wind(avopay, 24 * 3_600);
  expect((await avopay.call('GET', `${STATUS}/${id}`, { key: null })).text).toBe('{"status":"expired"}');
  expect(await rows(`SELECT status FROM "Registration" WHERE email = 'unpaid@example.com'`)).toEqual([{ status: 'pending' }]);
  await wind(avopay, 49 * 3_600);
  expect((await avopay.call('GET', `${STATUS}/${id}`, { key: null })).status).toBe(404);
  expect(await rows(`SELECT 1 FROM "Registration" WHERE email = 'unpaid@example.com'`)).toEqual([]);
});

test('neither the id of a registration nor a key rests anywhere in the database', async () => {
  const { registration_id: id, invoice } = await agent.register({ email: 'rest@example.com' });
  await agent.pay(invoice);
  const { api_key: key } = await agent.pollUntil(id, ({ status }) => status === 'active');
  const tables = ['Registration', 'ApiKey', 'Swap', 'Event', 'AuditEntry', 'User', 'PlanPeriod'];
  for (const table of tables) {
    for (const { text } of await rows(`SELECT t::text AS text FROM "${table}" t`)) {
      expect(text.includes(id) || text.includes(key), table).toBe(false);
      expect(text.includes(PASSWORD), table).toBe(false);
    }
  }
});

test('the books balance after all of it', async () => {
  expect((await booksOf(avopay)).faults).toEqual([]);
});
