import type { Agent } from '../support/registrations.ts';
import type { Avopay } from '../support/avopay.ts';
import type { Json } from '../support/json.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { makeLog } from '../../src/lib/log.ts';
import { runCommand } from '../../src/run-command.ts';
import { startAvopay } from '../support/avopay.ts';
import { agentOf } from '../support/registrations.ts';
import { SHARED_KEYS } from '../support/second-server.ts';
import { ensureWebBuilt } from '../support/web-build.ts';

const TERMS = 'https://example.org/terms?version=2';
let avopay: Avopay;
let agent: Agent;
beforeAll(async () => {
  await ensureWebBuilt();
  avopay = await startAvopay({ ...SHARED_KEYS, TERMS_URL: TERMS });
  agent = agentOf(avopay);
});
afterAll(() => avopay.stop());

const rows = async (sql: string, values: unknown[] = []): Promise<Json[]> => (await avopay.db.query(sql, values)).rows;
const operator = (...words: string[]) =>
  runCommand(words, () => readConfig({ ...SHARED_KEYS, DATABASE_URL: avopay.connectionString }), makeLog('silent'));
const isActive = ({ status }: Json) => status === 'active';
const accountOf = async (email: string) => (await rows('SELECT "accountId" AS id FROM "User" WHERE email = $1', [email]))[0]?.id;
const periodsOf = (accountId: string) => rows('SELECT "swapId" FROM "PlanPeriod" WHERE "accountId" = $1', [accountId]);

/** An account of this address, and a registration that was paid for it with another password. */
async function contested(email: string) {
  const mine = await agent.register({ email });
  const stranger = await agent.register({ email, password: 'another password' });
  await agent.pay(mine.invoice);
  await agent.pollUntil(mine.registration_id, isActive);
  await agent.pay(stranger.invoice);
  await agent.pollUntil(stranger.registration_id, ({ message }) => message !== undefined);
  const listed = await operator('registrations', 'held');
  const [name = ''] = listed.lines.find((line) => line.endsWith(email))?.split('  ') ?? [];
  return { stranger, name, accountId: await accountOf(email) };
}

test('R-6: a held registration is listed by a name that says nothing of its id, and released to the account that has its address, once', async () => {
  const { stranger, name, accountId } = await contested('held@example.com');
  expect(name).toMatch(/^[0-9a-f]{64}$/);
  expect(name).not.toBe(stranger.registration_id);
  const both = await Promise.all([operator('registrations', 'release', name), operator('registrations', 'release', name)]);
  expect(both.map(({ code }) => code).sort()).toEqual([0, 1]);
  expect(both.find(({ code }) => code === 0)?.lines[0]).toBe(`${accountId} has 1 more paid period.`);
  expect(both.find(({ code }) => code === 1)?.lines).toEqual(['refused: this registration is not held']);
  expect(await periodsOf(accountId)).toHaveLength(2);
  const trail = await rows('SELECT actor, action, "accountId" FROM "AuditEntry" WHERE "subjectId" = $1 AND actor = $2', [name, 'operator']);
  expect(trail).toEqual([{ actor: 'operator', action: 'registration.released', accountId }]);
  expect((await operator('registrations', 'held')).lines.some((line) => line.includes(name))).toBe(false);
});

test('R-6: who registered is handed no key of the account by it, however often the status is polled', async () => {
  const { stranger, name, accountId } = await contested('nokey@example.com');
  const keys = () => rows('SELECT id FROM "ApiKey" WHERE "accountId" = $1', [accountId]);
  const before = await keys();
  await operator('registrations', 'release', name);
  const polls = await Promise.all(Array.from({ length: 10 }, () => agent.poll(stranger.registration_id)));
  expect(polls).toEqual(polls.map(() => ({ status: 'active', api_key_retrieved: true })));
  expect(await keys()).toEqual(before);
});

test('R-6: where the address has no account any more, a release begins one, and its key is handed out once', async () => {
  const { stranger, name } = await contested('moved@example.com');
  await avopay.db.query(`UPDATE "User" SET email = 'elsewhere@example.com' WHERE email = 'moved@example.com'`);
  expect((await operator('registrations', 'release', name)).lines[1]).toBe('The account is new: its key is handed out by the next poll.');
  const first = await agent.poll(stranger.registration_id);
  expect(first.api_key).toMatch(/^ak_live_/);
  expect(await agent.poll(stranger.registration_id)).toEqual({ status: 'active', api_key_retrieved: true });
  expect((await avopay.call('GET', '/api/v1/account', { key: first.api_key })).body.plan_state).toBe('active');
});

test('R-6: a release to a closed account, and one of nothing, are refused and leave no trace', async () => {
  const { name, accountId } = await contested('closed@example.com');
  await avopay.db.query(`UPDATE "Account" SET status = 'closed' WHERE id = $1`, [accountId]);
  expect(await operator('registrations', 'release', name)).toEqual({
    code: 1,
    lines: ['refused: the account of this address is closed: pay the sender back by hand'],
  });
  for (const nothing of ['0'.repeat(64), 'x', '']) expect((await operator('registrations', 'release', nothing)).code, nothing).toBe(1);
  expect(await rows(`SELECT 1 FROM "AuditEntry" WHERE "subjectId" = $1 AND actor = 'operator'`, [name])).toEqual([]);
  expect(await periodsOf(accountId)).toHaveLength(1);
});

test('X-9: terms that the operator names stand in the answer to a registration, in the API document and on the pages', async () => {
  const asked = await agent.register();
  expect(asked.terms_url).toBe(TERMS);
  expect(Object.keys(await agent.poll(asked.registration_id))).not.toContain('terms_url');
  const get = async (path: string) => (await avopay.call('GET', path, { key: null })).text;
  expect(JSON.parse(await get('/api/v1/openapi.json')).info.termsOfService).toBe(TERMS);
  for (const path of ['/', '/docs', '/docs/agents']) expect(await get(path), path).toContain(`<a href="${TERMS}">Terms</a>`);
  expect(await get('/app/sign-up')).toContain(`<link rel="terms-of-service" href="${TERMS}">`);
});

test('X-9: a server without terms says nothing of any', async () => {
  const silent = await startAvopay();
  try {
    const asked = await agentOf(silent).register();
    expect(Object.keys(asked)).not.toContain('terms_url');
    const get = async (path: string) => (await silent.call('GET', path, { key: null })).text;
    expect(Object.keys(JSON.parse(await get('/api/v1/openapi.json')).info)).not.toContain('termsOfService');
    for (const path of ['/', '/docs']) expect(await get(path), path).not.toMatch(/>Terms</);
    expect(await get('/app/sign-up')).not.toContain('terms-of-service');
  } finally {
    await silent.stop();
  }
});
